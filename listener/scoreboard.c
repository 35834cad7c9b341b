/* SPDX-License-Identifier: ISC */
/*
 * scoreboard: one worker's counters in memory that the others may read.
 * Only its worker writes it; readers trust no byte.
 * Runs in: postern-listener (makes), listener-worker.
 */
#include "listener/scoreboard.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "common/fault.h"

/* Without F_SEAL_WRITE, which would take it from its worker as well. */
#define BOARD_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

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
scoreboard_open(int *out_writable, int *out_readable, struct fault *fault)
{
	int fd, readable;

	fd = memfd_create("postern-scoreboard",
	    MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return fault_set(fault, "could not make a scoreboard: %m");
	if (fchmod(fd, 0400) == -1 ||
	    ftruncate(fd, sizeof(struct scoreboard)) == -1 ||
	    fcntl(fd, F_ADD_SEALS, BOARD_SEALS) == -1) {
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
scoreboard_clear(int fd, struct fault *fault)
{
	static const char zeroes[sizeof(struct scoreboard)];

	if (pwrite(fd, zeroes, sizeof(zeroes), 0) != (ssize_t)sizeof(zeroes))
		return fault_set(fault, "could not clear a scoreboard: %m");
	return 0;
}

static void *
map(int fd, int protection, struct fault *fault)
{
	struct stat st;
	void *board;
	int seals;

	seals = fcntl(fd, F_GET_SEALS);
	if (fstat(fd, &st) == -1 || seals == -1 ||
	    (seals & BOARD_SEALS) != BOARD_SEALS ||
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
