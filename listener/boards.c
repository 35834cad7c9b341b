/* SPDX-License-Identifier: ISC */
/*
 * boards: makes the workers' scoreboards and clears them between two workers.
 * Runs in: postern-listener.
 */
#include "listener/boards.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "common/fault.h"
#include "listener/scoreboard.h"

/* A descriptor for the same memory that cannot be mapped for writing. */
static int
open_readable(int writable, struct fault *fault)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", writable);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1) {
		fault_set(fault, "could not open a scoreboard for reading: %m");
		return fault_hint(fault, "The file system /proc must be "
		    "mounted when the listener starts.");
	}
	return fd;
}

int
boards_open(int *out_writable, int *out_readable, struct fault *fault)
{
	int fd, readable;

	fd = memfd_create("postern-scoreboard",
	    MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return fault_set(fault, "could not make a scoreboard: %m");
	if (fchmod(fd, 0400) == -1 ||
	    ftruncate(fd, sizeof(struct scoreboard)) == -1 ||
	    fcntl(fd, F_ADD_SEALS, SCOREBOARD_SEALS) == -1) {
		fault_set(fault, "could not make a scoreboard: %m");
		close(fd);
		return -1;
	}
	readable = open_readable(fd, fault);
	if (readable == -1) {
		close(fd);
		return -1;
	}
	*out_writable = fd;
	*out_readable = readable;
	return 0;
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
