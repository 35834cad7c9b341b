/* SPDX-License-Identifier: ISC */
/*
 * scoreboard: one worker's counters in memory that the others may read.
 * Only its worker writes it; readers trust no byte.
 * Runs in: listener-worker; postern-listener makes it (boards).
 */
#ifndef LISTENER_SCOREBOARD_H
#define LISTENER_SCOREBOARD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "listener/address_table.h"

struct fault;

struct scoreboard {
	_Atomic uint32_t clients;	/* accepted, not yet closed */
	_Atomic uint32_t sessions;	/* past their StartupMessage */
	struct address_table addresses;	/* the same for each address */
};

/* A board's size is sealed; not F_SEAL_WRITE, which would take it from its own
 * worker as well. */
#define SCOREBOARD_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

/* Maps a board; NULL with the fault. Never unmapped. */
struct scoreboard *scoreboard_map_own(int fd, struct fault *fault);
const struct scoreboard *scoreboard_map_other(int fd, struct fault *fault);

/* The sum of sessions over all boards, each at most cap. */
uint32_t scoreboard_sessions(const struct scoreboard *const *boards,
    size_t boards_len, uint32_t cap);

#endif
