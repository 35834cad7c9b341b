/* SPDX-License-Identifier: ISC */
/*
 * key_pending: the requests of a link that have no answer yet, or whose answer
 * nobody has taken yet. Pure: knows no socket and no clock.
 * Runs in: listener-worker, any program that loads the provider.
 */
#ifndef COMMON_PROVIDER_KEY_PENDING_H
#define COMMON_PROVIDER_KEY_PENDING_H

#include <sys/queue.h>

#include <openssl/async.h>

#include <stddef.h>
#include <stdint.h>

#include "common/provider/key_link.h"
#include "common/wire/keywire.h"

#define KEY_PENDING_WIRE_MAX 256	/* bytes; a SIGN_TLS12 needs 246 */

/* Where a request is; each place is a list, in order of arrival. */
enum key_pending_place {
	KEY_PENDING_UNSENT,	/* waits for the socket, or for a connection */
	KEY_PENDING_SENT,	/* waits for keyd */
	KEY_PENDING_FINISHED,	/* has its result; the owner is to be called */
	KEY_PENDING_CALLED,	/* the job has to take its result */
	KEY_PENDING_PLACES
};

struct key_request {
	TAILQ_ENTRY(key_request) entry;	/* in its place's list */
	enum key_pending_place place;
	uint64_t id;			/* generation << 32 | slot */
	int64_t deadline_ms;		/* CLOCK_MONOTONIC */
	unsigned int sends;
	ASYNC_callback_fn callback;	/* NULL: somebody blocks for it */
	void *owner;			/* the callback's argument */
	enum key_link_result result;	/* KEY_LINK_PENDING until FINISHED */
	enum keywire_reason reason;	/* of KEY_LINK_REFUSED */
	struct keywire_signed sig;	/* of KEY_LINK_SIGNED */
	size_t wire_len;		/* bytes */
	unsigned char wire[KEY_PENDING_WIRE_MAX];	/* the request */
};

TAILQ_HEAD(key_request_list, key_request);

/* A slot outlives its requests, so that its generation can tell a late reply
 * to the one before from a reply to the present one. */
struct key_slot {
	uint32_t generation;		/* of its next or present request */
	uint32_t next_free;		/* KEY_LINK_PENDING_MAX: none */
	struct key_request *request;	/* NULL: free */
};

struct key_pending {
	struct key_slot slot[KEY_LINK_PENDING_MAX];
	uint32_t first_free;
	unsigned int sent_len;	/* of list[KEY_PENDING_SENT] */
	struct key_request_list list[KEY_PENDING_PLACES];
};

void key_pending_init(struct key_pending *pending);

/* Frees every request. */
void key_pending_clear(struct key_pending *pending);

/* A new UNSENT request with its id, all else zero. NULL: full, no memory. */
struct key_request *key_pending_add(struct key_pending *pending);

/* Frees it, wherever it is. */
void key_pending_remove(struct key_pending *pending,
    struct key_request *request);

/* The SENT request of that id; NULL for every other id (a late reply). */
struct key_request *key_pending_find(const struct key_pending *pending,
    uint64_t id);

/* The first of a place; NULL if it is empty. */
struct key_request *key_pending_first(const struct key_pending *pending,
    enum key_pending_place place);

/* One more sending: UNSENT to SENT. */
void key_pending_mark_sent(struct key_pending *pending,
    struct key_request *request);

/* Gives it its result: to FINISHED. */
void key_pending_finish(struct key_pending *pending,
    struct key_request *request, enum key_link_result result);

/* The first of FINISHED, now CALLED; NULL if there is none. */
struct key_request *key_pending_take_finished(struct key_pending *pending);

/* The connection is gone: what was sent is UNSENT again, in its old order;
 * KEY_LINK_LOST after KEY_LINK_SENDS_MAX sendings. */
void key_pending_lose_connection(struct key_pending *pending);

/* KEY_LINK_TIMEOUT to those whose deadline is over. Returns the milliseconds
 * to the next deadline, INT_MAX at most, -1 if there is none. */
int key_pending_expire(struct key_pending *pending, int64_t now_ms);

/* KEY_LINK_CANCELLED to that owner's; to CALLED, since it is not called. */
void key_pending_cancel(struct key_pending *pending, const void *owner);

#endif
