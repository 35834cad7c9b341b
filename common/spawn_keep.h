/* SPDX-License-Identifier: ISC */
/*
 * spawn_keep: the programs that a supervisor starts stay those that it has
 * started first, whatever an upgrade puts in their place: its handoffs are for
 * them.
 * Runs in: the supervisors.
 */
#ifndef COMMON_SPAWN_KEEP_H
#define COMMON_SPAWN_KEEP_H

#define SPAWN_KEEP_MAX 16	/* programs; those beyond are not kept */

/*
 * Returns a descriptor of the program for execveat(2), opened when this path
 * was first asked for, close-on-exec, and not the caller's to close; -1 with
 * errno if it cannot be opened.
 */
int spawn_keep_open(const char *path);

#endif
