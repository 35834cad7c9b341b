/* SPDX-License-Identifier: ISC */
/*
 * spares: one that is over its time is replaced while clients come; one that
 * has died, or could not be made, is not, before the next client: a server
 * that is away is not called at for nothing.
 * Runs in: listener-dialer.
 */
#include "listener/dialer/spares.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "listener/dialer/connect.h"
#include "listener/dialer/dialer.h"

enum spare_state {
	SPARE_CONNECTING,	/* fd waits for the network's answer */
	SPARE_READY		/* the server waits for a StartupMessage */
};

struct spare {
	TAILQ_ENTRY(spare) link;
	struct spares *spares;
	enum spare_state state;
	const struct handoff_address *address;
	int fd;			/* owned */
	struct event event;	/* its end; the end of its time */
};

static void
close_spare(struct spare *spare)
{
	struct spares *spares = spare->spares;

	TAILQ_REMOVE(&spares->list, spare, link);
	spares->len--;
	(void)event_del(&spare->event);
	if (spare->fd != -1)
		(void)close(spare->fd);
	free(spare);
}

static void on_event(evutil_socket_t fd, short what, void *arg);

static void
watch(struct spare *spare, enum spare_state state, uint32_t wait_ms)
{
	const struct timeval wait = { .tv_sec = wait_ms / 1000,
		.tv_usec = wait_ms % 1000 * 1000 };

	spare->state = state;
	(void)event_assign(&spare->event, spare->spares->dialer->base,
	    spare->fd, state == SPARE_READY ? EV_READ : EV_WRITE, on_event,
	    spare);
	(void)event_add(&spare->event, &wait);
}

static void
watch_ready(struct spare *spare)
{
	watch(spare, SPARE_READY,
	    spare->spares->dialer->handoff.spare_lifetime_ms);
}

/* The first address that takes it at once. Returns 0 or -1. */
static int
make_spare(struct spares *spares)
{
	const struct handoff_dialer *handoff = &spares->dialer->handoff;
	enum connect_result result = CONNECT_FAILED;
	struct spare *spare = calloc(1, sizeof(*spare));
	uint32_t i;

	if (spare == NULL)
		return -1;
	spare->spares = spares;
	for (i = 0; i < handoff->backend_len && result != CONNECT_READY &&
	    result != CONNECT_PENDING; i++) {
		spare->address = &handoff->backend[i];
		result = connect_start(spare->address, SOCK_STREAM,
		    &spare->fd);
	}
	if (result != CONNECT_READY && result != CONNECT_PENDING) {
		free(spare);
		return -1;
	}
	TAILQ_INSERT_TAIL(&spares->list, spare, link);
	spares->len++;
	if (result == CONNECT_READY)
		watch_ready(spare);
	else
		watch(spare, SPARE_CONNECTING, handoff->connect_timeout_ms);
	return 0;
}

static void
fill(struct spares *spares)
{
	while (spares->len < spares->max && make_spare(spares) == 0)
		continue;
}

/* A server that speaks first says that it ends. */
static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	struct spare *spare = arg;
	struct spares *spares = spare->spares;
	bool was_ready = spare->state == SPARE_READY;

	if (!was_ready && (what & EV_TIMEOUT) == 0 &&
	    connect_finish(fd, spare->address) == 0) {
		watch_ready(spare);
		return;
	}
	close_spare(spare);
	if (was_ready && (what & EV_TIMEOUT) != 0 &&
	    clock_now_ms() - spares->wanted_ms < SPARES_IDLE_MS)
		fill(spares);
}

/* The loop may not have seen its end yet. */
static bool
is_well(const struct spare *spare)
{
	unsigned char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	/* Not recv(2), which the sandbox would have to allow besides. */
	return spare->state == SPARE_READY && recvmsg(spare->fd, &msg,
	    MSG_PEEK | MSG_DONTWAIT) == -1 && errno == EAGAIN;
}

static void
on_taken(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	fill(arg);
}

/* Those who come after are not served before the one who is here. */
static void
fill_soon(struct spares *spares)
{
	const struct timeval now = { .tv_sec = 0 };

	(void)event_base_once(spares->dialer->base, -1, EV_TIMEOUT, on_taken,
	    spares, &now);
}

void
spares_open(struct spares *spares, struct dialer *dialer)
{
	spares->dialer = dialer;
	spares->max = dialer->handoff.spares;
	TAILQ_INIT(&spares->list);
}

int
spares_take(struct spares *spares, const struct handoff_address **out)
{
	struct spare *spare, *next;
	int fd = -1;

	if (spares->max == 0)
		return -1;
	for (spare = TAILQ_FIRST(&spares->list); spare != NULL && fd == -1;
	    spare = next) {
		next = TAILQ_NEXT(spare, link);
		if (spare->state == SPARE_CONNECTING)
			continue;
		if (is_well(spare)) {
			fd = spare->fd;
			*out = spare->address;
			spare->fd = -1;
		}
		close_spare(spare);
	}
	spares->wanted_ms = clock_now_ms();
	fill_soon(spares);
	return fd;
}

void
spares_leave(struct spares *spares)
{
	struct spare *spare;

	spares->max = 0;
	while ((spare = TAILQ_FIRST(&spares->list)) != NULL)
		close_spare(spare);
}
