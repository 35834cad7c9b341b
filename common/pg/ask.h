/* SPDX-License-Identifier: ISC */
/*
 * ask: what the front itself asks a server: a StartupMessage of its own, and
 * the first message that comes back (protocol chapter 55.7).
 * Pure: struct in, bytes out, and the reverse.
 * Runs in: listener-worker.
 */
#ifndef COMMON_PG_ASK_H
#define COMMON_PG_ASK_H

#include <stddef.h>
#include <stdint.h>

struct fault;

#define ASK_STARTUP_MAX 512	/* bytes; always suffice */
#define ASK_ANSWER_MAX 8192	/* bytes of a first message that is believed */

/*
 * Writes a StartupMessage of protocol 3.0 for that user and database, with the
 * application_name "postern-listener". Names are cut to 63 bytes. Returns its
 * length.
 */
size_t ask_write_startup(const char *user, const char *database,
    unsigned char out[ASK_STARTUP_MAX]);

enum ask_answer {
	ASK_MORE,		/* no whole message yet */
	ASK_AUTHENTICATION,	/* its kind; 0 is AuthenticationOk */
	ASK_REFUSED,		/* ErrorResponse: message and SQLSTATE */
	ASK_BROKEN		/* no server of PostgreSQL says that */
};

/*
 * Reads the first message. *out_kind is set with ASK_AUTHENTICATION, *refusal
 * with ASK_REFUSED: what and sqlstate, as the server wrote them; either may be
 * empty.
 */
enum ask_answer ask_read_answer(const unsigned char *bytes, size_t len,
    uint32_t *out_kind, struct fault *refusal);

#endif
