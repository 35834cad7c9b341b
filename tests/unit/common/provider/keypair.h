/* SPDX-License-Identifier: ISC */
/*
 * keypair: real keys with self-signed certificates, one of each kind.
 * Runs in: unit tests.
 */
#ifndef TESTS_KEYPAIR_H
#define TESTS_KEYPAIR_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stddef.h>

#include "common/wire/keywire.h"

enum keypair_kind {
	KEYPAIR_RSA,
	KEYPAIR_RSA_PSS,
	KEYPAIR_P256,
	KEYPAIR_P384,
	KEYPAIR_ED25519,
	KEYPAIR_KINDS
};

struct keypair {
	const char *name;
	EVP_PKEY *private;
	X509 *certificate;
	struct keywire_key wire;	/* id and SPKI */
};

/* One of each kind, or the fastest alone, made once for a program: for
 * unchecked fixtures. */
extern struct keypair keypairs[KEYPAIR_KINDS];
void keypair_make_all(void);
void keypair_make_p256(void);
void keypair_free_all(void);

/* A key of OpenSSL's type with bits (RSA) or group (EC), 0 and NULL else. */
EVP_PKEY *keypair_generate(const char *type, int bits, const char *group);

/* The SubjectPublicKeyInfo of a key and its SHA-256. */
void keypair_describe(EVP_PKEY *key, struct keywire_key *out);

#endif
