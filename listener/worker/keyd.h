/* SPDX-License-Identifier: ISC */
/*
 * keyd: the worker's connection to the key daemon, made anew whenever it is
 * lost, as long as the worker lives.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_KEYD_H
#define LISTENER_WORKER_KEYD_H

#include <event2/event_struct.h>

#include <stdbool.h>
#include <stdint.h>

#include "listener/worker/dial.h"

struct fault;
struct handoff_settings;
struct key_link;

struct keyd {
	const struct handoff_settings *settings;
	struct dial *dial;
	struct dial_request request;
	struct key_link *link;		/* owned */
	struct event readable, writable, expiry, retry;
	struct event hello;		/* pending: HELLO has no answer yet */
	_Atomic uint32_t *is_up;	/* 1 while connected; not owned */
	bool is_awaited;		/* keyd_await_key() tells of failures */
	uint64_t failures;		/* in a row, for a single log line;
					   a failed connect weighs as two */
	int last_error;			/* errno of the last one */
	char last_address[DIALWIRE_ADDRESS_MAX + 1];
};

/* Starts connecting. Returns 0 or -1 with the fault. */
int keyd_open(struct keyd *keyd, struct dial *dial, struct event_base *base,
    const struct handoff_settings *settings, struct fault *fault);

/*
 * Runs the loop until keyd has said which keys it serves, and compares: 0 if
 * the key with that id is among them, else -1 with the fault.
 */
int keyd_await_key(struct keyd *keyd, struct event_base *base,
    const unsigned char *key_id, struct fault *fault);

/* No handshake will come any more: closes the connection, for good. */
void keyd_leave(struct keyd *keyd);

/* Arms what the link waits for now: room in the socket, the next deadline. */
void keyd_watch(struct keyd *keyd);

/* A handshake has just paused for its signature: the request is sent at the end
 * of this turn of the loop, with those of the others. */
void keyd_send_soon(struct keyd *keyd);

#endif
