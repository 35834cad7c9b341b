/* SPDX-License-Identifier: ISC */
/*
 * tls_context: the worker's side of TLS, built whole from the handoff:
 * certificate chain, remote key, versions, ciphers, groups.
 * Runs in: listener-worker, at its start.
 */
#ifndef LISTENER_WORKER_TLS_CONTEXT_H
#define LISTENER_WORKER_TLS_CONTEXT_H

#include <openssl/ssl.h>

#include <stdbool.h>
#include <stddef.h>

#include "common/wire/keywire.h"

struct fault;
struct handoff_settings;
struct key_link;
struct remote_key_store;

/* Empty: a struct of zeroes. */
struct tls_context {
	SSL_CTX *ctx;			/* owned */
	struct remote_key_store *store;	/* owned; lives as long as ctx */
	unsigned char key_id[KEYWIRE_KEY_ID_LEN];	/* the certificate's */
};

struct tls_context_options {
	const struct handoff_settings *settings;
	const unsigned char *pem;	/* the server's certificate, then */
	size_t pem_len;			/* its intermediates; < 2^31 */
	bool must_be_valid;		/* now; else it is only warned of */
	bool is_check;			/* which has warnings of its own */
	struct key_link *link;		/* signatures' way; outlives ctx */
};

/*
 * Builds it: no tickets, no session cache, no renegotiation, no compression,
 * ECDHE only (PostgreSQL 19.9 for the settings' meaning). Returns 0 or -1 with
 * the fault.
 */
int tls_context_open(const struct tls_context_options *options,
    struct tls_context *out, struct fault *fault);

/* The ALPN protocol that direct TLS must have settled on. */
#define TLS_CONTEXT_ALPN "postgresql"

/* Has this connection settled on it? */
bool tls_context_is_alpn_settled(const SSL *ssl);

/* Sets ssl_groups. OpenSSL's own macro would cast the list's const away.
 * Returns 1, or 0 for a name that OpenSSL does not know. */
int tls_context_set_groups(SSL_CTX *ctx,
    const struct handoff_settings *settings);

void tls_context_close(struct tls_context *context);

#endif
