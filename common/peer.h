/* SPDX-License-Identifier: ISC */
/*
 * peer: who is at the other end of a Unix socket, by the kernel's word.
 * Runs in: keyd-signer, the supervisors.
 */
#ifndef COMMON_PEER_H
#define COMMON_PEER_H

#include <sys/types.h>

struct peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

/* Who connected (SO_PEERCRED). Returns 0 or -1 with errno. */
int peer_of_socket(int fd, struct peer *out);

/* Lets every message carry its sender's credentials (SO_PASSCRED). */
int peer_pass_credentials(int fd);

/*
 * Receives one datagram of at most size bytes without blocking, with its
 * sender's credentials when the socket passes them (else *out_peer is all -1).
 * Returns its length; -1 with errno (EAGAIN, EMSGSIZE for a longer one, which
 * is discarded); 0 at the end. Descriptors sent along are closed.
 */
ssize_t peer_receive(int fd, void *bytes, size_t size, struct peer *out_peer);

#endif
