/* SPDX-License-Identifier: ISC */
/*
 * memory_pair: memory of a fixed size for one program that writes it and others
 * that can only read it.
 * Runs in: postern-listener.
 */
#include "listener/memory_pair.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "common/fault.h"

/* A descriptor for the same memory that cannot be mapped for writing. */
static int
open_readable(const char *what, int writable, struct fault *fault)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", writable);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1) {
		fault_set(fault, "could not open the memory \"%s\" for "
		    "reading: %m", what);
		return fault_hint(fault, "The file system /proc must be "
		    "mounted when the listener starts.");
	}
	return fd;
}

int
memory_pair_open(const char *what, size_t size, int *out_writable,
    int *out_readable, struct fault *fault)
{
	int fd, readable;

	fd = memfd_create(what, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return fault_set(fault, "could not make the memory \"%s\": %m",
		    what);
	if (fchmod(fd, 0400) == -1 || ftruncate(fd, (off_t)size) == -1 ||
	    fcntl(fd, F_ADD_SEALS, MEMORY_PAIR_SEALS) == -1) {
		fault_set(fault, "could not make the memory \"%s\": %m",
		    what);
		close(fd);
		return -1;
	}
	readable = open_readable(what, fd, fault);
	if (readable == -1) {
		close(fd);
		return -1;
	}
	*out_writable = fd;
	*out_readable = readable;
	return 0;
}
