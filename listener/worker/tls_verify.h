/* SPDX-License-Identifier: ISC */
/*
 * tls_verify: whose certificates are accepted: CAs and revocation lists of an
 * SSL_CTX, and why the last one was not.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_TLS_VERIFY_H
#define LISTENER_WORKER_TLS_VERIFY_H

#include <openssl/ssl.h>

#include <stdbool.h>
#include <stddef.h>

struct fault_list;
struct handoff_settings;

/* A file's bytes; len 0: there is none. len < 2^31. */
struct tls_verify_pem {
	const unsigned char *bytes;
	size_t len;
};

struct tls_verify_options {
	const struct handoff_settings *settings;
	struct tls_verify_pem ca, crl, crl_dir;
};

/* Empty: a struct of zeroes. */
struct tls_verify {
	bool is_on;		/* a CA is loaded: clients are asked */
	char reason[768];	/* PostgreSQL's DETAIL of the last refusal */
};

/*
 * Makes ctx ask for certificates and judge them, if there is a CA, and have
 * the reason of a refusal written to verify, which must outlive ctx. Every CA
 * of a chain needs a revocation list as soon as there is any (PostgreSQL).
 * The C library must have read its time zone before (tzset()).
 * Returns 0 or -1 with every fault, in PostgreSQL's words.
 */
int tls_verify_open(SSL_CTX *ctx, const struct tls_verify_options *options,
    struct tls_verify *verify, struct fault_list *faults);

#endif
