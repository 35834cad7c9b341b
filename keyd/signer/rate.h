/* SPDX-License-Identifier: ISC */
/*
 * rate: at most so many signatures a second for one peer, over all of its
 * connections and of our threads.
 * Runs in: keyd-signer.
 */
#ifndef KEYD_SIGNER_RATE_H
#define KEYD_SIGNER_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peer;
struct rate;

#define RATE_MAX 1000000	/* signatures a second */

/* 1 .. RATE_MAX a second for each of peers_max peers. NULL if memory is
 * short. */
struct rate *rate_new(unsigned int a_second, size_t peers_max);
void rate_free(struct rate *rate);

/* May the peer have one more now (CLOCK_MONOTONIC)? It is taken then. A
 * second's worth may come at once. Where more peers than peers_max asked within
 * a second, the others wait. */
bool rate_take(struct rate *rate, const struct peer *peer, int64_t now_ms);

#endif
