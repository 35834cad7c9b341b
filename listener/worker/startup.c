/* SPDX-License-Identifier: ISC */
/*
 * startup: the state in which a client's first packet is read to its end, and
 * judged.
 * Runs in: listener-worker.
 */
#include "common/pg/startup.h"

#include "common/fault.h"
#include "common/log.h"
#include "listener/worker/cancel.h"
#include "listener/worker/client_steps.h"
#include "listener/worker/first_bytes.h"
#include "listener/worker/passing.h"
#include "listener/worker/presence.h"
#include "listener/worker/worker.h"

static enum client_step
dial_session(struct client *client)
{
	struct worker *worker = client->worker;
	struct fault fault = { 0 };
	enum client_step step;

	if (startup_read_message(client->up.pending, client->packet_len,
	    &client->asks, &fault) != 0)
		return client_refuse(client, &fault);
	if (limits_may_begin_session(&worker->limits, &client->place,
	    client->host, &fault) != 0)
		return client_refuse(client, &fault);
	if ((step = passing_decide(client)) != CLIENT_WAIT)
		return step;
	presence_note_session(client);
	limits_begin_session(&worker->limits, &client->place);
	counting_peak(client, worker_sessions(worker));
	client->wanted = 0;
	client_enter(client, CLIENT_DIALING);
	dial_start(&worker->dials[passing_route(client)], &client->dial,
	    DIALWIRE_BACKEND, dialing_on_answer);
	return CLIENT_WAIT;
}

static enum client_step
read_packet(struct client *client)
{
	struct flow *up = &client->up;
	struct fault fault = { 0 };
	size_t n;

	while (up->pending_len < client->packet_len) {
		switch (stream_read(&client->front,
		    up->pending + up->pending_len,
		    client->packet_len - up->pending_len, &n)) {
		case STREAM_MOVED:
			up->pending_len += n;
			break;
		case STREAM_WANTS_READ:
			return CLIENT_WAIT;
		case STREAM_ENDED:
			(void)startup_fault_incomplete(&fault);
			return client_drop(client, &fault);
		default:
			return CLIENT_CLOSE;
		}
	}
	if (client->kind == STARTUP_CANCEL)
		return cancel_enter(client);
	return dial_session(client);
}

enum client_step
startup_run(struct client *client)
{
	client->wanted = CLIENT_FRONT_READ;
	if (client->up.pending == NULL)
		return first_bytes_read_header(client);
	return read_packet(client);
}
