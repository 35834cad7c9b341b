/* SPDX-License-Identifier: ISC */
/*
 * crew: the programs of one generation: the dialers, one for each route, and
 * the workers; from their start to the end of the last one. Nothing here waits.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_CREW_H
#define LISTENER_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/child.h"
#include "listener/crew_state.h"
#include "listener/handoff.h"

struct launch;

struct crew_worker {
	struct child child;
	int64_t channel_ms[HANDOFF_ROUTES];	/* when it got its channel
						   (CLOCK_MONOTONIC) */
	bool accepts;		/* clients; as far as it has said */
};

/* Empty: a struct of zeroes. */
struct crew {
	const struct launch *launch;	/* not owned */
	enum crew_state state;
	int64_t deadline_ms;	/* of the state (CLOCK_MONOTONIC), INT64_MAX:
				   none */
	struct fault fault;	/* why it could not start; else empty */
	size_t slots;		/* workers */
	size_t routes;		/* dialers */
	struct child dialers[HANDOFF_ROUTES];
	struct crew_worker workers[HANDOFF_WORKERS_MAX];
};

/*
 * Starts the dialers; crew_tend() goes on with the first worker and, when that
 * is ready, with the others, up to CREW_READY. If one fails, all are ended, and
 * crew->fault says why.
 */
void crew_start(struct crew *crew, const struct launch *launch);

/* From CREW_READY: the workers accept clients; who ends is replaced. */
void crew_serve(struct crew *crew);

/* No more clients: the workers end with the last of theirs. After grace_ms (0:
 * never) it goes on with crew_close(). A crew that starts is ended. */
void crew_drain(struct crew *crew, int64_t grace_ms);

/* Ends all sessions, in wait_ms at most. A crew that starts is ended. */
void crew_close(struct crew *crew, int64_t wait_ms);

/* Ends all programs: half a second by themselves, else by force. */
void crew_end(struct crew *crew);

/* Does what is due: starts, replaces, ends. Due at crew_due_ms()
 * (CLOCK_MONOTONIC; INT64_MAX: never), and when a program said something or
 * ended. */
void crew_tend(struct crew *crew);
int64_t crew_due_ms(const struct crew *crew);

/* It could not start for that reason, and is ended. */
void crew_fail(struct crew *crew, const struct fault *fault);

/* Tells a worker something; one that does not take it is killed. */
void crew_tell(const struct child *worker, enum report_type type);

/* The dialers, then the workers. */
size_t crew_len(const struct crew *crew);
struct child *crew_at(struct crew *crew, size_t i);

bool crew_is_running(const struct child *child);
bool crew_has_workers(const struct crew *crew);
/* Does a worker still accept clients? */
bool crew_accepts(const struct crew *crew);

#endif
