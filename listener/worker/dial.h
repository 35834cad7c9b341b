/* SPDX-License-Identifier: ISC */
/*
 * dial: the worker's side of the dialer: asks for connected sockets by route,
 * and calls back with each answer.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_DIAL_H
#define LISTENER_WORKER_DIAL_H

#include <sys/queue.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include <stdint.h>

#include "common/wire/dialwire.h"

struct dial;
struct dial_request;

/* fd is connected and now the caller's, or -1 with errno's value in error.
 * address is the one tried, for messages; it is gone after the call. */
typedef void dial_answer_fn(struct dial_request *request, int fd, int error,
    const char *address);

enum dial_state {
	DIAL_IDLE,		/* in no queue; a struct of zeroes */
	DIAL_QUEUED,		/* waits for its turn */
	DIAL_SENT		/* waits for the dialer's reply */
};

/* Part of whatever wants a connection; must stay where it is until then. */
struct dial_request {
	TAILQ_ENTRY(dial_request) link;
	enum dial_state state;
	struct dial *dial;	/* whom it asked last; not owned */
	enum dialwire_route route;
	uint64_t id;
	dial_answer_fn *on_answer;
};

TAILQ_HEAD(dial_queue, dial_request);

/* Says to who can give another channel that this one has none. */
typedef void dial_lost_fn(const struct dial *dial);

struct dial {
	struct event_base *base;
	uint32_t number;	/* the caller's, for on_lost */
	int fd;			/* owned; -1 while the dialer is replaced */
	struct event readable;
	struct event lost;	/* fd is -1 for DIAL_LOST_S now */
	dial_lost_fn *on_lost;
	uint64_t last_id;
	struct dial_queue queued, sent;
	unsigned int sent_len;	/* <= DIALWIRE_PENDING_MAX */
};

/* Seconds; a dialer that died is replaced sooner. */
#define DIAL_LOST_S 1

/* on_lost is for a channel that ends without another one soon behind it. */
void dial_open(struct dial *dial, struct event_base *base, int fd,
    dial_lost_fn *on_lost);

/* Takes over a new dialer's channel; unanswered requests are sent again. */
void dial_replace(struct dial *dial, int fd);

/* Asks; on_answer is called later, never from here. The key socket's request,
 * of which there is one at a time, goes before all others. */
void dial_start(struct dial *dial, struct dial_request *request,
    enum dialwire_route route, dial_answer_fn *on_answer);

/* Tells the dialer that no session will begin any more. */
void dial_leave(struct dial *dial);

/* No longer wanted; on_answer is not called any more. Accepts an idle one. */
void dial_abandon(struct dial_request *request);

#endif
