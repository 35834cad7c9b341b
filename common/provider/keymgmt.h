/* SPDX-License-Identifier: ISC */
/*
 * keymgmt: the key object that OpenSSL holds for us: a public key of the
 * default provider, the key id, and the link that signs.
 * Runs in: listener-worker, any program that loads the provider.
 */
#ifndef COMMON_PROVIDER_KEYMGMT_H
#define COMMON_PROVIDER_KEYMGMT_H

#include <openssl/core.h>
#include <openssl/evp.h>

#include "common/wire/keywire.h"
#include "common/wire/tls_scheme.h"

struct key_link;
struct provider;

/* The parameters that EVP_PKEY_fromdata() takes: the SubjectPublicKeyInfo
 * (DER, octet string), and the link (octet pointer). */
#define KEYMGMT_PARAM_SPKI "postern-spki"
#define KEYMGMT_PARAM_LINK "postern-link"

/* A kind of key that a remote key can be. */
struct keymgmt_kind {
	enum tls_key_kind kind;
	const char *type;	/* OpenSSL's: "RSA", "EC", ... */
	const char *group;	/* EC: its curve; else NULL */
	int bits_min, bits_max;	/* of an RSA modulus; else 0 */
};

struct keymgmt_key {
	const struct provider *provider;
	const char *type;		/* the one it was made for */
	const struct keymgmt_kind *kind;	/* NULL until import */
	EVP_PKEY *public;		/* owned; NULL until import */
	struct key_link *link;		/* outlives the key */
	unsigned char id[KEYWIRE_KEY_ID_LEN];
};

/* The kind of that public key; NULL if it cannot be a remote key. */
const struct keymgmt_kind *keymgmt_find_kind(const EVP_PKEY *public);

/* The whole of der as a public key of the default library context. NULL: bad
 * DER, or bytes behind it. Free with EVP_PKEY_free(). */
EVP_PKEY *keymgmt_read_spki(const unsigned char *der, size_t der_len);

extern const OSSL_ALGORITHM keymgmt_algorithms[];

#endif
