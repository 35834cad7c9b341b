/* SPDX-License-Identifier: ISC */
/*
 * public_key: a key as its SubjectPublicKeyInfo shows it: what it may do, and
 * whether a signature is its own. Never sees a private key.
 * Runs in: keyd-signer.
 */
#ifndef KEYD_SIGNER_PUBLIC_KEY_H
#define KEYD_SIGNER_PUBLIC_KEY_H

#include <openssl/types.h>

#include "common/wire/keywire.h"

struct fault;
struct policy_key;
struct policy_order;

/*
 * Reads a recorded identity: the id must be the SPKI's SHA-256, the key one of
 * RSA (2048 to 8192 bits, id-RSASSA-PSS too), EC on P-256 or P-384, Ed25519.
 * Returns the key (EVP_PKEY_free()) and its facts, or NULL with the fault.
 */
EVP_PKEY *public_key_read(const struct keywire_key *identity,
    struct policy_key *out, struct fault *fault);

/* Is that signature of the order this key's? Returns 0 or -1. */
int public_key_verify(EVP_PKEY *pkey, const struct policy_order *order,
    const struct keywire_signed *sig);

#endif
