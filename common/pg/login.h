/* SPDX-License-Identifier: ISC */
/*
 * login: follows what the server says between the StartupMessage and the first
 * ReadyForQuery (protocol chapter 55.2.1), and after it only whether the last
 * bytes were a ReadyForQuery.
 * Pure: bytes in, facts out; nothing is changed or held back.
 * Runs in: listener-worker.
 */
#ifndef COMMON_PG_LOGIN_H
#define COMMON_PG_LOGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum login_event {
	LOGIN_NOTHING,		/* go on */
	LOGIN_CHALLENGE,	/* the server's first Authentication request, of
				   another kind than AuthenticationOk: auth */
	LOGIN_OK,		/* AuthenticationOk */
	LOGIN_READY,		/* the first ReadyForQuery */
	LOGIN_REFUSED,		/* an ErrorResponse before ReadyForQuery */
	LOGIN_BROKEN		/* an absurd type or length */
};

/* A struct of zeroes is the state before the server's first byte. */
struct login {
	unsigned char header[9];	/* type, length, Authentication kind */
	uint8_t header_len;
	uint32_t body_left;	/* bytes of the message still to come */
	uint32_t auth;		/* kind of the first Authentication message */
	uint32_t backend_pid;	/* of BackendKeyData; 0 before */
	bool challenged;
	bool ok;
	bool ready;
};

/*
 * Takes len bytes from the server, stops behind the byte that completes an
 * event, and says how many it took (*out_taken, <= len). Message types that a
 * server may send here: R E N S K v Z, of which S, K and Z only after
 * AuthenticationOk, R only up to it; a body longer than 1 MiB is absurd.
 * Call again with the rest until LOGIN_NOTHING with all taken. LOGIN_BROKEN is
 * for good: every further call says it again and takes nothing. Behind
 * LOGIN_READY and LOGIN_REFUSED nothing is followed any more.
 */
enum login_event login_follow(struct login *login, const unsigned char *bytes,
    size_t len, size_t *out_taken);

/* Has the client whole messages only, so that one of ours may follow? */
bool login_is_between_messages(const struct login *login);

/* Keeps the last 6 bytes that a client got, whatever their pieces. */
struct login_tail {
	unsigned char bytes[6];
	uint8_t len;
};

void login_tail_add(struct login_tail *tail, const unsigned char *bytes,
    size_t len);

/* Do they look like a whole ReadyForQuery (Z, 5, one of I T E)? */
bool login_tail_is_ready(const struct login_tail *tail);

#endif
