/* SPDX-License-Identifier: ISC */
/*
 * certificate: is the key that of the certificate which the listener is about
 * to show?
 * Runs in: keyd-unlock.
 */
#ifndef KEYD_UNLOCK_CERTIFICATE_H
#define KEYD_UNLOCK_CERTIFICATE_H

#include <openssl/types.h>

struct fault;
struct handoff_unlock;

/* Reads the first certificate of request->cert_file. Returns 0, at once if that
 * is "", or -1 with the fault. */
int certificate_check(const struct handoff_unlock *request, EVP_PKEY *key,
    struct fault *fault);

#endif
