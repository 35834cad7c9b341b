/* SPDX-License-Identifier: ISC */
/*
 * session: one client connection from connect(2) to its goal.
 * Runs in: bench-load.
 */
#ifndef TESTS_BENCH_LOAD_SESSION_H
#define TESTS_BENCH_LOAD_SESSION_H

#include <sys/socket.h>

#include <openssl/ssl.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/bench/load/wire.h"

struct tally;

/* How far a connection goes; what is measured is the way there, or for the
 * last three each round trip or copy after a login. */
enum session_goal {
	SESSION_CONNECT,
	SESSION_HANDSHAKE,
	SESSION_LOGIN,
	SESSION_QUERY,
	SESSION_COPY_OUT,
	SESSION_COPY_IN
};

enum session_tls {
	SESSION_PLAIN,
	SESSION_TLS_ON_REQUEST,	/* SSLRequest first, as libpq */
	SESSION_TLS_AT_ONCE	/* direct TLS, ALPN "postgresql" */
};

struct session_options {
	struct sockaddr_storage addr;
	socklen_t addr_len;
	enum session_goal goal;
	enum session_tls tls;
	bool holds;		/* stay at the goal */
	const char *user, *database, *sql;
	size_t row_len, rows;	/* of a copy in */
	SSL_CTX *ctx;
	struct tally *tally;
};

enum session_state {
	SESSION_FREE,
	SESSION_CONNECTING,
	SESSION_ASKING,		/* waits for the answer to SSLRequest */
	SESSION_SHAKING,
	SESSION_LOGGING_IN,
	SESSION_PREPARING,
	SESSION_AT_WORK,
	SESSION_HELD
};

struct session {
	const struct session_options *options;
	enum session_state state;
	int fd;
	SSL *ssl;
	uint32_t wants;		/* epoll events */
	int64_t began_us;
	struct wire_reader reader;
	unsigned char *out;	/* owned; what is being written */
	size_t out_len, out_off, out_room;
	size_t rows_left;	/* of a copy in */
};

/* Connects; returns its descriptor, or -1. */
int session_open(struct session *session,
    const struct session_options *options);

/*
 * Goes on as far as it can. Returns true while it lives; false when it has
 * reached its goal or failed, is counted, and is closed. stop: no further
 * round trip, the goal reached is the last.
 */
bool session_run(struct session *session, bool stop);

void session_close(struct session *session);

#endif
