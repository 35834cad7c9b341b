/* SPDX-License-Identifier: ISC */
/*
 * scoreboard: one worker's counters in memory that the others may read.
 * Only its worker writes it; readers trust no byte.
 * Runs in: listener-worker.
 */
#include "listener/scoreboard.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>

#include "common/fault.h"

static void *
map(int fd, int protection, struct fault *fault)
{
	struct stat st;
	void *board;
	int seals;

	seals = fcntl(fd, F_GET_SEALS);
	if (fstat(fd, &st) == -1 || seals == -1 ||
	    (seals & SCOREBOARD_SEALS) != SCOREBOARD_SEALS ||
	    st.st_size < (off_t)sizeof(struct scoreboard)) {
		fault_set(fault, "descriptor %d is not a scoreboard", fd);
		return NULL;
	}
	board = mmap(NULL, sizeof(struct scoreboard), protection, MAP_SHARED,
	    fd, 0);
	if (board == MAP_FAILED) {
		fault_set(fault, "could not map a scoreboard: %m");
		return NULL;
	}
	return board;
}

struct scoreboard *
scoreboard_map_own(int fd, struct fault *fault)
{
	return map(fd, PROT_READ | PROT_WRITE, fault);
}

const struct scoreboard *
scoreboard_map_other(int fd, struct fault *fault)
{
	return map(fd, PROT_READ, fault);
}

uint32_t
scoreboard_sessions(const struct scoreboard *const *boards, size_t boards_len,
    uint32_t cap)
{
	uint64_t sum = 0;
	uint32_t n;
	size_t i;

	for (i = 0; i < boards_len; i++) {
		n = atomic_load_explicit(&boards[i]->sessions,
		    memory_order_relaxed);
		sum += n < cap ? n : cap;
	}
	return sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
}
