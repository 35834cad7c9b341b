/* SPDX-License-Identifier: ISC */
/*
 * revocation: certificate revocation lists that are checked once and not in
 * every handshake.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_REVOCATION_H
#define LISTENER_WORKER_REVOCATION_H

#include <openssl/bio.h>
#include <openssl/x509.h>

/*
 * Reads the next list of a text in PEM form, or returns NULL with OpenSSL's
 * error (PEM_R_NO_START_LINE at the end). OpenSSL checks a list's signature
 * whenever it looks something up in it, which costs as much as the list is
 * long; this one remembers the key that has been found good. Its entries are
 * found by halving, as OpenSSL finds them.
 */
X509_CRL *revocation_read(BIO *pem);

#endif
