/* SPDX-License-Identifier: ISC */
/*
 * dial: requests in two queues, those that the dialer knows of and those that
 * wait for their turn; what the dialer has is bounded, so sending never blocks.
 * Runs in: listener-worker.
 */
#include "listener/worker/dial.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

#define FDS_SEEN 4	/* room for more than one, so that a second is seen */

static void
send_message(struct dial *dial, const struct dial_request *request,
    enum dialwire_type type)
{
	struct dialwire_message message = { 0 };
	unsigned char bytes[DIALWIRE_MESSAGE_MAX];
	size_t len;

	message.type = (uint8_t)type;
	message.route = (uint8_t)request->route;
	message.id = request->id;
	len = dialwire_encode(&message, bytes, sizeof(bytes));
	if (send(dial->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL) == -1 &&
	    errno != EPIPE && errno != ECONNRESET)
		log_write(LOG_LEVEL_WARNING,
		    "could not send a request to the dialer: %m");
}

/* One place is the key socket's alone: a server that does not answer must not
 * keep the worker from keyd. */
static unsigned int
places(const struct dial_request *request)
{
	return request->route == DIALWIRE_KEY ? DIALWIRE_PENDING_MAX :
	    DIALWIRE_PENDING_MAX - 1;
}

static void
send_queued(struct dial *dial)
{
	struct dial_request *request;

	while (dial->fd != -1 &&
	    (request = TAILQ_FIRST(&dial->queued)) != NULL &&
	    dial->sent_len < places(request)) {
		TAILQ_REMOVE(&dial->queued, request, link);
		TAILQ_INSERT_TAIL(&dial->sent, request, link);
		dial->sent_len++;
		request->state = DIAL_SENT;
		send_message(dial, request, DIALWIRE_DIAL);
	}
}

static void
forget(struct dial *dial, struct dial_request *request)
{
	if (request->state == DIAL_SENT) {
		TAILQ_REMOVE(&dial->sent, request, link);
		dial->sent_len--;
	} else if (request->state == DIAL_QUEUED) {
		TAILQ_REMOVE(&dial->queued, request, link);
	}
	request->state = DIAL_IDLE;
}

static void
tell_lost(evutil_socket_t fd, short what, void *arg)
{
	struct dial *dial = arg;

	(void)fd;
	(void)what;
	dial->on_lost(dial);
}

/* The dialer is gone: its requests go back to the head of the queue, in their
 * order, until a new one is there. */
static void
lose_dialer(struct dial *dial)
{
	const struct timeval wait = { .tv_sec = DIAL_LOST_S };
	struct dial_request *request;

	(void)evtimer_add(&dial->lost, &wait);

	(void)event_del(&dial->readable);
	(void)close(dial->fd);
	dial->fd = -1;
	while ((request = TAILQ_LAST(&dial->sent, dial_queue)) != NULL) {
		TAILQ_REMOVE(&dial->sent, request, link);
		TAILQ_INSERT_HEAD(&dial->queued, request, link);
		request->state = DIAL_QUEUED;
	}
	dial->sent_len = 0;
}

/*
 * The one descriptor that may come with a reply; -1 for none. Returns -1, with
 * all of them closed, if there were more. More than FDS_SEEN are closed by the
 * kernel.
 */
static int
take_descriptor(struct msghdr *msg, int *out)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
	int fds[FDS_SEEN];
	size_t i, len;

	if (cmsg == NULL || cmsg->cmsg_level != SOL_SOCKET ||
	    cmsg->cmsg_type != SCM_RIGHTS)
		return 0;
	len = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(cmsg), len * sizeof(int));
	if (len == 1) {
		*out = fds[0];
		return 0;
	}
	for (i = 0; i < len; i++)
		(void)close(fds[i]);
	return -1;
}

/* One datagram and the descriptor beside it: 1, 0 at the end, -1 if none. */
static int
receive(int fd, struct dialwire_message *out, int *out_fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(FDS_SEEN * sizeof(int))];
	} control;
	/* One byte more: a longer datagram is of another shape, not cut. */
	unsigned char bytes[DIALWIRE_MESSAGE_MAX + 1];
	struct iovec iov = { .iov_base = bytes, .iov_len = sizeof(bytes) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes) };
	ssize_t n;

	*out_fd = -1;
	n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? -1 : 0;
	if (n == 0 && msg.msg_controllen == 0)
		return 0;
	/* MSG_CTRUNC without a second descriptor is ours: we had no room in
	 * our table for the one, and the request fails for that. */
	if (take_descriptor(&msg, out_fd) == 0 &&
	    dialwire_decode(bytes, (size_t)n, out) == 0 &&
	    out->type == DIALWIRE_REPLY)
		return 1;
	log_write(LOG_LEVEL_WARNING, "the dialer sent a malformed reply");
	return 0;
}

static struct dial_request *
find_sent(struct dial *dial, uint64_t id)
{
	struct dial_request *request;

	TAILQ_FOREACH(request, &dial->sent, link)
		if (request->id == id)
			return request;
	return NULL;
}

static void
answer(struct dial *dial, const struct dialwire_message *reply, int fd)
{
	struct dial_request *request = find_sent(dial, reply->id);
	int error = (int)reply->error;

	if (request == NULL) {	/* abandoned meanwhile */
		if (fd != -1)
			(void)close(fd);
		return;
	}
	forget(dial, request);
	/* Connected, but no descriptor came: ours was one too many. */
	if (fd == -1 && error == 0)
		error = EMFILE;
	request->on_answer(request, fd, error, reply->address);
}

static void
on_readable(evutil_socket_t socket, short what, void *arg)
{
	struct dial *dial = arg;
	struct dialwire_message reply;
	int fd, got;

	(void)socket;
	(void)what;
	while (dial->fd != -1 &&
	    (got = receive(dial->fd, &reply, &fd)) != -1) {
		if (got == 1) {
			answer(dial, &reply, fd);
			continue;
		}
		if (fd != -1)
			(void)close(fd);
		lose_dialer(dial);
	}
	send_queued(dial);
}

void
dial_open(struct dial *dial, struct event_base *base, int fd,
    dial_lost_fn *on_lost)
{
	TAILQ_INIT(&dial->queued);
	TAILQ_INIT(&dial->sent);
	dial->base = base;
	dial->fd = -1;
	dial->on_lost = on_lost;
	(void)evtimer_assign(&dial->lost, base, tell_lost, dial);
	dial_replace(dial, fd);
}

void
dial_replace(struct dial *dial, int fd)
{
	if (dial->fd != -1)
		lose_dialer(dial);
	(void)event_del(&dial->lost);
	dial->fd = fd;
	(void)event_assign(&dial->readable, dial->base, fd,
	    EV_READ | EV_PERSIST, on_readable, dial);
	(void)event_add(&dial->readable, NULL);
	send_queued(dial);
}

void
dial_start(struct dial *dial, struct dial_request *request,
    enum dialwire_route route, dial_answer_fn *on_answer)
{
	request->dial = dial;
	request->route = route;
	request->on_answer = on_answer;
	request->id = ++dial->last_id;
	request->state = DIAL_QUEUED;
	if (route == DIALWIRE_KEY)
		TAILQ_INSERT_HEAD(&dial->queued, request, link);
	else
		TAILQ_INSERT_TAIL(&dial->queued, request, link);
	send_queued(dial);
}

void
dial_leave(struct dial *dial)
{
	static const struct dial_request none = { .route = DIALWIRE_BACKEND };

	if (dial->fd != -1)
		send_message(dial, &none, DIALWIRE_LEAVE);
}

void
dial_abandon(struct dial_request *request)
{
	struct dial *dial = request->dial;
	bool sent = request->state == DIAL_SENT;

	if (request->state == DIAL_IDLE)
		return;
	forget(dial, request);
	if (sent && dial->fd != -1)
		send_message(dial, request, DIALWIRE_ABANDON);
	send_queued(dial);
}
