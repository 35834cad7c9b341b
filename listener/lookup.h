/* SPDX-License-Identifier: ISC */
/*
 * lookup: host names become addresses in a program of their own
 * (listener-resolver), so that the supervisor never parses what a name server
 * says, and never waits for one.
 * Runs in: postern-listener, at start and reload.
 */
#ifndef LISTENER_LOOKUP_H
#define LISTENER_LOOKUP_H

#include "common/child.h"
#include "listener/handoff_name.h"

struct fault;

#define LOOKUP_DEADLINE_MS 60000	/* for a name */

struct lookup_answer;

struct lookup {
	const char *program;	/* absolute path of listener-resolver */
	struct handoff_user user;	/* that the resolver becomes */
	struct child resolver;
	struct lookup_answer *answers;	/* list, owned */
	struct lookup_answer *asked;	/* NULL or the one of them that is not
					   yet there */
	int64_t deadline_ms;		/* CLOCK_MONOTONIC, for that */
};

void lookup_open(struct lookup *lookup, const char *program,
    const struct handoff_user *user);

/*
 * Returns 0 with 1 to HANDOFF_RESOLVED_MAX addresses, each checked, if the
 * answer is known. Else asks for it, starting the resolver with the first name,
 * and returns -1; lookup_is_waiting() is true then, and when lookup_take() has
 * returned 0, it is known. Or -1 with the fault.
 */
int lookup_name(struct lookup *lookup, const char *name, int port,
    struct handoff_resolved *out, struct fault *fault);

/* Is there a question without an answer? */
bool lookup_is_waiting(const struct lookup *lookup);

/* Takes the answer; called when the resolver's channel is readable or the
 * deadline is over, else it blocks until then. Returns 0 or -1 with the
 * fault. */
int lookup_take(struct lookup *lookup, struct fault *fault);

/* Ends the resolver, if it ever ran, and forgets the answers. Accepts one of
 * zeroes. */
void lookup_close(struct lookup *lookup);

#endif
