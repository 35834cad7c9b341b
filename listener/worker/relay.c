/* SPDX-License-Identifier: ISC */
/*
 * relay: two flows and what their ends mean. A client that has sent its FIN
 * still gets its result; a server that has ended ends the client.
 * Runs in: listener-worker.
 */
#include "listener/worker/relay.h"

#include <event2/event.h>

#include <string.h>

#include "common/log.h"
#include "listener/worker/client_steps.h"
#include "listener/worker/presence.h"
#include "listener/worker/worker.h"

/* The client asks for something: its last ReadyForQuery is history. */
static bool
note_request(void *owner, const unsigned char *bytes, size_t len)
{
	struct client *client = owner;

	(void)bytes;
	client->tail.len = 0;
	presence_count_in(client, len);
	return true;
}

static bool
note_result(void *owner, const unsigned char *bytes, size_t len)
{
	struct client *client = owner;

	login_tail_add(&client->tail, bytes, len);
	presence_count_out(client, len);
	return true;
}

/* One direction's turn: what it wants next, in bits of its own sockets. */
static enum flow_status
move(struct client *client, struct flow *flow, flow_watch_fn *watch)
{
	bool up = flow == &client->up;
	unsigned int read_bit = up ? CLIENT_FRONT_READ : CLIENT_BACK_READ;
	unsigned int write_bit = up ? CLIENT_BACK_WRITE : CLIENT_FRONT_WRITE;
	struct flow_options options = {
		.source = up ? &client->front : &client->back,
		.sink = up ? &client->back : &client->front,
		.scratch = client->worker->scratch,
		.scratch_size = sizeof(client->worker->scratch),
		.watch = watch,
		.owner = client,
	};
	enum flow_status status;

	if ((client->ready & (read_bit | write_bit)) == 0)
		return FLOW_MOVED;
	client->ready &= ~(read_bit | write_bit);
	client->wanted &= ~(read_bit | write_bit);
	status = flow_move(flow, &options);
	if (status == FLOW_WANTS_WRITE)
		client->wanted |= write_bit;
	else if (flow->state == FLOW_OPEN)
		client->wanted |= read_bit;
	/* Its turn is over while the stream still holds bytes that no socket
	 * event will tell of. */
	if (status == FLOW_MOVED && flow->state == FLOW_OPEN &&
	    stream_is_holding(options.source))
		event_active(up ? &client->front_read : &client->back_read,
		    EV_READ, 0);
	return status;
}

/* The server reads no more: what it still has to say may explain why. */
static void
stop_up(struct client *client)
{
	flow_close(&client->up);
	client->up.state = FLOW_ENDED;
	client->wanted &= ~(CLIENT_FRONT_READ | CLIENT_BACK_WRITE);
	client->wanted |= CLIENT_BACK_READ;
}

enum client_step
relay_move(struct client *client, flow_watch_fn *watch)
{
	switch (move(client, &client->up, note_request)) {
	case FLOW_SOURCE_BROKEN:
	case FLOW_NO_MEMORY:
		return CLIENT_CLOSE;
	case FLOW_SINK_BROKEN:
		stop_up(client);
		break;
	default:
		break;
	}
	switch (move(client, &client->down, watch)) {
	case FLOW_SINK_BROKEN:
	case FLOW_NO_MEMORY:
		return CLIENT_CLOSE;
	case FLOW_SOURCE_BROKEN:
		/* Unless the watch has refused the client already. */
		if (client->state != CLIENT_FAREWELL)
			client_enter(client, CLIENT_FAREWELL);
		return CLIENT_AGAIN;
	default:
		break;
	}
	if (client->down.state == FLOW_ENDED) {
		client_enter(client, CLIENT_FAREWELL);
		return CLIENT_AGAIN;
	}
	return CLIENT_WAIT;
}

enum client_step
relay_run(struct client *client)
{
	return relay_move(client, note_result);
}
