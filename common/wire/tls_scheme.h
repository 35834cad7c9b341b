/* SPDX-License-Identifier: ISC */
/*
 * tls_scheme: the signature schemes of TLS that Postern knows.
 * Pure: a table.
 * Runs in: keyd-signer, listener-worker, any program that loads the provider.
 */
#ifndef COMMON_WIRE_TLS_SCHEME_H
#define COMMON_WIRE_TLS_SCHEME_H

#include <stdbool.h>
#include <stddef.h>

/* SignatureScheme, RFC 8446 4.2.3. In TLS 1.2 the ECDSA ones name the hash
 * alone (RFC 8446 4.2.3, RFC 8422 5.1.3), in TLS 1.3 the curve too. */
enum tls_scheme {
	TLS_RSA_PKCS1_SHA256 = 0x0401,
	TLS_ECDSA_SECP256R1_SHA256 = 0x0403,
	TLS_RSA_PKCS1_SHA384 = 0x0501,
	TLS_ECDSA_SECP384R1_SHA384 = 0x0503,
	TLS_RSA_PKCS1_SHA512 = 0x0601,
	TLS_ECDSA_SECP521R1_SHA512 = 0x0603,
	TLS_RSA_PSS_RSAE_SHA256 = 0x0804,
	TLS_RSA_PSS_RSAE_SHA384 = 0x0805,
	TLS_RSA_PSS_RSAE_SHA512 = 0x0806,
	TLS_ED25519 = 0x0807,
	TLS_RSA_PSS_PSS_SHA256 = 0x0809,
	TLS_RSA_PSS_PSS_SHA384 = 0x080a,
	TLS_RSA_PSS_PSS_SHA512 = 0x080b
};

/* The kinds of key that can make them. */
enum tls_key_kind {
	TLS_KEY_RSA = 1,
	TLS_KEY_RSA_PSS,	/* id-RSASSA-PSS */
	TLS_KEY_P256,
	TLS_KEY_P384,
	TLS_KEY_ED25519
};

/* One scheme's facts. */
struct tls_scheme_row {
	enum tls_scheme scheme;
	const char *name;	/* "rsa_pss_rsae_sha256", for logs */
	const char *hash;	/* OpenSSL's name: "SHA256"; NULL for Ed25519 */
	bool is_pss;		/* RSASSA-PSS, salt as long as the hash */
};

/* NULL for a scheme that Postern does not know. */
const struct tls_scheme_row *tls_scheme_find(unsigned int scheme);

/* The schemes one by one; NULL behind the last. */
const struct tls_scheme_row *tls_scheme_at(size_t index);

/* May a key of that kind make it in TLS 1.3 (RFC 8446 4.2.3, 4.4.3: never
 * PKCS#1 v1.5, the curve must fit), or in TLS 1.2 (RFC 5246 7.4.1.4.1)? */
bool tls_scheme_may_sign_tls13(enum tls_key_kind key, unsigned int scheme);
bool tls_scheme_may_sign_tls12(enum tls_key_kind key, unsigned int scheme);

#endif
