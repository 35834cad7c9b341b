/* SPDX-License-Identifier: ISC */
/*
 * crew_state: the states of a crew, their names and legal moves, and what holds
 * in each.
 * Pure: a table. doc/architecture.md draws it.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_CREW_STATE_H
#define LISTENER_CREW_STATE_H

#include <stdbool.h>

enum crew_state {
	CREW_EMPTY,		/* nothing runs (any more) */
	CREW_DIALERS,		/* the dialers start */
	CREW_FIRST,		/* the first worker builds and tries all */
	CREW_REST,		/* the other workers start */
	CREW_READY,		/* all wait for the word */
	CREW_SERVING,
	CREW_DRAINING,		/* no new clients; ends with the last one */
	CREW_CLOSING,		/* sessions are ended */
	CREW_ENDING,		/* programs are ended */
	CREW_STATES
};

/* "empty", ...; "???" for a number that is no state. */
const char *crew_state_name(enum crew_state state);

/* Is that a legal move? Never into the state one is in. */
bool crew_state_may_follow(enum crew_state state, enum crew_state next);

/* Does the end of a program mean that the crew could not start? */
bool crew_state_is_start(enum crew_state state);

/* Is a program that ends started again? */
bool crew_state_replaces_dialers(enum crew_state state);
bool crew_state_replaces_workers(enum crew_state state);

#endif
