/* SPDX-License-Identifier: ISC */
/*
 * dial: one request of a worker on its way to an address that answers.
 * Addresses are tried in their order; each gets its share of the time left, so
 * that a silent one does not take it from those behind it.
 * Runs in: listener-dialer.
 */
#include "listener/dialer/dial.h"

#include <sys/socket.h>

#include <event2/event.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "listener/dialer/channel.h"
#include "listener/dialer/confine.h"
#include "listener/dialer/connect.h"
#include "listener/dialer/dialer.h"

#define RETRY_MS 20		/* after a Unix socket's full queue */
#define LOOK_MS 5000		/* between two looks for a lost directory */
#define LEAVE_US 100000		/* for the replies that are on their way */

static void attempt(struct dial *dial);

static void
close_fd(struct dial *dial)
{
	if (dial->fd != -1)
		close(dial->fd);
	dial->fd = -1;
}

/* The one way into DIAL_OVER. error 0: fd is connected. */
static void
finish(struct dial *dial, int error)
{
	if (error == 0)
		connect_set_options(dial->fd, &dial->channel->dialer->handoff);
	else
		close_fd(dial);
	dial->state = DIAL_OVER;
	dial->reply.error = (uint32_t)error;
	channel_note_over(dial->channel);
}

/* A directory that was made anew is not in our root: a dialer that starts anew
 * has it. */
static void
look_for_directory(struct dialer *dialer, const struct dial *dial)
{
	const struct timeval soon = { .tv_usec = LEAVE_US };
	int64_t now = clock_now_ms();

	if (now - dialer->looked_ms < LOOK_MS ||
	    !confine_lost_directory(&dial->addresses[dial->at]))
		return;
	dialer->looked_ms = now;
	log_write(LOG_LEVEL_LOG, "the directory of \"%s\" is not the one of "
	    "this dialer's start: it starts anew", dial->reply.address);
	event_base_loopexit(dialer->base, &soon);
}

/* The address has failed: the next one, or the reply. */
static void
go_on(struct dial *dial, int error)
{
	close_fd(dial);
	look_for_directory(dial->channel->dialer, dial);
	if (dial->at + 1 >= dial->addresses_len) {
		finish(dial, error);
		return;
	}
	dial->at++;
	dial->attempt_deadline_ms = 0;
	attempt(dial);
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	struct dial *dial = arg;

	if (dial->state == DIAL_WAITING)
		attempt(dial);
	else if ((what & EV_TIMEOUT) != 0)
		go_on(dial, ETIMEDOUT);
	else if (connect_finish(fd, &dial->addresses[dial->at]) == -1)
		go_on(dial, errno);
	else
		finish(dial, 0);
}

/* Calls on_event() when fd is writable (fd not -1) or after wait_ms. */
static void
await(struct dial *dial, enum dial_state state, int64_t wait_ms)
{
	struct timeval wait = { .tv_sec = wait_ms / 1000,
		.tv_usec = wait_ms % 1000 * 1000 };

	dial->state = state;
	event_assign(&dial->event, dial->channel->dialer->base, dial->fd,
	    dial->fd == -1 ? 0 : EV_WRITE, on_event, dial);
	event_add(&dial->event, &wait);
}

/* An equal part of the time left for each address that is left. */
static void
share_time(struct dial *dial, int64_t now)
{
	int64_t left = dial->deadline_ms - now;

	if (left < 0)
		left = 0;
	dial->attempt_deadline_ms = now + left /
	    (int64_t)(dial->addresses_len - dial->at);
}

static void
attempt(struct dial *dial)
{
	const struct handoff_address *address = &dial->addresses[dial->at];
	int64_t now = clock_now_ms(), left;

	connect_format(address, dial->reply.address,
	    sizeof(dial->reply.address));
	if (dial->attempt_deadline_ms == 0)
		share_time(dial, now);
	left = dial->attempt_deadline_ms - now;
	switch (connect_start(address, dial->type, &dial->fd)) {
	case CONNECT_READY:
		finish(dial, 0);
		break;
	case CONNECT_PENDING:
		await(dial, DIAL_CONNECTING, left > 0 ? left : 0);
		break;
	case CONNECT_RETRY:
		if (left <= 0)
			go_on(dial, EAGAIN);
		else
			await(dial, DIAL_WAITING, RETRY_MS);
		break;
	case CONNECT_FAILED:
		go_on(dial, errno);
		break;
	}
}

static void
set_route(struct dial *dial, uint8_t route)
{
	const struct handoff_dialer *handoff =
	    &dial->channel->dialer->handoff;

	if (route == DIALWIRE_KEY) {
		dial->type = SOCK_SEQPACKET;
		dial->addresses = &handoff->key;
		dial->addresses_len = handoff->key.len > 0 ? 1 : 0;
	} else {
		dial->type = SOCK_STREAM;
		dial->addresses = handoff->backend;
		dial->addresses_len = handoff->backend_len;
	}
}

/* From the spares, where there is one. */
static void
begin(struct dial *dial)
{
	const struct handoff_address *address;

	if (dial->reply.route == DIALWIRE_BACKEND)
		dial->fd = spares_take(&dial->channel->dialer->spares,
		    &address);
	if (dial->fd == -1) {
		attempt(dial);
		return;
	}
	connect_format(address, dial->reply.address,
	    sizeof(dial->reply.address));
	finish(dial, 0);
}

struct dial *
dial_open(struct channel *channel, const struct dialwire_message *request)
{
	struct dial *dial;

	dial = calloc(1, sizeof(*dial));
	if (dial == NULL)
		return NULL;
	dial->channel = channel;
	dial->id = request->id;
	dial->fd = -1;
	dial->deadline_ms = clock_now_ms() +
	    channel->dialer->handoff.connect_timeout_ms;
	dial->reply.type = DIALWIRE_REPLY;
	dial->reply.route = request->route;
	dial->reply.id = request->id;
	TAILQ_INSERT_TAIL(&channel->dials, dial, link);
	channel->dials_len++;
	set_route(dial, request->route);
	if (dial->addresses_len == 0)
		finish(dial, ENOENT);	/* no key socket: ssl is off */
	else
		begin(dial);
	return dial;
}

void
dial_close(struct dial *dial)
{
	if (event_initialized(&dial->event))
		event_del(&dial->event);
	close_fd(dial);
	TAILQ_REMOVE(&dial->channel->dials, dial, link);
	dial->channel->dials_len--;
	free(dial);
}
