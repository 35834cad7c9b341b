/* SPDX-License-Identifier: ISC */
/*
 * channel: one worker's requests and the replies to them. Nothing that a
 * worker says can hurt the others: the offender's channel is closed.
 * Runs in: listener-dialer.
 */
#include "listener/dialer/channel.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <event2/event.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/wire/dialwire.h"
#include "listener/dialer/dial.h"
#include "listener/dialer/dialer.h"

/* Requests of one worker before the others have their turn. */
#define CHANNEL_BURST 32

static struct dial *
find(const struct channel *channel, uint64_t id)
{
	struct dial *dial;

	TAILQ_FOREACH(dial, &channel->dials, link)
		if (dial->id == id)
			return dial;
	return NULL;
}

/* Returns 0, or -1 for what no worker of ours asks. */
static int
take(struct channel *channel, const struct dialwire_message *message)
{
	struct dial *dial = find(channel, message->id);

	switch (message->type) {
	case DIALWIRE_DIAL:
		if (dial != NULL || channel->dials_len == DIALWIRE_PENDING_MAX)
			return -1;
		return dial_open(channel, message) == NULL ? -1 : 0;
	case DIALWIRE_ABANDON:
		/* None: its reply is on its way already. */
		if (dial != NULL)
			dial_close(dial);
		return 0;
	case DIALWIRE_LEAVE:
		/* All workers of a dialer are of one generation. */
		spares_leave(&channel->dialer->spares);
		return 0;
	default:
		return -1;
	}
}

/* Returns 1, 0 when nothing is there, -1 when the channel must end. */
static int
read_request(struct channel *channel)
{
	/* One byte more: a longer datagram is of another shape, not cut. */
	unsigned char bytes[DIALWIRE_MESSAGE_MAX + 1];
	struct iovec iov = { .iov_base = bytes, .iov_len = sizeof(bytes) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct dialwire_message message;
	ssize_t n;

	/* Not recv(2), which the sandbox would have to allow besides. */
	n = recvmsg(channel->fd, &msg, MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -1;
	if (dialwire_decode(bytes, (size_t)n, &message) == -1 ||
	    take(channel, &message) == -1) {
		log_write(LOG_LEVEL_WARNING, "a worker broke the rules of its "
		    "channel, which is closed");
		return -1;
	}
	return 1;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct channel *channel = arg;
	int i, n = 1;

	(void)fd;
	(void)what;
	for (i = 0; i < CHANNEL_BURST && n == 1; i++)
		n = read_request(channel);
	if (n == -1)
		channel_close(channel);
}

/* One reply with its descriptor. Returns 0, or -1 with errno. */
static int
send_reply(const struct channel *channel, const struct dial *dial, int send_fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	unsigned char bytes[DIALWIRE_MESSAGE_MAX];
	struct iovec iov = { .iov_base = bytes };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;

	iov.iov_len = dialwire_encode(&dial->reply, bytes, sizeof(bytes));
	if (send_fd != -1) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control.bytes);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &send_fd, sizeof(int));
	}
	return sendmsg(channel->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) == -1 ?
	    -1 : 0;
}

/* Returns 0 once the dial is answered, -1 with errno when it is not. */
static int
answer(struct channel *channel, struct dial *dial)
{
	int ret;

	ret = send_reply(channel, dial, dial->fd);
	/* More descriptors on their way than the kernel allows. */
	if (ret == -1 && errno == ETOOMANYREFS) {
		dial->reply.error = ETOOMANYREFS;
		ret = send_reply(channel, dial, -1);
	}
	if (ret == 0)
		dial_close(dial);
	return ret;
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct channel *channel = arg;
	struct dial *dial, *next;

	(void)fd;
	(void)what;
	for (dial = TAILQ_FIRST(&channel->dials); dial != NULL; dial = next) {
		next = TAILQ_NEXT(dial, link);
		if (dial->state != DIAL_OVER || answer(channel, dial) == 0)
			continue;
		if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
			event_add(&channel->writable, NULL);
		else
			channel_close(channel);
		return;
	}
}

void
channel_note_over(struct channel *channel)
{
	event_active(&channel->writable, EV_WRITE, 1);
}

int
channel_open(struct dialer *dialer, int fd)
{
	struct channel *channel;

	channel = calloc(1, sizeof(*channel));
	if (channel == NULL) {
		close(fd);
		return -1;
	}
	channel->dialer = dialer;
	channel->fd = fd;
	TAILQ_INIT(&channel->dials);
	event_assign(&channel->readable, dialer->base, fd,
	    EV_READ | EV_PERSIST, on_readable, channel);
	event_assign(&channel->writable, dialer->base, fd, EV_WRITE,
	    on_writable, channel);
	LIST_INSERT_HEAD(&dialer->channels, channel, link);
	if (event_add(&channel->readable, NULL) == -1) {
		channel_close(channel);
		return -1;
	}
	return 0;
}

void
channel_close(struct channel *channel)
{
	struct dial *dial;

	while ((dial = TAILQ_FIRST(&channel->dials)) != NULL)
		dial_close(dial);
	event_del(&channel->readable);
	event_del(&channel->writable);
	close(channel->fd);
	LIST_REMOVE(channel, link);
	free(channel);
}
