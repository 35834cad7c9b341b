/* SPDX-License-Identifier: ISC */
/*
 * lookup: host names become addresses in a program of their own
 * (listener-resolver), so that the supervisor never parses what a name server
 * says. Blocks up to LOOKUP_DEADLINE_MS for a name.
 * Runs in: postern-listener, at start and reload.
 */
#ifndef LISTENER_LOOKUP_H
#define LISTENER_LOOKUP_H

#include "common/child.h"
#include "listener/handoff.h"

struct fault;

#define LOOKUP_DEADLINE_MS 60000

struct lookup {
	const char *program;	/* absolute path of listener-resolver */
	struct handoff_user user;	/* that the resolver becomes */
	struct child resolver;
};

void lookup_open(struct lookup *lookup, const char *program,
    const struct handoff_user *user);

/* Starts the resolver with the first name. Returns 0 with 1 to
 * HANDOFF_RESOLVED_MAX addresses, each checked, or -1 with the fault. */
int lookup_name(struct lookup *lookup, const char *name, int port,
    struct handoff_resolved *out, struct fault *fault);

/* Ends the resolver, if it ever ran. */
void lookup_close(struct lookup *lookup);

#endif
