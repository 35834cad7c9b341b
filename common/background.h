/* SPDX-License-Identifier: ISC */
/*
 * background: a daemon's caller waits until the daemon serves, and gets its
 * exit status: 0 then, 1 if it could not start.
 * Runs in: the supervisors, at start.
 */
#ifndef COMMON_BACKGROUND_H
#define COMMON_BACKGROUND_H

struct fault;

/*
 * Forks. The parent ignores the terminal's signals, waits for
 * background_ready() or the child's end, and exits with the status. The child
 * goes on in the same session and process group, so that it can still ask on
 * the terminal. Returns 0 in the child, or -1 with the fault.
 */
int background_start(struct fault *fault);

/*
 * In the child: becomes a session of its own, turns descriptors 0 to 2 into
 * /dev/null, changes to /, and lets the parent exit with 0. Does nothing if
 * background_start() was not called (foreground).
 */
void background_ready(void);

#endif
