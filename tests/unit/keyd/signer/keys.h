/* SPDX-License-Identifier: ISC */
/*
 * keys: fresh private keys as keyd-unlock would hand them on, and proof of
 * signatures made with them.
 * Runs in: make check.
 */
#ifndef TESTS_UNIT_KEYD_SIGNER_KEYS_H
#define TESTS_UNIT_KEYD_SIGNER_KEYS_H

#include <openssl/types.h>

#include "common/secret.h"
#include "keyd/handoff.h"

struct key {
	EVP_PKEY *pkey;
	struct secret secret;
	struct handoff_key handoff;
};

/*
 * Makes a key: "RSA-2048" (any size), "RSA-PSS", "RSA-PSS-SHA384" (its
 * parameters allow that hash alone), "RSA-PSS-SHA1", "P-256", "P-384",
 * "P-521", "Ed25519", "Ed448". Fails the test where that is not possible.
 */
void key_make(const char *type, struct key *out);
void key_free(struct key *key);

/* Puts other bytes into its secret. */
void key_fill(struct key *key, const unsigned char *der, size_t len);

/* Is it a signature of these bytes in that scheme? */
bool key_verifies(const struct key *key, unsigned int scheme,
    const unsigned char *bytes, size_t len, const struct keywire_signed *sig);

/* What TLS signs, from the RFCs' own words, not from the code under test. */
size_t key_bytes_tls13(const struct keywire_sign_tls13 *sign,
    unsigned char out[256]);
size_t key_bytes_tls12(const struct keywire_sign_tls12 *sign,
    unsigned char out[256]);

#endif
