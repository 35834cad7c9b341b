/* SPDX-License-Identifier: ISC */
/*
 * shift: the signer on duty, the one that is to take over from it, and the one
 * that leaves. At every moment one of them serves the key socket, or is about
 * to be started anew.
 * Runs in: postern-keyd.
 */
#ifndef KEYD_SHIFT_H
#define KEYD_SHIFT_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/child.h"
#include "common/fault.h"
#include "common/layers.h"
#include "keyd/counters.h"
#include "keyd/handoff.h"

struct vault_keys;

/* Log and channel of each. */
#define SHIFT_POLL_MAX 6

struct shift_signer {
	struct child child;
	struct counters counters;	/* what it counts, or counted last */
	struct layers layers;		/* how it is confined, once ready */
	size_t keys_len;		/* what it serves, in its order */
	unsigned char id[KEYWIRE_KEYS_MAX][KEYWIRE_KEY_ID_LEN];
};

struct shift {
	struct handoff_signer handoff;	/* of the one on duty, but keys_len */
	struct handoff_signer wanted;	/* what the next one is told; once it
					   has taken over, that of the duty */
	int key_socket;			/* not owned */
	bool is_changing;		/* next has been started */
	int64_t next_deadline_ms, leaving_deadline_ms;	/* CLOCK_MONOTONIC */
	struct shift_signer duty, next, leaving;
	struct counters_sum counted;	/* by those that have ended */
	struct fault fault;		/* of the next one */
};

/* Nothing runs; wanted and key_socket are to be filled in. */
void shift_init(struct shift *shift);

/* Starts the first and waits until it serves the keys. Returns 0 or -1 with
 * the fault; shift_stop() is the caller's in both cases. */
int shift_start(struct shift *shift, const struct vault_keys *keys,
    struct fault *fault);

/* Starts one that is to take over with these keys; none is changing. Returns 0
 * or -1 with the fault, and all is as before. */
int shift_begin(struct shift *shift, const struct vault_keys *keys,
    struct fault *fault);

/* It shall not take over. */
void shift_abandon(struct shift *shift);

/* What poll(2) waits for, and has seen. */
void shift_watch(const struct shift *shift, struct pollfd out[SHIFT_POLL_MAX]);
void shift_turn(struct shift *shift,
    const struct pollfd polled[SHIFT_POLL_MAX]);

/* SIGCHLD came. */
void shift_reap(struct shift *shift);

enum shift_event {
	SHIFT_STEADY,		/* nothing new */
	SHIFT_TAKEN_OVER,	/* next is on duty, and the other one leaves */
	SHIFT_FAILED		/* next is none: shift->fault */
};

/* After each turn: replaces one on duty that has ended by another with these
 * keys, and says what became of the next one. */
enum shift_event shift_tend(struct shift *shift,
    const struct vault_keys *keys);

/* When shift_tend() is due without an event; CLOCK_MONOTONIC milliseconds,
 * INT64_MAX for never. */
int64_t shift_due_ms(const struct shift *shift);

/* How many connections to the signer on duty use, or may use, that key, and
 * how many any other: those undecided count for both. */
struct shift_users {
	uint32_t of_key, of_others, undecided;
};
void shift_count_users(const struct shift *shift,
    const unsigned char id[KEYWIRE_KEY_ID_LEN], struct shift_users *out);

/* All that was signed and refused since the start, by every signer. */
void shift_count(const struct shift *shift, struct counters_sum *out);

/* Ends all. */
void shift_stop(struct shift *shift);

#endif
