/* SPDX-License-Identifier: ISC */
/*
 * answer: one connection to the status socket.
 * Runs in: listener-exporter.
 */
#include "listener/exporter/answer.h"

#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/event.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "listener/exporter/exporter.h"
#include "listener/exporter/reply.h"
#include "listener/exporter/status.h"

#define BURST 256	/* messages of one asker before others are served */
#define TRIES 3		/* at a slot that is being written, a pause between */
#define PAUSE_US 500
#define ACCEPT_PAUSE_US 100000

struct answer {
	LIST_ENTRY(answer) link;
	struct exporter *exporter;
	struct event readable, writable, limit, again;
	int fd;				/* owned */
	uint8_t asked;			/* enum statuswire_type; 0: not yet */
	bool is_ended;			/* END is written */
	struct evbuffer *fields;	/* owned; of a status */
	uint32_t roster;		/* of connections: the next slot's */
	size_t slot;
	unsigned int tries;		/* at it */
	unsigned char message[STATUSWIRE_MESSAGE_MAX];
	size_t len;			/* of a message not yet sent */
};

static void
close_answer(struct answer *answer)
{
	struct exporter *exporter = answer->exporter;

	(void)event_del(&answer->readable);
	(void)event_del(&answer->writable);
	(void)event_del(&answer->limit);
	(void)event_del(&answer->again);
	(void)close(answer->fd);
	if (answer->fields != NULL)
		evbuffer_free(answer->fields);
	LIST_REMOVE(answer, link);
	exporter->answers_len--;
	free(answer);
	(void)event_add(&exporter->status, NULL);
}

/* The row of the next slot that is taken. Returns 0 at the end, -1 if a slot
 * is to be looked at once more after a pause. */
static ssize_t
next_row(struct answer *answer)
{
	const struct gallery_roster *roster;
	const struct roster_slot *slot;
	struct roster_client client;

	while ((roster = gallery_from(&answer->exporter->gallery,
	    answer->roster)) != NULL) {
		if (roster->worker.number != answer->roster ||
		    answer->slot >= roster_used(roster->roster,
		    roster->slots)) {
			answer->roster = roster->worker.number +
			    (roster->worker.number == answer->roster);
			answer->slot = 0;
			continue;
		}
		slot = &roster->roster->slots[answer->slot];
		switch (roster_look(slot, &client)) {
		case ROSTER_BUSY:
			if (++answer->tries < TRIES)
				return -1;
			break;
		case ROSTER_TAKEN:
			answer->slot++;
			answer->tries = 0;
			return (ssize_t)reply_row(&client, atomic_load_explicit(
			    &slot->bytes_in, memory_order_relaxed),
			    atomic_load_explicit(&slot->bytes_out,
			    memory_order_relaxed), answer->message);
		default:
			break;
		}
		answer->slot++;
		answer->tries = 0;
	}
	return 0;
}

/* Fills in the next message. Returns false if it must wait. */
static bool
write_next(struct answer *answer)
{
	struct timeval pause = { .tv_usec = PAUSE_US };
	ssize_t n;

	n = answer->fields != NULL ?
	    (ssize_t)reply_take(answer->fields, answer->message) :
	    next_row(answer);
	if (n == -1) {
		(void)evtimer_add(&answer->again, &pause);
		return false;
	}
	if (n == 0) {
		n = (ssize_t)reply_end(answer->message);
		answer->is_ended = true;
	}
	answer->len = (size_t)n;
	return true;
}

static void
go_on(struct answer *answer)
{
	unsigned int i;
	ssize_t n;

	for (i = 0; i < BURST; i++) {
		if (answer->len == 0 && answer->is_ended) {
			close_answer(answer);
			return;
		}
		if (answer->len == 0 && !write_next(answer))
			return;
		n = send(answer->fd, answer->message, answer->len,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			close_answer(answer);
			return;
		}
		if (n < 0)
			break;
		answer->len = 0;
	}
	(void)event_add(&answer->writable, NULL);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	go_on(arg);
}

static void
on_limit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	close_answer(arg);
}

static void
take_question(struct answer *answer, uint8_t type)
{
	struct exporter *exporter = answer->exporter;

	(void)facts_read(exporter->shared, &exporter->facts);
	answer->asked = type;
	answer->roster = 1;
	if (type == STATUSWIRE_ASK_STATUS) {
		answer->fields = evbuffer_new();
		if (answer->fields == NULL) {
			close_answer(answer);
			return;
		}
		status_write(exporter, clock_wall_us(), answer->fields);
	}
	go_on(answer);
}

/* One question, by who may connect; anything else is a reason to close. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	unsigned char bytes[STATUSWIRE_MESSAGE_MAX];
	struct statuswire_message message;
	struct answer *answer = arg;
	ssize_t n;

	(void)what;
	n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || answer->asked != 0 ||
	    statuswire_decode(bytes, (size_t)n, &message) == -1 ||
	    (message.type != STATUSWIRE_ASK_STATUS &&
	    message.type != STATUSWIRE_ASK_CONNECTIONS)) {
		close_answer(answer);
		return;
	}
	take_question(answer, message.type);
}

static void
open_answer(struct exporter *exporter, int fd)
{
	struct timeval limit = { .tv_sec = ANSWER_LIMIT_S };
	struct event_base *base = exporter->base;
	struct answer *answer;

	if ((answer = calloc(1, sizeof(*answer))) == NULL) {
		(void)close(fd);
		return;
	}
	answer->exporter = exporter;
	answer->fd = fd;
	(void)event_assign(&answer->readable, base, fd, EV_READ | EV_PERSIST,
	    on_readable, answer);
	(void)event_assign(&answer->writable, base, fd, EV_WRITE, on_writable,
	    answer);
	(void)evtimer_assign(&answer->limit, base, on_limit, answer);
	(void)evtimer_assign(&answer->again, base, on_writable, answer);
	(void)event_add(&answer->readable, NULL);
	(void)evtimer_add(&answer->limit, &limit);
	LIST_INSERT_HEAD(&exporter->answers, answer, link);
	exporter->answers_len++;
}

static void
on_asker(evutil_socket_t listening, short what, void *arg)
{
	struct timeval pause = { .tv_usec = ACCEPT_PAUSE_US };
	struct exporter *exporter = arg;
	int fd;

	(void)what;
	fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd != -1)
		open_answer(exporter, fd);
	else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		(void)event_del(&exporter->status);
		(void)evtimer_add(&exporter->pause, &pause);
		return;
	}
	if (exporter->answers_len >= ANSWERS_MAX)
		(void)event_del(&exporter->status);
}

static void
on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct exporter *exporter = arg;

	(void)fd;
	(void)what;
	(void)event_add(&exporter->status, NULL);
}

void
answer_start(struct exporter *exporter)
{
	LIST_INIT(&exporter->answers);
	(void)event_assign(&exporter->status, exporter->base,
	    HANDOFF_EXPORTER_FD_STATUS, EV_READ | EV_PERSIST, on_asker,
	    exporter);
	(void)evtimer_assign(&exporter->pause, exporter->base, on_pause_over,
	    exporter);
	(void)event_add(&exporter->status, NULL);
}
