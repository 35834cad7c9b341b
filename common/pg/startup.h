/* SPDX-License-Identifier: ISC */
/*
 * startup: what a client says before the session: the first eight bytes, and
 * the StartupMessage (PostgreSQL protocol chapter, 55.2.1, 55.2.4, 55.7).
 * Pure: bytes in, struct out.
 * Runs in: listener-worker.
 */
#ifndef COMMON_PG_STARTUP_H
#define COMMON_PG_STARTUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fault;

#define STARTUP_LENGTH_LEN 4	/* the length word alone */
#define STARTUP_HEADER_LEN 8	/* length word and code */
#define STARTUP_BODY_MAX 10000	/* MAX_STARTUP_PACKET_LENGTH: bytes behind the
				   length word, the code among them */
#define STARTUP_NAME_MAX 63	/* NAMEDATALEN - 1 */
#define STARTUP_CANCEL_KEY_MAX 256

enum startup_kind {
	STARTUP_SSL_REQUEST,
	STARTUP_GSS_REQUEST,
	STARTUP_CANCEL,
	STARTUP_SESSION		/* a protocol version, to be judged */
};

struct startup_header {
	enum startup_kind kind;
	size_t packet_len;	/* bytes, the length word included */
	uint32_t code;		/* the version, or the request's code */
};

/*
 * Can these four bytes be a length word? Asked as soon as they are there, so
 * that a client that sends no more of a hopeless packet is not waited for.
 * Returns 0, or -1 with the fault (08P01) that startup_read_header() gives.
 */
int startup_may_be_length(const unsigned char bytes[STARTUP_LENGTH_LEN],
    struct fault *fault);

/*
 * Reads the header. Returns 0, or -1 when the length word is no length: the
 * fault (08P01) is for the log alone, nothing is sent to the client.
 * A cancel request with a key of no bytes or more than STARTUP_CANCEL_KEY_MAX,
 * and an SSLRequest or GSSENCRequest whose length is not 8, are such faults.
 */
int startup_read_header(const unsigned char bytes[STARTUP_HEADER_LEN],
    struct startup_header *out, struct fault *fault);

/* FATAL 0A000 "unsupported frontend protocol X.Y: server supports 3.0 to 3.2";
 * for a repeated SSLRequest or GSSENCRequest too. Returns 0 if major is 3. */
int startup_may_serve_version(uint32_t code, struct fault *fault);

/*
 * FATAL 08P01 for bytes that came in clear behind an SSLRequest or
 * GSSENCRequest and before its answer (CVE-2021-23214). Always returns -1.
 */
int startup_fault_unencrypted(enum startup_kind kind, struct fault *fault);

/* 08P01, for the log alone: the client left within a packet. Returns -1. */
int startup_fault_incomplete(struct fault *fault);

struct startup_message {
	uint32_t version;
	char user[STARTUP_NAME_MAX + 1];
	char database[STARTUP_NAME_MAX + 1];	/* the user's name if absent; ""
						   for physical replication */
	char application_name[STARTUP_NAME_MAX + 1];
	bool is_replication;	/* physical (true) or logical (database) */
	bool is_physical_replication;
};

/*
 * Reads a whole StartupMessage (length word first, packet_len bytes) after
 * startup_read_header() and startup_may_serve_version(). Returns 0, or -1 with
 * a fault for the client: 08P01 (layout), 28000 (no user), 22023 (replication).
 * The message itself goes to the server unchanged, and by its own reading.
 */
int startup_read_message(const unsigned char *packet, size_t packet_len,
    struct startup_message *out, struct fault *fault);

#endif
