/* SPDX-License-Identifier: ISC */
/*
 * identity: is this a key that Postern serves, and by which name is it known?
 * Runs in: keyd-unlock.
 */
#ifndef KEYD_UNLOCK_IDENTITY_H
#define KEYD_UNLOCK_IDENTITY_H

#include <openssl/types.h>

#include "common/secret.h"
#include "keyd/handoff.h"

struct fault;

/*
 * RSA and RSA-PSS of 2048 to 8192 bits, EC on P-256 or P-384 as a named curve,
 * Ed25519, private and public part fitting each other. path is for the
 * message. Returns 0 or -1 with the fault.
 */
int identity_judge(const char *path, EVP_PKEY *key, struct fault *fault);

/*
 * Writes the key as PKCS#8 DER into the mapped secret, and its SPKI, the SPKI's
 * SHA-256 and its kind ("RSA 2048") to out. Returns 0 or -1 with the fault.
 */
int identity_export(EVP_PKEY *key, const struct secret *secret,
    struct handoff_key *out, struct fault *fault);

#endif
