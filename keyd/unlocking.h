/* SPDX-License-Identifier: ISC */
/*
 * unlocking: keyd-unlock as its caller has it: started on a terminal or
 * without one, told what to unlock, and gone once the key is in the memory.
 * Runs in: postern-keyd, posternctl.
 */
#ifndef KEYD_UNLOCKING_H
#define KEYD_UNLOCKING_H

#include "common/child.h"
#include "keyd/handoff.h"

struct fault;

struct unlocking {
	struct child child;	/* its channel and log are to be polled */
};

void unlocking_init(struct unlocking *unlocking);

/* Starts it with that memory (its descriptor), which stays the caller's.
 * Returns 0 or -1 with the fault; unlocking_stop() is due in both cases. */
int unlocking_start(struct unlocking *unlocking,
    const struct handoff_unlock *request, int memory, struct fault *fault);

/*
 * Its channel is readable: it has said what is in the memory, or why not.
 * Awaits its end, which follows: nobody but the memory has the key then.
 * Returns 0, or -1 with the fault, as a rule in its own words.
 */
int unlocking_read(struct unlocking *unlocking, struct handoff_key *out,
    struct fault *fault);

/*
 * Waits for the same. A person may take any time to answer. Signals that come
 * meanwhile (signals_open()) are the program's: they end its question.
 */
int unlocking_await(struct unlocking *unlocking, int signals,
    struct handoff_key *out, struct fault *fault);

/* Ends it, if it runs. */
void unlocking_stop(struct unlocking *unlocking);

/* A description of a key is another process's word: returns 0 if each field is
 * in its bounds, texts ended; else -1 with the fault. */
int unlocking_check_key(struct handoff_key *key, struct fault *fault);

#endif
