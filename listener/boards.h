/* SPDX-License-Identifier: ISC */
/*
 * boards: the scoreboards of all workers, as their supervisor makes them.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_BOARDS_H
#define LISTENER_BOARDS_H

struct fault;

/* Makes a board of zeroes, sealed against size changes: a writable descriptor
 * and a read-only one. Returns 0 or -1 with the fault. */
int boards_open(int *out_writable, int *out_readable, struct fault *fault);

/* Sets a board back to zeroes, before a new worker gets its predecessor's. */
int boards_clear(int fd, struct fault *fault);

#endif
