/* SPDX-License-Identifier: ISC */
/*
 * certificate: a client's certificate as names for the access rules and for
 * the log.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_CERTIFICATE_H
#define LISTENER_WORKER_CERTIFICATE_H

#include <openssl/x509v3.h>

#include <stddef.h>

#include "common/pg/hba_facts.h"

struct fault;

#define CERTIFICATE_FINGERPRINT_LEN 64	/* SHA-256 in hexadecimal digits */

/* Empty: a struct of zeroes. */
struct certificate {
	struct hba_certificate facts;	/* points to what follows; this struct
					   must stay where it is */
	char *common_name;		/* owned; NULL: it has none */
	char *subject;			/* owned */
	char fingerprint[CERTIFICATE_FINGERPRINT_LEN + 1];
	GENERAL_NAMES *names;		/* owned; NULL: none */
	struct hba_san *sans;		/* owned; into names */
};

/*
 * Reads a verified certificate: its first common name and the whole subject as
 * PostgreSQL reads them, the SHA-256 of its DER form, its DNS, email and URI
 * names. Returns 0, or -1 with the fault (08P01, for the log alone: PostgreSQL
 * says nothing to the client) where a name has a NUL within; close it in both
 * cases.
 */
int certificate_read(X509 *cert, struct certificate *out,
    struct fault *fault);

/* Accepts empty. */
void certificate_close(struct certificate *certificate);

/*
 * For messages about certificates that are not verified: a name in OpenSSL's
 * one-line form ("/C=DE/CN=x"), a serial number in decimal; whatever bytes
 * stand there, out gets printable ASCII of at most 71 characters, the last ones
 * (PostgreSQL's prepare_cert_name()).
 */
#define CERTIFICATE_TEXT_SIZE 72
void certificate_format_name(const X509_NAME *name,
    char out[CERTIFICATE_TEXT_SIZE]);
void certificate_format_serial(const X509 *cert,
    char out[CERTIFICATE_TEXT_SIZE]);

#endif
