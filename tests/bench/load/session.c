/* SPDX-License-Identifier: ISC */
/*
 * session: one function per state; each returns what is to be done next.
 * Runs in: bench-load.
 */
#include "tests/bench/load/session.h"

#include <sys/epoll.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <openssl/err.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/load/tally.h"

#define READ_LEN 65536
#define ROWS_AT_ONCE 32

enum step { STEP_WAIT, STEP_AGAIN, STEP_OVER, STEP_FAILED };

static unsigned char scratch[READ_LEN];

static enum step
wait_for(struct session *session, uint32_t events)
{
	session->wants = events;
	return STEP_WAIT;
}

static enum step
step_of_ssl(struct session *session, int returned)
{
	switch (SSL_get_error(session->ssl, returned)) {
	case SSL_ERROR_WANT_READ:
		return wait_for(session, EPOLLIN);
	case SSL_ERROR_WANT_WRITE:
		return wait_for(session, EPOLLOUT);
	default:
		return STEP_FAILED;
	}
}

/* Returns STEP_AGAIN with *len bytes in scratch. */
static enum step
receive(struct session *session, size_t *len)
{
	ssize_t n;
	int returned;

	if (session->ssl != NULL) {
		ERR_clear_error();
		returned = SSL_read_ex(session->ssl, scratch, sizeof(scratch),
		    len);
		return returned == 1 ? STEP_AGAIN :
		    step_of_ssl(session, returned);
	}
	n = recv(session->fd, scratch, sizeof(scratch), MSG_DONTWAIT);
	if (n == -1 && errno == EAGAIN)
		return wait_for(session, EPOLLIN);
	*len = n > 0 ? (size_t)n : 0;
	return n > 0 ? STEP_AGAIN : STEP_FAILED;
}

/* Writes what is queued. STEP_AGAIN when all is written. */
static enum step
flush(struct session *session)
{
	size_t n;
	ssize_t sent;
	int returned;

	while (session->out_off < session->out_len) {
		const unsigned char *bytes = session->out + session->out_off;
		size_t len = session->out_len - session->out_off;

		if (session->ssl != NULL) {
			ERR_clear_error();
			returned = SSL_write_ex(session->ssl, bytes, len, &n);
			if (returned != 1)
				return step_of_ssl(session, returned);
		} else {
			sent = send(session->fd, bytes, len,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
			if (sent == -1 && errno == EAGAIN)
				return wait_for(session, EPOLLOUT);
			if (sent == -1)
				return STEP_FAILED;
			n = (size_t)sent;
		}
		session->out_off += n;
	}
	session->out_off = session->out_len = 0;
	return STEP_AGAIN;
}

static unsigned char *
room(struct session *session, size_t len)
{
	if (session->out_room < len) {
		session->out_room = len;
		session->out = realloc(session->out, len);
		if (session->out == NULL) {
			(void)fputs("bench-load: out of memory\n", stderr);
			exit(1);
		}
	}
	return session->out;
}

static void
finish_one(struct session *session)
{
	int64_t now = tally_now_us();

	tally_add(session->options->tally, now - session->began_us);
	session->options->tally->bytes += session->reader.copied;
	session->reader.copied = 0;
	session->began_us = now;
}

/* The goal is reached. */
static enum step
arrive(struct session *session)
{
	finish_one(session);
	if (!session->options->holds)
		return STEP_OVER;
	session->state = SESSION_HELD;
	return wait_for(session, EPOLLIN);
}

static enum step
begin_login(struct session *session)
{
	session->out_len = wire_startup(room(session, 1024),
	    session->options->user, session->options->database);
	session->state = SESSION_LOGGING_IN;
	return STEP_AGAIN;
}

static enum step
begin_tls(struct session *session)
{
	static const unsigned char alpn[] = "\x0apostgresql";

	session->ssl = SSL_new(session->options->ctx);
	if (session->ssl == NULL || SSL_set_fd(session->ssl,
	    session->fd) != 1 || (session->options->tls ==
	    SESSION_TLS_AT_ONCE && SSL_set_alpn_protos(session->ssl, alpn,
	    sizeof(alpn) - 1) != 0))
		return STEP_FAILED;
	SSL_set_connect_state(session->ssl);
	session->state = SESSION_SHAKING;
	return STEP_AGAIN;
}

static enum step
run_connecting(struct session *session)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (getsockopt(session->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 ||
	    error != 0)
		return STEP_FAILED;
	if (session->options->goal == SESSION_CONNECT)
		return arrive(session);
	switch (session->options->tls) {
	case SESSION_PLAIN:
		return begin_login(session);
	case SESSION_TLS_AT_ONCE:
		return begin_tls(session);
	default:
		session->out_len = wire_ssl_request(room(session, 1024));
		session->state = SESSION_ASKING;
		return STEP_AGAIN;
	}
}

static enum step
run_asking(struct session *session)
{
	enum step step = flush(session);
	unsigned char byte;
	ssize_t n;

	if (step != STEP_AGAIN)
		return step;
	n = recv(session->fd, &byte, 1, MSG_DONTWAIT);
	if (n == -1 && errno == EAGAIN)
		return wait_for(session, EPOLLIN);
	return n == 1 && byte == 'S' ? begin_tls(session) : STEP_FAILED;
}

static enum step
run_shaking(struct session *session)
{
	int returned;

	ERR_clear_error();
	if ((returned = SSL_do_handshake(session->ssl)) != 1)
		return step_of_ssl(session, returned);
	if (session->options->goal == SESSION_HANDSHAKE)
		return arrive(session);
	return begin_login(session);
}

static void
put_work(struct session *session)
{
	const struct session_options *options = session->options;
	char value[16];

	if (options->goal == SESSION_QUERY) {
		(void)snprintf(value, sizeof(value), "%d",
		    1 + rand() % 100000);
		session->out_len = wire_execute(room(session, 1024), value);
	} else {
		session->out_len = wire_query(room(session, 4096),
		    options->sql);
	}
	session->reader.ready = 0;
	session->reader.copies_in = false;
	session->rows_left = options->rows;
	session->state = SESSION_AT_WORK;
}

static enum step
go_on(struct session *session, bool stop)
{
	switch (session->state) {
	case SESSION_LOGGING_IN:
		if (session->options->goal == SESSION_LOGIN)
			return arrive(session);
		session->began_us = tally_now_us();
		if (session->options->goal != SESSION_QUERY) {
			put_work(session);
			return STEP_AGAIN;
		}
		session->reader.ready = 0;
		session->out_len = wire_parse(room(session, 1024),
		    session->options->sql);
		session->state = SESSION_PREPARING;
		return STEP_AGAIN;
	case SESSION_AT_WORK:
		finish_one(session);
		if (stop)
			return STEP_OVER;
		/* FALLTHROUGH */
	default:
		session->began_us = tally_now_us();
		put_work(session);
		return STEP_AGAIN;
	}
}

/* More rows of a copy in, or its end. */
static void
put_rows(struct session *session)
{
	size_t row = session->options->row_len, i;
	unsigned char *out = room(session, ROWS_AT_ONCE * (row + 5) + 5);
	size_t len = 0;

	for (i = 0; i < ROWS_AT_ONCE && session->rows_left > 0; i++) {
		len += wire_copy_chunk(out + len, row);
		session->rows_left--;
		session->reader.copied += row;
	}
	if (session->rows_left == 0) {
		len += wire_copy_done(out + len);
		session->reader.copies_in = false;
	}
	session->out_len = len;
}

/* Writes, then reads until ReadyForQuery: login, preparation and work. */
static enum step
run_exchange(struct session *session, bool stop)
{
	enum step step = flush(session);
	size_t len;

	while (step == STEP_AGAIN && session->reader.ready == 0) {
		if (session->reader.copies_in) {
			put_rows(session);
			if ((step = flush(session)) != STEP_AGAIN)
				break;
			continue;
		}
		if ((step = receive(session, &len)) == STEP_AGAIN)
			wire_read(&session->reader, scratch, len);
		if (session->reader.has_error)
			return STEP_FAILED;
	}
	return step == STEP_AGAIN ? go_on(session, stop) : step;
}

/* A held connection is to stay; whatever comes, only its end matters. */
static enum step
run_held(struct session *session)
{
	enum step step;
	size_t len;

	do {
		step = receive(session, &len);
	} while (step == STEP_AGAIN);
	return step;
}

static enum step
run_once(struct session *session, bool stop)
{
	switch (session->state) {
	case SESSION_CONNECTING:
		return run_connecting(session);
	case SESSION_ASKING:
		return run_asking(session);
	case SESSION_SHAKING:
		return run_shaking(session);
	case SESSION_HELD:
		return run_held(session);
	default:
		return run_exchange(session, stop);
	}
}

int
session_open(struct session *session, const struct session_options *options)
{
	const int one = 1;

	session->options = options;
	session->began_us = tally_now_us();
	session->reader = (struct wire_reader){ .left = 0 };
	session->out_len = session->out_off = 0;
	session->fd = socket(options->addr.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (session->fd == -1)
		return -1;
	(void)setsockopt(session->fd, IPPROTO_TCP, TCP_NODELAY, &one,
	    sizeof(one));
	if (connect(session->fd, (const struct sockaddr *)&options->addr,
	    options->addr_len) != 0 && errno != EINPROGRESS) {
		(void)close(session->fd);
		return -1;
	}
	session->state = SESSION_CONNECTING;
	session->wants = EPOLLOUT;
	return session->fd;
}

static const char *
state_name(enum session_state state)
{
	static const char *const names[] = { "free", "connecting",
		"asking for SSL", "handshake", "login", "preparing",
		"at work", "held" };

	return names[state];
}

bool
session_run(struct session *session, bool stop)
{
	char what[128];
	enum step step;

	do {
		step = run_once(session, stop);
	} while (step == STEP_AGAIN);
	if (step == STEP_WAIT)
		return true;
	if (step == STEP_FAILED) {
		(void)snprintf(what, sizeof(what), "%s: %s",
		    state_name(session->state), session->reader.has_error ?
		    "ErrorResponse" : ERR_peek_error() != 0 ?
		    ERR_reason_error_string(ERR_peek_error()) :
		    strerror(errno));
		tally_fail(session->options->tally, what);
	}
	session_close(session);
	return false;
}

void
session_close(struct session *session)
{
	if (session->state == SESSION_FREE)
		return;
	if (session->state >= SESSION_LOGGING_IN &&
	    session->options->goal >= SESSION_LOGIN) {
		session->out_off = 0;
		session->out_len = wire_terminate(room(session, 64));
		(void)flush(session);
	}
	if (session->ssl != NULL) {
		ERR_clear_error();
		(void)SSL_shutdown(session->ssl);
		SSL_free(session->ssl);
	}
	(void)close(session->fd);
	free(session->out);
	*session = (struct session){ .state = SESSION_FREE };
}
