/* SPDX-License-Identifier: ISC */
/*
 * scoreboard: one worker's counters in memory that the others may read.
 * Only its worker writes it; readers trust no byte.
 * Runs in: postern-listener (makes), listener-worker.
 */
#ifndef LISTENER_SCOREBOARD_H
#define LISTENER_SCOREBOARD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct fault;

struct scoreboard {
	_Atomic uint32_t clients;	/* accepted, not yet closed */
	_Atomic uint32_t sessions;	/* past their StartupMessage */
};

/* Makes a board of zeroes, sealed against size changes: a writable descriptor
 * and a read-only one. Returns 0 or -1 with the fault. */
int scoreboard_open(int *out_writable, int *out_readable, struct fault *fault);

/* Sets a board back to zeroes, before a new worker gets its predecessor's. */
int scoreboard_clear(int fd, struct fault *fault);

/* Maps a board; NULL with the fault. Never unmapped. */
struct scoreboard *scoreboard_map_own(int fd, struct fault *fault);
const struct scoreboard *scoreboard_map_other(int fd, struct fault *fault);

/* The sum of sessions over all boards, each at most cap. */
uint32_t scoreboard_sessions(const struct scoreboard *const *boards,
    size_t boards_len, uint32_t cap);

#endif
