/* SPDX-License-Identifier: ISC */
/*
 * boards: makes the workers' scoreboards and clears them between two workers.
 * Runs in: postern-listener.
 */
#include "listener/boards.h"

#include <fcntl.h>
#include <unistd.h>

#include "common/fault.h"
#include "listener/memory_pair.h"
#include "listener/scoreboard.h"

int
boards_open(int *out_writable, int *out_readable, struct fault *fault)
{
	return memory_pair_open("postern-scoreboard",
	    sizeof(struct scoreboard), out_writable, out_readable, fault);
}

int
boards_clear(int fd, struct fault *fault)
{
	/* A hole reads as zeroes. */
	if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
	    (off_t)sizeof(struct scoreboard)) != 0)
		return fault_set(fault, "could not clear a scoreboard: %m");
	return 0;
}
