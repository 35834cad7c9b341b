/* SPDX-License-Identifier: ISC */
/*
 * cancel: a turn is waited for, then the server is dialed, the packet passed
 * on, and the server's FIN awaited. The client itself is not listened to: it
 * may have closed already, and PostgreSQL would serve it all the same.
 * Runs in: listener-worker.
 */
#include "listener/worker/cancel.h"

#include <stddef.h>

#include "common/clock.h"
#include "common/fault.h"
#include "listener/worker/client_steps.h"
#include "listener/worker/worker.h"

static void
start_next(struct worker *worker)
{
	struct cancel_turn *turn;
	struct client *client;

	while ((turn = cancel_queue_next(&worker->cancels)) != NULL) {
		client = (struct client *)(void *)((char *)turn -
		    offsetof(struct client, cancel));
		dial_start(&worker->dials[HANDOFF_ROUTE_ORDINARY],
		    &client->dial, DIALWIRE_BACKEND, dialing_on_answer);
	}
}

enum client_step
cancel_enter(struct client *client)
{
	struct worker *worker = client->worker;
	struct fault fault = { 0 };

	if (limits_count_cancel(&worker->limits, &client->place,
	    clock_now_ms(), &fault) != 0)
		return client_drop(client, &fault);
	if (cancel_queue_add(&worker->cancels, &client->cancel) != 0) {
		(void)fault_set(&fault, "too many cancel requests at once");
		return client_drop(client, &fault);
	}
	client->wanted = 0;
	client_enter(client, CLIENT_CANCEL);
	start_next(worker);
	return CLIENT_WAIT;
}

void
cancel_leave(struct client *client)
{
	cancel_queue_remove(&client->worker->cancels, &client->cancel);
	start_next(client->worker);
}

enum client_step
cancel_expire(struct client *client)
{
	struct fault fault = { 0 };

	(void)fault_set(&fault, "dropping a cancel request due to timeout");
	(void)fault_detail(&fault,
	    "The server behind did not act on it within %d s.",
	    CANCEL_LIMIT_S);
	return client_drop(client, &fault);
}

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
