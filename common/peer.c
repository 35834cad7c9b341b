/* SPDX-License-Identifier: ISC */
/*
 * peer: who is at the other end of a Unix socket, by the kernel's word.
 * Runs in: keyd-signer, the supervisors.
 */
#include "common/peer.h"

#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define RIGHTS_MAX 32	/* descriptors taken in only to be closed */

int
peer_of_socket(int fd, struct peer *out)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return -1;
	/* The kernel's answer for a socket that nobody is connected to. */
	if (len != sizeof(cred) || cred.uid == (uid_t)-1) {
		errno = ENOTCONN;
		return -1;
	}
	out->pid = cred.pid;
	out->uid = cred.uid;
	out->gid = cred.gid;
	return 0;
}

int
peer_pass_credentials(int fd)
{
	int on = 1;

	return setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
}

static void
close_rights(const struct cmsghdr *cmsg)
{
	size_t count, i;
	int fd;

	count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	for (i = 0; i < count; i++) {
		memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(fd), sizeof(fd));
		close(fd);
	}
}

static void
take_credentials(const struct cmsghdr *cmsg, struct peer *out)
{
	struct ucred cred;

	if (cmsg->cmsg_len < CMSG_LEN(sizeof(cred)))
		return;
	memcpy(&cred, CMSG_DATA(cmsg), sizeof(cred));
	out->pid = cred.pid;
	out->uid = cred.uid;
	out->gid = cred.gid;
}

ssize_t
peer_receive(int fd, void *bytes, size_t size, struct peer *out_peer)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(struct ucred)) +
		    CMSG_SPACE(RIGHTS_MAX * sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = bytes, .iov_len = size };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct peer peer = { .pid = -1, .uid = (uid_t)-1, .gid = (gid_t)-1 };
	struct cmsghdr *cmsg;
	ssize_t n;

	do {
		n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		return -1;
	for (cmsg = CMSG_FIRSTHDR(&msg); cmsg != NULL;
	    cmsg = CMSG_NXTHDR(&msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET)
			continue;
		if (cmsg->cmsg_type == SCM_RIGHTS)
			close_rights(cmsg);
		else if (cmsg->cmsg_type == SCM_CREDENTIALS)
			take_credentials(cmsg, &peer);
	}
	if (msg.msg_flags & MSG_TRUNC) {
		errno = EMSGSIZE;
		return -1;
	}
	*out_peer = peer;
	return n;
}
