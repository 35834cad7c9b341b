/* SPDX-License-Identifier: ISC */
/*
 * key_link: requests for signatures on their way to keyd and back. Inside an
 * OpenSSL async job the job pauses until its reply is there, elsewhere the
 * caller blocks, both with a deadline. Knows no loop, log or setting of ours.
 * Runs in: listener-worker, any program that loads the provider.
 */
#include "common/provider/key_link.h"

#include <sys/socket.h>

#include <openssl/async.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/provider/key_pending.h"
#include "common/provider/key_send.h"

#define HELLO_ID 0	/* no request has it */

/* The default holds some 280 requests; the kernel cuts this to its limit. */
#define SEND_BUFFER_LEN (4 * 1024 * 1024)

/* Requests wait for READY: keyd's threads could take one before the HELLO. */
enum connection_state {
	CONNECTION_NONE,
	CONNECTION_HELLO_UNSENT,
	CONNECTION_HELLO_SENT,
	CONNECTION_READY
};

/* What is large lies here and not on the stack: a job's has 32 KiB. */
struct key_link {
	int timeout_ms;
	int fd;				/* owned; -1: none */
	enum connection_state state;
	bool gathers;			/* jobs' requests wait for a write */
	unsigned int calling;		/* depth of call_back() */
	struct keywire_keys keys;	/* in CONNECTION_READY */
	struct keywire_message message;	/* the reply being read */
	unsigned char bytes[KEYWIRE_MESSAGE_MAX + 1];	/* + 1: too long */
	struct key_pending pending;
};

static const char *const result_names[] = {
	[KEY_LINK_PENDING] = "pending",
	[KEY_LINK_SIGNED] = "signed",
	[KEY_LINK_REFUSED] = "refused",
	[KEY_LINK_TIMEOUT] = "timeout",
	[KEY_LINK_LOST] = "connection lost",
	[KEY_LINK_FULL] = "too many requests",
	[KEY_LINK_CANCELLED] = "cancelled"
};

static int64_t
clock_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
drop_connection(struct key_link *link)
{
	if (link->fd != -1)
		(void)close(link->fd);
	link->fd = -1;
	link->state = CONNECTION_NONE;
	key_pending_lose_connection(&link->pending);
}

static int
send_hello(struct key_link *link)
{
	unsigned char bytes[KEYWIRE_HEADER_LEN];
	int status;

	link->message.type = KEYWIRE_HELLO;
	link->message.id = HELLO_ID;
	status = key_send_datagram(link->fd, bytes,
	    keywire_encode(&link->message, bytes, sizeof(bytes)));
	if (status == 0)
		link->state = CONNECTION_HELLO_SENT;
	return status;
}

/* Sends what may go out now. Returns 0 (wants_write tells whether some is
 * left), or -1 if the connection is gone: it is left to the next read, which
 * the loop is about to make, since nobody else expects the socket to close. */
static int
send_queued(struct key_link *link)
{
	int status = 0;

	if (link->state == CONNECTION_HELLO_UNSENT)
		status = send_hello(link);
	if (status == 0 && link->state == CONNECTION_READY)
		status = key_send_requests(link->fd, &link->pending);
	return status == -1 ? -1 : 0;
}

/* The reply to HELLO. */
static int
read_hello_reply(struct key_link *link)
{
	if (link->state != CONNECTION_HELLO_SENT ||
	    link->message.type != KEYWIRE_KEYS)
		return -1;
	link->keys = link->message.body.keys;
	link->state = CONNECTION_READY;
	return send_queued(link);
}

/* A request that is no longer there had its end before: a late reply. */
static int
read_reply(struct key_link *link)
{
	const struct keywire_message *message = &link->message;
	struct key_request *request;

	if (message->id == HELLO_ID)
		return read_hello_reply(link);
	if (message->type != KEYWIRE_SIGNED && message->type != KEYWIRE_REFUSED)
		return -1;
	if ((request = key_pending_find(&link->pending, message->id)) == NULL)
		return 0;
	if (message->type == KEYWIRE_SIGNED) {
		request->sig = message->body.sig;
		key_pending_finish(&link->pending, request, KEY_LINK_SIGNED);
	} else {
		request->reason = (enum keywire_reason)message->body.reason;
		key_pending_finish(&link->pending, request, KEY_LINK_REFUSED);
	}
	return 0;
}

/* One datagram. Returns 0, 1 if there is none now, -1 if the connection is
 * gone or of no more use. */
static int
receive_one(struct key_link *link)
{
	ssize_t n;

	n = recv(link->fd, link->bytes, sizeof(link->bytes), MSG_DONTWAIT);
	if (n == -1 && errno == EINTR)
		return 0;
	if (n == -1 && errno == EAGAIN)
		return 1;
	if (n <= 0 || keywire_decode(link->bytes, (size_t)n,
	    &link->message) != 0)
		return -1;
	return read_reply(link);
}

/* No more at once than could be asked for: the sessions want their turn. */
static int
receive_all(struct key_link *link)
{
	int status = 0;
	size_t i;

	if (link->fd == -1)
		return -1;
	for (i = 0; status == 0 && i < KEY_LINK_PENDING_MAX; i++)
		status = receive_one(link);
	if (status != -1)
		status = send_queued(link);
	if (status != -1)
		return 0;
	drop_connection(link);
	return -1;
}

/* Each owner may call the link again, so the list is taken from its head, and
 * by the outermost call alone, lest owners nest. */
static void
call_back(struct key_link *link)
{
	struct key_request *request;

	if (link->calling > 0)
		return;
	link->calling++;
	while ((request = key_pending_take_finished(&link->pending)) != NULL) {
		if (request->callback != NULL)
			(void)request->callback(request->owner);
	}
	link->calling--;
}

struct key_link *
key_link_new(int timeout_ms)
{
	struct key_link *link;

	if ((link = calloc(1, sizeof(*link))) == NULL)
		return NULL;
	link->timeout_ms = timeout_ms;
	link->fd = -1;
	key_pending_init(&link->pending);
	return link;
}

void
key_link_free(struct key_link *link)
{
	if (link == NULL)
		return;
	drop_connection(link);
	key_pending_clear(&link->pending);
	free(link);
}

void
key_link_attach(struct key_link *link, int fd)
{
	const int len = SEND_BUFFER_LEN;
	int flags;

	drop_connection(link);
	if (fd == -1)
		return;
	/* Only what others do with the descriptor depends on the flag. */
	if ((flags = fcntl(fd, F_GETFL)) != -1)
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &len, sizeof(len));
	link->fd = fd;
	link->state = CONNECTION_HELLO_UNSENT;
	(void)send_queued(link);
}

void
key_link_gather(struct key_link *link)
{
	link->gathers = true;
}

int
key_link_fd(const struct key_link *link)
{
	return link->fd;
}

int
key_link_read(struct key_link *link)
{
	int status = receive_all(link);

	call_back(link);
	return status;
}

int
key_link_write(struct key_link *link)
{
	int status = -1;

	if (link->fd != -1 && (status = send_queued(link)) == -1)
		drop_connection(link);
	call_back(link);
	return status;
}

bool
key_link_wants_write(const struct key_link *link)
{
	return link->state == CONNECTION_HELLO_UNSENT ||
	    (link->state == CONNECTION_READY &&
	    link->pending.sent_len < KEY_LINK_WINDOW &&
	    key_pending_first(&link->pending, KEY_PENDING_UNSENT) != NULL);
}

int
key_link_expire(struct key_link *link, int64_t now_ms)
{
	(void)key_pending_expire(&link->pending, now_ms);
	call_back(link);
	/* Again: an owner may have begun a request. */
	return key_pending_expire(&link->pending, now_ms);
}

void
key_link_cancel(struct key_link *link, const void *owner)
{
	key_pending_cancel(&link->pending, owner);
}

const struct keywire_keys *
key_link_keys(const struct key_link *link)
{
	return link->state == CONNECTION_READY ? &link->keys : NULL;
}

/* Waits once for the socket and takes or sends what it can. PENDING, or why
 * there is nothing more to wait for. */
static enum key_link_result
wait_once(struct key_link *link, int64_t deadline_ms)
{
	struct pollfd poll_fd = { link->fd, POLLIN, 0 };
	int64_t left_ms = deadline_ms - clock_ms();
	int n;

	if (link->fd == -1)
		return KEY_LINK_LOST;
	if (left_ms <= 0)
		return KEY_LINK_TIMEOUT;
	if (key_link_wants_write(link))
		poll_fd.events |= POLLOUT;
	n = poll(&poll_fd, 1, (int)left_ms);
	if (n == -1 && errno != EINTR)
		return KEY_LINK_LOST;
	if (n > 0 && (poll_fd.revents & POLLOUT) != 0)
		(void)send_queued(link);
	if (n > 0 && (poll_fd.revents & ~POLLOUT) != 0)
		(void)receive_all(link);
	return KEY_LINK_PENDING;
}

int
key_link_await_keys(struct key_link *link)
{
	int64_t deadline_ms = clock_ms() + link->timeout_ms;

	while (link->state != CONNECTION_READY) {
		if (wait_once(link, deadline_ms) != KEY_LINK_PENDING)
			return -1;
	}
	return 0;
}

static bool
is_pending(const struct key_request *request)
{
	return request->result == KEY_LINK_PENDING;
}

/* The caller of SSL_do_handshake() may resume a job for other reasons than
 * its callback. A job that may not pause now (ASYNC_block_pause) comes back
 * at once; its deadline ends that too. */
static void
await_in_job(struct key_link *link, struct key_request *request)
{
	while (is_pending(request)) {
		if (clock_ms() >= request->deadline_ms)
			key_pending_finish(&link->pending, request,
			    KEY_LINK_TIMEOUT);
		else if (ASYNC_pause_job() == 0)
			key_pending_finish(&link->pending, request,
			    KEY_LINK_CANCELLED);
	}
}

static void
await_blocking(struct key_link *link, struct key_request *request)
{
	enum key_link_result result;

	while (is_pending(request)) {
		result = wait_once(link, request->deadline_ms);
		if (is_pending(request) && result != KEY_LINK_PENDING)
			key_pending_finish(&link->pending, request, result);
	}
}

/* Without a callback nobody would know when to resume the job. */
static void
find_owner(struct key_request *request)
{
	ASYNC_JOB *job;

	if ((job = ASYNC_get_current_job()) == NULL ||
	    ASYNC_WAIT_CTX_get_callback(ASYNC_get_wait_ctx(job),
	    &request->callback, &request->owner) == 0)
		request->callback = NULL;
}

static struct key_request *
begin(struct key_link *link, struct keywire_message *message)
{
	struct key_request *request;

	if ((request = key_pending_add(&link->pending)) == NULL)
		return NULL;
	message->id = request->id;
	request->wire_len = keywire_encode(message, request->wire,
	    sizeof(request->wire));
	if (request->wire_len == 0) {
		key_pending_remove(&link->pending, request);
		return NULL;
	}
	request->deadline_ms = clock_ms() + link->timeout_ms;
	find_owner(request);
	if (request->callback == NULL || !link->gathers)
		(void)send_queued(link);
	return request;
}

enum key_link_result
key_link_sign(struct key_link *link, struct keywire_message *message,
    struct keywire_signed *out, enum keywire_reason *out_reason)
{
	struct key_request *request;
	enum key_link_result result;

	if ((request = begin(link, message)) == NULL)
		return KEY_LINK_FULL;
	if (request->callback != NULL)
		await_in_job(link, request);
	else
		await_blocking(link, request);
	result = request->result;
	if (result == KEY_LINK_SIGNED)
		*out = request->sig;
	else if (result == KEY_LINK_REFUSED)
		*out_reason = request->reason;
	key_pending_remove(&link->pending, request);
	return result;
}

const char *
key_link_result_name(enum key_link_result result)
{
	if ((size_t)result >= sizeof(result_names) / sizeof(result_names[0]))
		return "unknown";
	return result_names[result];
}
