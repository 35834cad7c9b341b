/* SPDX-License-Identifier: ISC */
/*
 * counting: how handshakes, signatures and refusals are counted in the
 * worker's roster.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_COUNTING_H
#define LISTENER_WORKER_COUNTING_H

#include <stdbool.h>
#include <stdint.h>

#include "listener/roster_counters.h"

struct client;
struct fault;

/* What a client's handshake has come to so far. */
struct counting {
	int64_t begun_us;	/* CLOCK_MONOTONIC, of its first byte */
	int64_t asked_us;	/* of its signature's request; 0: none is out */
	enum roster_result result;	/* if it ended now */
};

/* The handshake begins; its state is left, with the result noted. */
void counting_begin(struct client *client);
void counting_end(struct client *client);

/* A signature is waited for; it has come, or will not. */
void counting_ask(struct client *client);
void counting_signature(struct client *client, bool is_ok);

/* A client is refused with that fault, which its SQLSTATE tells from others;
 * or for a reason that has none. */
void counting_refuse(struct client *client, const struct fault *fault);
void counting_refusal(struct client *client, enum roster_refusal reason);

/* That many sessions exist in all workers. */
void counting_peak(struct client *client, uint32_t sessions);

#endif
