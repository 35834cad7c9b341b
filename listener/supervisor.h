/* SPDX-License-Identifier: ISC */
/*
 * supervisor: waits for signals and for what its programs say, and acts on
 * both. Reads no client's byte.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_SUPERVISOR_H
#define LISTENER_SUPERVISOR_H

#include <stdint.h>

#include "listener/crew.h"

struct fault;
struct launch;

/* Forward only: a shutdown may become a faster one. */
enum supervisor_phase {
	SUPERVISOR_SERVING,
	SUPERVISOR_SMART,	/* SIGINT: waits for the sessions' own end */
	SUPERVISOR_FAST,	/* SIGTERM: ends them, until deadline_ms */
	SUPERVISOR_IMMEDIATE	/* SIGQUIT, or the deadline: kills */
};

struct supervisor {
	struct launch *launch;		/* not owned; its ports are closed at
					   the begin of a shutdown */
	enum supervisor_phase phase;
	int64_t deadline_ms;		/* CLOCK_MONOTONIC, in FAST */
	int signals;			/* signalfd, owned */
	struct crew crew;
};

/* Blocks the signals that the supervisor takes; main's first act. */
void supervisor_block_signals(void);

/* Starts the crew (crew_start). Returns 0 or -1 with the fault. */
int supervisor_start(struct supervisor *supervisor, struct launch *launch,
    struct fault *fault);

/* Ends what was started, without serving. */
void supervisor_abandon(struct supervisor *supervisor);

/* Serves until a signal has ended the last worker. */
void supervisor_run(struct supervisor *supervisor);

#endif
