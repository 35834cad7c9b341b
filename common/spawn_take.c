/* SPDX-License-Identifier: ISC */
/*
 * spawn_take: the started program's half of spawn, apart from the other so
 * that a confined program links nothing that can start one.
 * Runs in: every internal program.
 */
#include "common/spawn.h"

#include <sys/prctl.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "common/fault.h"

/* Is this the end of a channel that our parent process made? In a pid
 * namespace of our own both numbers are 0. */
static bool
spawn_is_channel(int fd)
{
	struct ucred peer;
	socklen_t len;
	int domain, type;

	len = sizeof(domain);
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == -1 ||
	    domain != AF_UNIX)
		return false;
	len = sizeof(type);
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == -1 ||
	    type != SOCK_SEQPACKET)
		return false;
	len = sizeof(peer);
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    peer.pid == getppid();
}

static bool
spawn_are_open(size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (fcntl(SPAWN_FD_FIRST + (int)i, F_GETFD) == -1)
			return false;
	return true;
}

int
spawn_take(const char *program, size_t count, struct fault *fault)
{
	unsigned int end = SPAWN_FD_FIRST + (unsigned int)count;

	if (count == 0 || count > SPAWN_FDS_MAX || !spawn_are_open(count) ||
	    !spawn_is_channel(SPAWN_FD_FIRST)) {
		fault_set(fault, "%s cannot be started by hand", program);
		fault_detail(fault, "It serves a supervisor, which gives it "
		    "its descriptors.");
		return fault_hint(fault, "Start postern-keyd or "
		    "postern-listener instead.");
	}
	/* By a descriptor executed, its name in ps may be that one's number. */
	prctl(PR_SET_NAME, program);
	if (close_range(SPAWN_FD_FIRST, end - 1, CLOSE_RANGE_CLOEXEC) == -1 ||
	    close_range(end, UINT_MAX, 0) == -1)
		return fault_set(fault, "could not close descriptors: %m");
	return 0;
}
