/* SPDX-License-Identifier: ISC */
/*
 * report: what an internal program tells its supervisor over their channel, and
 * what the supervisor may say back. Never logs, never allocates.
 * Runs in: the supervisors and every internal program.
 */
#include "common/report.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* Room for more than one, so that a second is seen, closed and refused. */
#define REPORT_FDS_SEEN 4

enum report_fd {
	REPORT_FD_NONE,
	REPORT_FD_MAY,
	REPORT_FD_MUST
};

static const enum report_fd report_fds[REPORT_TYPES] = {
	[REPORT_READY] = REPORT_FD_NONE,
	[REPORT_FAULT] = REPORT_FD_NONE,
	[REPORT_PAYLOAD] = REPORT_FD_MAY,
	[REPORT_STOP_FAST] = REPORT_FD_NONE,
	[REPORT_STOP_SMART] = REPORT_FD_NONE,
	[REPORT_DESCRIPTOR] = REPORT_FD_MUST,
	[REPORT_NO_DIALER] = REPORT_FD_NONE,
	[REPORT_SERVE] = REPORT_FD_NONE,
	[REPORT_LEFT] = REPORT_FD_NONE,
	[REPORT_ROSTER_OVER] = REPORT_FD_NONE,
};

union report_control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(REPORT_FDS_SEEN * sizeof(int))];
};

static bool
report_is_sound(const struct report *report, size_t fds)
{
	if (report->type < REPORT_READY || report->type >= REPORT_TYPES)
		return false;
	if (report->payload_len > REPORT_PAYLOAD_MAX)
		return false;
	switch (report_fds[report->type]) {
	case REPORT_FD_NONE:
		return fds == 0;
	case REPORT_FD_MAY:
		return fds <= 1;
	case REPORT_FD_MUST:
		return fds == 1;
	}
	return false;
}

int
report_send(int channel, const struct report *report, int send_fd)
{
	struct report wire;
	union report_control control;
	struct iovec iov = { .iov_base = &wire, .iov_len = sizeof(wire) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;
	ssize_t n;

	if (!report_is_sound(report, send_fd != -1)) {
		errno = EINVAL;
		return -1;
	}
	/* Bytes that nobody set do not leave the process. */
	memset(&wire, 0, sizeof(wire));
	wire.type = report->type;
	wire.payload_len = report->payload_len;
	wire.which = report->which;
	if (report->type == REPORT_FAULT)
		wire.fault = report->fault;
	memcpy(wire.payload, report->payload, report->payload_len);

	if (send_fd != -1) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(sizeof(int));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &send_fd, sizeof(int));
	}
	/* send(2) alone, so that who passes no descriptor needs no other. */
	do
		n = send_fd == -1 ?
		    send(channel, &wire, sizeof(wire), MSG_NOSIGNAL) :
		    sendmsg(channel, &msg, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

int
report_send_type(int channel, enum report_type type, const struct fault *fault)
{
	struct report report;

	memset(&report, 0, sizeof(report));
	report.type = type;
	if (fault != NULL)
		report.fault = *fault;
	return report_send(channel, &report, -1);
}

/* Takes the descriptors out of a message; returns how many. */
static size_t
report_read_fds(struct msghdr *msg, int fds[REPORT_FDS_SEEN])
{
	struct cmsghdr *cmsg;
	size_t count = 0, len;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg != NULL;
	    cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		len = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		if (len > REPORT_FDS_SEEN - count)
			len = REPORT_FDS_SEEN - count;
		memcpy(&fds[count], CMSG_DATA(cmsg), len * sizeof(int));
		count += len;
	}
	return count;
}

static void
report_close_fds(const int *fds, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		close(fds[i]);
}

/* An empty datagram and the end look the same to recvmsg(2); but the end stays
 * where it is. */
static bool
report_is_end(int channel)
{
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	return recvmsg(channel, &msg, MSG_PEEK | MSG_DONTWAIT) == 0;
}

int
report_receive(int channel, struct report *out, int *out_fd)
{
	struct report wire;
	union report_control control;
	struct iovec iov = { .iov_base = &wire, .iov_len = sizeof(wire) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes)
	};
	int fds[REPORT_FDS_SEEN];
	size_t count;
	ssize_t n;

	/* ECONNRESET, once: the peer ended with our words unread; what it said
	 * before that is still there. */
	do
		n = recvmsg(channel, &msg, MSG_CMSG_CLOEXEC);
	while (n == -1 && (errno == EINTR || errno == ECONNRESET));
	if (n == -1)
		return -1;

	count = report_read_fds(&msg, fds);
	if (n == 0 && count == 0 && report_is_end(channel))
		return 0;
	if (n != (ssize_t)sizeof(wire) ||
	    (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
	    !report_is_sound(&wire, count) || (count == 1 && out_fd == NULL)) {
		report_close_fds(fds, count);
		errno = EPROTO;
		return -1;
	}
	fault_bound(&wire.fault);
	*out = wire;
	if (out_fd != NULL)
		*out_fd = count == 1 ? fds[0] : -1;
	return 1;
}
