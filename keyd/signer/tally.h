/* SPDX-License-Identifier: ISC */
/*
 * tally: one thread's counts of what it signed and refused, and for whom.
 * Runs in: keyd-signer.
 */
#ifndef KEYD_SIGNER_TALLY_H
#define KEYD_SIGNER_TALLY_H

#include <stdbool.h>
#include <stdint.h>

struct counters_board;
struct counters_thread;
struct fault;
struct keywire_message;
struct session_request;

/* Empty (zeroes): it counts nothing. */
struct tally {
	struct counters_thread *thread;	/* this thread's alone; not owned */
	uint64_t clock;			/* requests so far */
};

/* Maps the board that postern-keyd has made; never unmapped. NULL with the
 * fault. */
struct counters_board *tally_map_board(int fd, struct fault *fault);

/* Counts a new connection. */
void tally_connection(struct tally *tally, bool is_accepted);

/* Counts a reply: SIGNED by its scheme, REFUSED by its reason, both by the
 * request's sender, where the kernel names one. Of peers without a place the
 * one that has asked for nothing the longest gives up its own. */
void tally_reply(struct tally *tally, const struct session_request *request,
    const struct keywire_message *reply);

#endif
