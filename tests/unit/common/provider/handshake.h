/* SPDX-License-Identifier: ISC */
/*
 * handshake: a TLS client and a TLS server in one thread's memory.
 * Runs in: unit tests.
 */
#ifndef TESTS_HANDSHAKE_H
#define TESTS_HANDSHAKE_H

#include <openssl/ssl.h>

#include "tests/unit/common/provider/keypair.h"

enum handshake_end {
	HANDSHAKE_DONE,		/* both sides; the client has verified */
	HANDSHAKE_WANTS_KEY,	/* the server's job is paused */
	HANDSHAKE_FAILED
};

struct handshake_options {
	int version;		/* TLS1_2_VERSION, TLS1_3_VERSION */
	const char *sigalgs;	/* NULL: OpenSSL's */
	const char *groups;	/* NULL: OpenSSL's */
	const char *suites;	/* NULL: OpenSSL's */
	long mode;		/* SSL_MODE_ASYNC, or 0 */
};

struct handshake {
	SSL_CTX *server_context, *client_context;
	SSL *server, *client;
	unsigned int calls;	/* of the server's async callback */
};

/* key: the server's, to be used with the certificate of keypair. */
void handshake_open(struct handshake *handshake, const struct keypair *keypair,
    EVP_PKEY *key, const struct handshake_options *options);

/* Goes on until it ends or waits for the key. */
enum handshake_end handshake_run(struct handshake *handshake);

void handshake_close(struct handshake *handshake);

#endif
