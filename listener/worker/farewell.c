/* SPDX-License-Identifier: ISC */
/*
 * farewell: the last bytes for a client are written, then its own end is
 * waited for: closing a socket with unread bytes would send a reset, which
 * can destroy what the client has not read yet.
 * Runs in: listener-worker.
 */
#include <sys/socket.h>

#include <errno.h>

#include "listener/worker/client_steps.h"
#include "listener/worker/worker.h"

static enum client_step
drain(struct client *client)
{
	struct worker *worker = client->worker;
	ssize_t n;

	n = recv(client->front.fd, worker->scratch, sizeof(worker->scratch),
	    MSG_DONTWAIT);
	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return CLIENT_WAIT;
	return CLIENT_CLOSE;
}

enum client_step
farewell_run(struct client *client)
{
	/* The server's session ends now, whatever the client does. */
	if (client->back.fd != -1)
		client_disconnect_back(client);
	switch (flow_flush(&client->down, &client->front)) {
	case FLOW_MOVED:
		break;
	case FLOW_WANTS_WRITE:
		client->wanted = CLIENT_FRONT_WRITE;
		return CLIENT_WAIT;
	default:
		return CLIENT_CLOSE;
	}
	if (client->down.state != FLOW_ENDED &&
	    stream_end(&client->front) == STREAM_WANTS_WRITE) {
		client->wanted = CLIENT_FRONT_WRITE;
		return CLIENT_WAIT;
	}
	client->down.state = FLOW_ENDED;
	client->wanted = CLIENT_FRONT_READ;
	return drain(client);
}
