/* SPDX-License-Identifier: ISC */
/*
 * accept: some clients at a time, so that those who are served go on; when
 * descriptors run out it pauses instead of spinning.
 * Runs in: listener-worker.
 */
#include "listener/worker/accept.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <event2/event.h>

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "common/log.h"
#include "listener/worker/client.h"
#include "listener/worker/worker.h"

#define TURNS 32	/* clients accepted before others are served */
#define LEAVE_TURNS 1024	/* of a queue that is left */

static void
set_option(int fd, int level, int name, int value)
{
	if (value > 0)
		(void)setsockopt(fd, level, name, &value, sizeof(value));
}

static void
set_options(int fd, const struct handoff_settings *settings)
{
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE,
	    settings->tcp_keepalives_idle);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL,
	    settings->tcp_keepalives_interval);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT,
	    settings->tcp_keepalives_count);
	set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
	    settings->tcp_user_timeout);
}

/* Errors of the connection itself, which is gone; the next may be well. */
static bool
is_passing_error(int error)
{
	switch (error) {
	case ECONNABORTED:
	case EINTR:
	case EPROTO:
	case ENETDOWN:
	case ENOPROTOOPT:
	case EHOSTDOWN:
	case ENONET:
	case EHOSTUNREACH:
	case ENETUNREACH:
		return true;
	default:
		return false;
	}
}

/* The first of the listening sockets behind the scoreboards. */
static int
first_socket(const struct worker *worker)
{
	return HANDOFF_FD_DIALERS +
	    (int)(worker->handoff->routes + worker->handoff->boards);
}

static void
unwatch(struct worker *worker)
{
	uint32_t i;

	for (i = 0; i < worker->handoff->sockets; i++)
		(void)event_del(&worker->accepting[i]);
}

static void
watch(struct worker *worker)
{
	uint32_t i;

	for (i = 0; i < worker->handoff->sockets; i++)
		(void)event_add(&worker->accepting[i], NULL);
}

static void
pause_accepting(struct worker *worker)
{
	struct timeval delay = { .tv_usec = 100 * 1000 };

	if (worker->accept_pauses++ == 0)
		log_write(LOG_LEVEL_WARNING,
		    "could not accept new connection: %m; pausing");
	unwatch(worker);
	(void)evtimer_add(&worker->accept_pause, &delay);
}

/* Takes one: 1, 0 if nobody waits, -1 with errno. */
static int
take(struct worker *worker, int listening)
{
	struct sockaddr_storage addr;
	socklen_t addr_len = sizeof(addr);
	int fd;

	fd = accept4(listening, (struct sockaddr *)&addr, &addr_len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1 && is_passing_error(errno))
		return 1;
	if (fd == -1)
		return errno == EAGAIN ? 0 : -1;
	worker->accept_pauses = 0;
	set_options(fd, worker->settings);
	client_open(worker, fd, &addr);
	return 1;
}

static void
on_client(evutil_socket_t listening, short what, void *arg)
{
	struct worker *worker = arg;
	unsigned int turn;
	int took;

	(void)what;
	for (turn = 0; turn < TURNS; turn++) {
		took = take(worker, listening);
		if (took == -1)
			pause_accepting(worker);
		if (took != 1)
			return;
	}
}

static void
on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	watch(arg);
}

void
accept_open(struct worker *worker)
{
	uint32_t i;

	(void)evtimer_assign(&worker->accept_pause, worker->base,
	    on_pause_over, worker);
	for (i = 0; i < worker->handoff->sockets; i++)
		(void)event_assign(&worker->accepting[i], worker->base,
		    first_socket(worker) + (int)i, EV_READ | EV_PERSIST,
		    on_client, worker);
}

void
accept_start(struct worker *worker)
{
	if (!worker->is_draining)
		watch(worker);
}

void
accept_stop(struct worker *worker)
{
	uint32_t i;

	(void)evtimer_del(&worker->accept_pause);
	/* Before they are closed: the supervisor holds them open. */
	unwatch(worker);
	for (i = 0; i < worker->handoff->sockets; i++)
		(void)close(first_socket(worker) + (int)i);
}

void
accept_leave(struct worker *worker)
{
	unsigned int turn;
	uint32_t i;

	for (i = 0; i < worker->handoff->sockets; i++)
		for (turn = 0; turn < LEAVE_TURNS; turn++)
			if (take(worker, first_socket(worker) + (int)i) != 1)
				break;
	accept_stop(worker);
}
