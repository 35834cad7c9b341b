/* SPDX-License-Identifier: ISC */
/*
 * child: an internal program as its supervisor sees it: started, awaited,
 * logged, reaped, started again.
 * Runs in: the supervisors.
 */
#ifndef COMMON_CHILD_H
#define COMMON_CHILD_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/report.h"
#include "common/spawn.h"

struct fault;

struct child {
	const char *name;	/* "keyd-signer"; not owned */
	pid_t pid;		/* 0 while it does not run */
	int channel;		/* reports; -1 or owned, blocking */
	int log;		/* its log; -1 or owned, non-blocking */
	bool ready;		/* it said REPORT_READY */
	bool end_is_told;	/* why it ends needs no line of its own */
	int64_t started_ms;	/* CLOCK_MONOTONIC */
	int64_t retry_ms;	/* not started again before this */
	unsigned int quick_deaths; /* in a row, each within 1 s of its start */
};

void child_init(struct child *child, const char *name);

/*
 * Makes the channel and the log pipe, starts the program with them as its
 * descriptors SPAWN_FD_FIRST (channel) and SPAWN_FD_FIRST + 1 (log), the fds
 * of options behind those. Returns 0, or -1 with the fault; a start that fails
 * counts as a quick death.
 */
int child_start(struct child *child, const struct spawn_options *options,
    struct fault *fault);

/*
 * Blocks until the child reports something or ends or deadline_ms
 * (milliseconds from now, -1 for none) is over, writing its log meanwhile.
 * REPORT_READY sets child->ready. Returns 0 with the report, or -1 with the
 * fault: the child's own words when it sent REPORT_FAULT, else how it ended;
 * in both cases it is reaped here and pid is 0. After the deadline it still
 * runs, and so it does when a blocked SIGTERM, SIGINT or SIGQUIT is pending
 * before the report came: a fault, too, and the signal stays pending. A report
 * that brings a descriptor is refused.
 */
int child_await(struct child *child, int deadline_ms, struct report *out,
    struct fault *fault);

/* Writes what waits in its log. Returns -1 at its end, which it closes. */
int child_read_log(struct child *child);

/*
 * Notes that the process is gone with that wait status: reads the rest of its
 * log, logs how it ended (a death by SIGSYS is named as the sandbox's) unless
 * it exited with 0 or that is told, closes both ends, sets the back-off: 0 ms,
 * and from the third quick death on 200 ms doubling up to 30 s, which the log
 * says.
 */
void child_reap(struct child *child, int wait_status);

/*
 * Notes what a report that came from it says about itself: REPORT_READY makes
 * it ready; after REPORT_FAULT its end is no news. child_await() does it too.
 */
void child_note_report(struct child *child, const struct report *report);

/* That it ended with that status, and whether before it was ready, as a fault;
 * child_reap() then does not log it again. Always returns -1. */
int child_end_fault(struct child *child, int wait_status, struct fault *fault);

/* Closes its channel (its signal to end), waits up to wait_ms, then SIGKILL. */
void child_stop(struct child *child, int wait_ms);

/* "exited with status 1", "was killed by signal 9 (Killed)"; out[64] bytes. */
void child_format_status(int wait_status, char *out, size_t out_size);

#endif
