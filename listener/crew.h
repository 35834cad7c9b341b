/* SPDX-License-Identifier: ISC */
/*
 * crew: the dialers, one for each route, and the workers, and a channel between
 * each dialer and each worker.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_CREW_H
#define LISTENER_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/child.h"
#include "listener/handoff.h"

struct fault;
struct launch;

struct crew {
	const struct launch *launch;	/* not owned */
	size_t slots;			/* workers */
	size_t routes;			/* dialers */
	bool has_served;		/* all were ready once */
	struct child dialers[HANDOFF_ROUTES];
	struct child workers[HANDOFF_WORKERS_MAX];
	int64_t channel_ms[HANDOFF_ROUTES][HANDOFF_WORKERS_MAX]; /* when a
				   worker got its channel (CLOCK_MONOTONIC) */
};

/*
 * Starts the dialers and the first worker, and with its READY the other ones.
 * A fault of any of them is the start's fault; what runs is stopped then.
 * Returns 0 or -1 with the fault.
 */
int crew_start(struct crew *crew, const struct launch *launch,
    struct fault *fault);

bool crew_is_running(const struct child *child);
/* Is a worker left? */
bool crew_has_workers(const struct crew *crew);

/* The dialers, then the workers. */
size_t crew_len(const struct crew *crew);
struct child *crew_at(struct crew *crew, size_t i);

/* Notes those that ended. */
void crew_reap(struct crew *crew);

/* Starts again what does not run and is due (child->retry_ms): the dialers,
 * which get channels to all workers, and, if asked, the workers. */
void crew_replace(struct crew *crew, bool workers_too);
/* CLOCK_MONOTONIC milliseconds of the next start that is due; INT64_MAX for
 * none. */
int64_t crew_due_ms(const struct crew *crew, bool workers_too);

/*
 * A worker says that it has no dialer for a route: it gets another channel.
 * Returns -1 when it asks for a route that is not, or sooner than a worker of
 * ours does.
 */
int crew_give_dialer(struct crew *crew, const struct child *worker,
    uint32_t route);

/* Tells every worker how to end. */
void crew_tell_workers(const struct crew *crew, enum report_type type);

/* Ends all, in wait_ms each by themselves, else by force. */
void crew_stop(struct crew *crew, int wait_ms);

#endif
