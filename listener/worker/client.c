/* SPDX-License-Identifier: ISC */
/*
 * client: the loop that runs the functions of the states. Only client_go()
 * destroys a client, after every function that used it has returned.
 * Runs in: listener-worker.
 */
#include "listener/worker/client.h"

#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <arpa/inet.h>
#include <event2/event.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/pg/reply.h"
#include "common/provider/key_link.h"
#include "listener/worker/cancel.h"
#include "listener/worker/client_steps.h"
#include "listener/worker/complaint.h"
#include "listener/worker/presence.h"
#include "listener/worker/session_log.h"
#include "listener/worker/stream_tls.h"
#include "listener/worker/worker.h"

#define FAREWELL_S 2	/* that long may a client take to read its last bytes */

static enum client_step (*const run_state[CLIENT_STATES])(struct client *) = {
	[CLIENT_FIRST_BYTES] = first_bytes_run,
	[CLIENT_HANDSHAKE] = handshake_run,
	[CLIENT_STARTUP] = startup_run,
	[CLIENT_DIALING] = dialing_run,
	[CLIENT_CANCEL] = cancel_run,
	[CLIENT_LOGIN] = login_run,
	[CLIENT_RELAY] = relay_run,
	[CLIENT_FAREWELL] = farewell_run,
};

static void
set_deadline(struct client *client, long seconds)
{
	struct timeval tv = { .tv_sec = seconds };

	(void)evtimer_add(&client->deadline, &tv);
}

/* It may still need a signature. */
static bool
is_arriving(enum client_state state)
{
	return state == CLIENT_FIRST_BYTES || state == CLIENT_HANDSHAKE;
}

/* What a state brings with it, in and out. */
static void
note_move(struct client *client, enum client_state next)
{
	if (is_arriving(client->state) && !is_arriving(next))
		worker_note_arrived(client->worker);
	if (client->state == CLIENT_CANCEL)
		cancel_leave(client);
	if (client->state == CLIENT_HANDSHAKE)
		counting_end(client);
	switch (next) {
	case CLIENT_HANDSHAKE:
		counting_begin(client);
		break;
	case CLIENT_DIALING:
		limits_note_arrived(&client->worker->limits, &client->place);
		break;
	case CLIENT_CANCEL:
		limits_note_arrived(&client->worker->limits, &client->place);
		set_deadline(client, CANCEL_LIMIT_S);
		break;
	case CLIENT_FAREWELL:
		limits_note_arrived(&client->worker->limits, &client->place);
		dial_abandon(&client->dial);
		set_deadline(client, FAREWELL_S);
		break;
	default:
		break;
	}
}

void
client_enter(struct client *client, enum client_state next)
{
	if (!client_state_may_follow(client->state, next)) {
		log_write(LOG_LEVEL_ERROR,
		    "a client may not move from \"%s\" to \"%s\"; closing it",
		    client_state_name(client->state), client_state_name(next));
#ifdef WITH_SANITIZERS
		abort();
#endif
		next = CLIENT_CLOSED;
	}
	note_move(client, next);
	presence_enter(client, next);
	client->state = next;
}

static struct event *
event_of(struct client *client, unsigned int bit)
{
	switch (bit) {
	case CLIENT_FRONT_READ:
		return &client->front_read;
	case CLIENT_FRONT_WRITE:
		return &client->front_write;
	case CLIENT_BACK_READ:
		return &client->back_read;
	default:
		return &client->back_write;
	}
}

/* Makes the loop watch what the state wants, and nothing else. Returns 0, or -1
 * where the kernel does not take one more: nothing would ever wake it. */
static int
arm(struct client *client, unsigned int wanted)
{
	unsigned int bit, changed = wanted ^ client->armed;

	for (bit = CLIENT_FRONT_READ; bit <= CLIENT_BACK_WRITE; bit <<= 1) {
		if ((changed & bit) == 0)
			continue;
		if ((wanted & bit) == 0)
			(void)event_del(event_of(client, bit));
		else if (event_add(event_of(client, bit), NULL) != 0)
			return -1;
		client->armed ^= bit;
	}
	return 0;
}

/* Also what is active without being armed: event_active() needs no watching. */
static void
forget_events(struct client *client, unsigned int bits)
{
	unsigned int bit;

	for (bit = CLIENT_FRONT_READ; bit <= CLIENT_BACK_WRITE; bit <<= 1)
		if ((bits & bit) != 0 && event_initialized(event_of(client,
		    bit)))
			(void)event_del(event_of(client, bit));
	client->armed &= ~bits;
	client->wanted &= ~bits;
}

/* A job that waits for its signature must come to its end before SSL_free():
 * cancelled, it fails, and the handshake unwinds. */
static void
abandon_signature(struct client *client)
{
	if (client->front.ssl == NULL || !SSL_waiting_for_async(
	    client->front.ssl))
		return;
	key_link_cancel(client->worker->keyd.link, client->front.ssl);
	(void)stream_tls_handshake(&client->front);
}

static void
destroy(struct client *client)
{
	struct worker *worker = client->worker;

	if (client->state != CLIENT_CLOSED)
		client_enter(client, CLIENT_CLOSED);
	session_log_ended(client);
	presence_end(client);
	forget_events(client, ~0u);
	(void)event_del(&client->deadline);
	dial_abandon(&client->dial);
	abandon_signature(client);
	stream_close(&client->front);
	stream_close(&client->back);
	flow_close(&client->up);
	flow_close(&client->down);
	limits_leave(&worker->limits, &client->place);
	atomic_fetch_sub_explicit(&worker->board->clients, 1,
	    memory_order_relaxed);
	LIST_REMOVE(client, link);
	free(client);
	worker_note_closed(worker);
}

/* Says why, once the loop cannot watch it; returns whether it can. */
static bool
is_watched(struct client *client)
{
	struct fault fault = { 0 };

	if (arm(client, client->wanted) == 0)
		return true;
	(void)fault_set(&fault, "could not watch a socket: %m");
	(void)client_drop(client, &fault);
	return false;
}

void
client_go(struct client *client, enum client_step step)
{
	while (step == CLIENT_AGAIN && client->state != CLIENT_CLOSED)
		step = run_state[client->state](client);
	if (step == CLIENT_CLOSE || client->state == CLIENT_CLOSED ||
	    !is_watched(client))
		destroy(client);
}

void
client_run(struct client *client)
{
	client_go(client, CLIENT_AGAIN);
}

static void
complain(const struct client *client, enum log_level level,
    const struct fault *fault)
{
	struct log_session session;

	session_log_fill(client, &session);
	complaint_write(level, fault, &session, clock_now_ms());
}

enum client_step
client_refuse_apart(struct client *client, const struct fault *told,
    const struct fault *logged)
{
	unsigned char reply[REPLY_ERROR_MAX];
	size_t len = reply_error(told, reply, sizeof(reply));

	counting_refuse(client, logged);
	complain(client, LOG_LEVEL_FATAL, logged);
	if (client->down.pending_len == 0)
		(void)flow_put(&client->down, &client->front, reply, len);
	client_enter(client, CLIENT_FAREWELL);
	return CLIENT_AGAIN;
}

enum client_step
client_refuse(struct client *client, const struct fault *fault)
{
	return client_refuse_apart(client, fault, fault);
}

enum client_step
client_leave(struct client *client, const struct fault *fault)
{
	counting_refuse(client, fault);
	complain(client, LOG_LEVEL_LOG, fault);
	client_enter(client, CLIENT_FAREWELL);
	return CLIENT_AGAIN;
}

enum client_step
client_drop(struct client *client, const struct fault *fault)
{
	counting_refuse(client, fault);
	complain(client, LOG_LEVEL_LOG, fault);
	return CLIENT_CLOSE;
}

void
client_shut_down(struct client *client)
{
	struct fault fault = { 0 };

	if (client->state != CLIENT_RELAY || client->down.pending_len > 0 ||
	    !login_tail_is_ready(&client->tail)) {
		client_go(client, CLIENT_CLOSE);
		return;
	}
	(void)fault_set(&fault,
	    "terminating connection due to administrator command");
	(void)fault_code(&fault, "57P01");
	client_go(client, client_refuse(client, &fault));
}

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	struct client *client = arg;
	bool front = fd == client->front.fd;

	if (what & EV_READ)
		client->ready |= front ? CLIENT_FRONT_READ : CLIENT_BACK_READ;
	if (what & EV_WRITE)
		client->ready |= front ? CLIENT_FRONT_WRITE : CLIENT_BACK_WRITE;
	client_run(client);
}

/* PostgreSQL is silent before the StartupMessage and says this after it. */
static enum client_step
expire_login(struct client *client)
{
	struct fault fault = { 0 };

	(void)fault_set(&fault, "canceling authentication due to timeout");
	(void)fault_code(&fault, "57014");
	if ((client->state == CLIENT_DIALING ||
	    client->state == CLIENT_LOGIN) &&
	    login_is_between_messages(&client->login))
		return client_refuse(client, &fault);
	(void)fault_detail(&fault, "It was in the state \"%s\".",
	    client_state_name(client->state));
	return client_drop(client, &fault);
}

/* authentication_timeout is over, or what the state has instead of it. */
static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct client *client = arg;

	(void)fd;
	(void)what;
	switch (client->state) {
	case CLIENT_CANCEL:
		client_go(client, cancel_expire(client));
		break;
	case CLIENT_FAREWELL:
		client_go(client, CLIENT_CLOSE);
		break;
	default:
		client_go(client, expire_login(client));
		break;
	}
}

static void
format_peer(struct client *client, const struct sockaddr_storage *addr)
{
	const struct sockaddr_in *in = (const void *)addr;
	const struct sockaddr_in6 *in6 = (const void *)addr;

	(void)hba_address_set(&client->address, (const void *)addr);
	if (addr->ss_family == AF_INET6) {
		(void)inet_ntop(AF_INET6, &in6->sin6_addr, client->host,
		    sizeof(client->host));
		client->port = ntohs(in6->sin6_port);
	} else {
		(void)inet_ntop(AF_INET, &in->sin_addr, client->host,
		    sizeof(client->host));
		client->port = ntohs(in->sin_port);
	}
}

static void
assign_events(struct client *client)
{
	struct event_base *base = client->worker->base;
	int fd = client->front.fd;

	(void)event_assign(&client->front_read, base, fd, EV_READ | EV_PERSIST,
	    on_socket, client);
	(void)event_assign(&client->front_write, base, fd,
	    EV_WRITE | EV_PERSIST, on_socket, client);
	(void)evtimer_assign(&client->deadline, base, on_deadline, client);
}

/* Whether it may come in at all; who has waited longest may have to go. */
static enum client_step
admit(struct client *client)
{
	struct worker *worker = client->worker;
	struct limits_place *place;
	struct fault fault = { 0 };
	struct client *oldest;

	if (limits_enter(&worker->limits, &client->place, &client->address,
	    &fault) != 0)
		return client_drop(client, &fault);
	if ((place = limits_overdue(&worker->limits, &fault)) != NULL) {
		oldest = (struct client *)(void *)((char *)place -
		    offsetof(struct client, place));
		client_go(oldest, client_drop(oldest, &fault));
	}
	return CLIENT_WAIT;
}

void
client_open(struct worker *worker, int fd, const struct sockaddr_storage *addr)
{
	struct client *client;

	if ((client = calloc(1, sizeof(*client))) == NULL) {
		log_write(LOG_LEVEL_WARNING, "out of memory for a client");
		(void)close(fd);
		return;
	}
	client->worker = worker;
	client->back.fd = -1;
	client->accepted_ms = clock_now_ms();
	stream_open(&client->front, fd);
	format_peer(client, addr);
	assign_events(client);
	LIST_INSERT_HEAD(&worker->clients, client, link);
	presence_begin(client);
	worker_note_arriving(worker);
	atomic_fetch_add_explicit(&worker->board->clients, 1,
	    memory_order_relaxed);
	if (worker->settings->log_connections)
		session_log_received(client);
	set_deadline(client, worker->settings->authentication_timeout);
	client->wanted = CLIENT_FRONT_READ;
	client_go(client, admit(client));
}

void
client_connect_back(struct client *client, int fd)
{
	struct event_base *base = client->worker->base;

	stream_open(&client->back, fd);
	(void)event_assign(&client->back_read, base, fd, EV_READ | EV_PERSIST,
	    on_socket, client);
	(void)event_assign(&client->back_write, base, fd,
	    EV_WRITE | EV_PERSIST, on_socket, client);
}

void
client_disconnect_back(struct client *client)
{
	forget_events(client, CLIENT_BACK_READ | CLIENT_BACK_WRITE);
	stream_close(&client->back);
}
