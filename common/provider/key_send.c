/* SPDX-License-Identifier: ISC */
/*
 * key_send: one request is sent by send(2), several by sendmmsg(2).
 * Runs in: listener-worker, any program that loads the provider.
 */
#include "common/provider/key_send.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <string.h>

#include "common/provider/key_pending.h"

#define AT_ONCE 16	/* requests in one system call */

static int
status_of_errno(void)
{
	return errno == EAGAIN || errno == ENOBUFS ? 1 : -1;
}

int
key_send_datagram(int fd, const unsigned char *bytes, size_t len)
{
	ssize_t n;

	do {
		n = send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	if (n == (ssize_t)len)
		return 0;
	return n == -1 ? status_of_errno() : -1;
}

/* Those that may go out now, in their order. */
static unsigned int
collect(const struct key_pending *pending, struct iovec *out)
{
	struct key_request *request = key_pending_first(pending,
	    KEY_PENDING_UNSENT);
	unsigned int count = 0, room = KEY_LINK_WINDOW - pending->sent_len;

	while (request != NULL && count < AT_ONCE && count < room) {
		out[count++] = (struct iovec){ request->wire,
			request->wire_len };
		request = TAILQ_NEXT(request, entry);
	}
	return count;
}

/* Returns how many were sent, or -1. */
static int
send_several(int fd, struct iovec *parts, unsigned int count)
{
	struct mmsghdr messages[AT_ONCE];
	unsigned int i;
	int n;

	if (count == 1)
		return send(fd, parts->iov_base, parts->iov_len,
		    MSG_NOSIGNAL | MSG_DONTWAIT) == -1 ? -1 : 1;
	memset(messages, 0, count * sizeof(messages[0]));
	for (i = 0; i < count; i++) {
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	n = sendmmsg(fd, messages, count, MSG_NOSIGNAL | MSG_DONTWAIT);
	return n;
}

int
key_send_requests(int fd, struct key_pending *pending)
{
	struct iovec parts[AT_ONCE];
	unsigned int count;
	int n;

	while (pending->sent_len < KEY_LINK_WINDOW &&
	    (count = collect(pending, parts)) > 0) {
		n = send_several(fd, parts, count);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return status_of_errno();
		for (; n > 0; n--)
			key_pending_mark_sent(pending, key_pending_first(
			    pending, KEY_PENDING_UNSENT));
	}
	return 0;
}
