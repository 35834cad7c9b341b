/* SPDX-License-Identifier: ISC */
/*
 * cancel: the state of a CancelRequest, from its packet to the server's FIN.
 * Runs in: listener-worker.
 */
#include "listener/worker/client_steps.h"
#include "listener/worker/worker.h"

/* Passes the packet on and waits until the server has closed: then it has
 * acted on it (protocol chapter 55.2.9), and the client may know. */
enum client_step
cancel_run(struct client *client)
{
	unsigned char unread[64];
	size_t n;

	if (client->back.fd == -1)
		return CLIENT_WAIT;
	switch (flow_flush(&client->up, &client->back)) {
	case FLOW_MOVED:
		break;
	case FLOW_WANTS_WRITE:
		client->wanted = CLIENT_BACK_WRITE;
		return CLIENT_WAIT;
	default:
		return CLIENT_CLOSE;
	}
	client->wanted = CLIENT_BACK_READ;
	return stream_read(&client->back, unread, sizeof(unread), &n) ==
	    STREAM_WANTS_READ ? CLIENT_WAIT : CLIENT_CLOSE;
}
