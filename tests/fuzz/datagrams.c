/* SPDX-License-Identifier: ISC */
/*
 * datagrams: an input as datagrams of a SOCK_SEQPACKET connection.
 * Runs in: make check, tests/fuzz/run.
 */
#include "tests/fuzz/datagrams.h"

#include <sys/socket.h>

#include "common/peer.h"
#include "tests/fuzz/fuzz.h"

int
datagrams_send(struct datagrams *datagrams, int fd)
{
	size_t len;

	if (datagrams->left < 2)
		return 0;
	len = ((size_t)datagrams->at[0] << 8 | datagrams->at[1]) & 0xfff;
	datagrams->at += 2;
	datagrams->left -= 2;
	if (len > datagrams->left)
		len = datagrams->left;
	(void)send(fd, datagrams->at, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	datagrams->at += len;
	datagrams->left -= len;
	return 1;
}

void
datagrams_pair(int out[2])
{
	FUZZ_MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0, out) == 0);
	FUZZ_MUST(peer_pass_credentials(out[1]) == 0);
}
