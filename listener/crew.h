/* SPDX-License-Identifier: ISC */
/*
 * crew: the dialer and the workers, and a channel between it and each of them.
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
	bool has_served;		/* all were ready once */
	struct child dialer;
	struct child workers[HANDOFF_WORKERS_MAX];
	int64_t channel_ms[HANDOFF_WORKERS_MAX];	/* CLOCK_MONOTONIC: when
				   a worker got its channel to the dialer */
};

/*
 * Starts the dialer and the first worker, and with its READY the other ones.
 * A fault of any of them is the start's fault; what runs is stopped then.
 * Returns 0 or -1 with the fault.
 */
int crew_start(struct crew *crew, const struct launch *launch,
    struct fault *fault);

bool crew_is_running(const struct child *child);
/* Is a worker left? */
bool crew_has_workers(const struct crew *crew);

/* Child 0 is the dialer, the workers follow. */
size_t crew_len(const struct crew *crew);
struct child *crew_at(struct crew *crew, size_t i);

/* Notes those that ended. */
void crew_reap(struct crew *crew);

/* Starts again what does not run and is due (child->retry_ms): the dialer,
 * which gets channels to all workers, and, if asked, the workers. */
void crew_replace(struct crew *crew, bool workers_too);
/* CLOCK_MONOTONIC milliseconds of the next start that is due; INT64_MAX for
 * none. */
int64_t crew_due_ms(const struct crew *crew, bool workers_too);

/*
 * A worker says that it has no dialer: it gets another channel. Returns -1 when
 * it asks sooner than a worker of ours does.
 */
int crew_give_dialer(struct crew *crew, const struct child *worker);

/* Tells every worker how to end. */
void crew_tell_workers(const struct crew *crew, enum report_type type);

/* Ends all, in wait_ms each by themselves, else by force. */
void crew_stop(struct crew *crew, int wait_ms);

#endif
