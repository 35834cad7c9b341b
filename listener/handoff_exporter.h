/* SPDX-License-Identifier: ISC */
/*
 * handoff_exporter: what postern-listener gives the exporter, at start and
 * later.
 * Runs in: postern-listener, listener-exporter.
 */
#ifndef LISTENER_HANDOFF_EXPORTER_H
#define LISTENER_HANDOFF_EXPORTER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "listener/handoff.h"
#include "listener/roster_counters.h"

/* Behind channel, log and handoff (handoff.h): the facts, read-only; the past,
 * writable; the status socket; then the metrics' socket if there is one. */
#define HANDOFF_EXPORTER_FD_FACTS (SPAWN_FD_FIRST + 3)
#define HANDOFF_EXPORTER_FD_PAST (SPAWN_FD_FIRST + 4)
#define HANDOFF_EXPORTER_FD_STATUS (SPAWN_FD_FIRST + 5)
#define HANDOFF_EXPORTER_FD_METRICS (SPAWN_FD_FIRST + 6)
#define HANDOFF_EXPORTER_FDS 6		/* without the metrics' socket */

struct handoff_exporter {
	uint32_t magic;
	uint32_t has_metrics;	/* 1: there is a socket for them */
	int log_min_messages;
	struct handoff_user user;
};

/*
 * A worker's roster comes as REPORT_DESCRIPTOR with this as payload and its
 * number as which. When that worker has ended: REPORT_ROSTER_OVER with the
 * number. The exporter adds what it counted to the past, where the supervisor
 * finds the number, and only then forgets it: an exporter that takes another's
 * place gets every roster that is not yet added.
 */
struct handoff_roster {
	uint32_t number;	/* 1, 2, ...: never again */
	uint32_t slot;		/* the worker's */
	uint32_t generation;
	int32_t pid;		/* the worker's */
	int64_t started_us;	/* CLOCK_REALTIME */
};

/* Counters of ended workers; it outlives an exporter. A number is in the ring
 * before its counters are added: rather lost than twice. */
#define HANDOFF_PAST_MAX 256

struct handoff_past {
	struct roster_counters counters;
	_Atomic uint32_t added[HANDOFF_PAST_MAX];	/* a ring; 0: unused */
	uint32_t added_next;
};

static inline bool
handoff_past_has(const struct handoff_past *past, uint32_t number)
{
	size_t i;

	for (i = 0; i < HANDOFF_PAST_MAX; i++)
		if (atomic_load_explicit(&past->added[i],
		    memory_order_acquire) == number)
			return true;
	return false;
}

#endif
