/* SPDX-License-Identifier: ISC */
/*
 * tls_scheme: the signature schemes of TLS that Postern knows.
 * Pure: a table.
 * Runs in: keyd-signer, listener-worker, any program that loads the provider.
 */
#include "common/wire/tls_scheme.h"

#define SCHEMES (sizeof(schemes) / sizeof(schemes[0]))
#define KEY(kind) (1u << TLS_KEY_##kind)
#define KEYS_EC (KEY(P256) | KEY(P384))

/* What one scheme is, and the kinds of key that make it in each version. */
struct scheme {
	struct tls_scheme_row row;
	unsigned int tls13_keys;
	unsigned int tls12_keys;
};

/* TLS 1.3 has no PKCS#1 v1.5, and binds a curve to its hash; TLS 1.2 reads the
 * ECDSA ones as "ECDSA with that hash", on whatever curve the key has. No key
 * of ours is on secp521r1, so its scheme has a meaning in TLS 1.2 alone. */
static const struct scheme schemes[] = {
	{ { TLS_RSA_PKCS1_SHA256, "rsa_pkcs1_sha256", "SHA256", false },
	    0, KEY(RSA) },
	{ { TLS_RSA_PKCS1_SHA384, "rsa_pkcs1_sha384", "SHA384", false },
	    0, KEY(RSA) },
	{ { TLS_RSA_PKCS1_SHA512, "rsa_pkcs1_sha512", "SHA512", false },
	    0, KEY(RSA) },
	{ { TLS_ECDSA_SECP256R1_SHA256, "ecdsa_secp256r1_sha256", "SHA256",
	    false }, KEY(P256), KEYS_EC },
	{ { TLS_ECDSA_SECP384R1_SHA384, "ecdsa_secp384r1_sha384", "SHA384",
	    false }, KEY(P384), KEYS_EC },
	{ { TLS_ECDSA_SECP521R1_SHA512, "ecdsa_secp521r1_sha512", "SHA512",
	    false }, 0, KEYS_EC },
	{ { TLS_RSA_PSS_RSAE_SHA256, "rsa_pss_rsae_sha256", "SHA256", true },
	    KEY(RSA), KEY(RSA) },
	{ { TLS_RSA_PSS_RSAE_SHA384, "rsa_pss_rsae_sha384", "SHA384", true },
	    KEY(RSA), KEY(RSA) },
	{ { TLS_RSA_PSS_RSAE_SHA512, "rsa_pss_rsae_sha512", "SHA512", true },
	    KEY(RSA), KEY(RSA) },
	{ { TLS_ED25519, "ed25519", NULL, false },
	    KEY(ED25519), KEY(ED25519) },
	{ { TLS_RSA_PSS_PSS_SHA256, "rsa_pss_pss_sha256", "SHA256", true },
	    KEY(RSA_PSS), KEY(RSA_PSS) },
	{ { TLS_RSA_PSS_PSS_SHA384, "rsa_pss_pss_sha384", "SHA384", true },
	    KEY(RSA_PSS), KEY(RSA_PSS) },
	{ { TLS_RSA_PSS_PSS_SHA512, "rsa_pss_pss_sha512", "SHA512", true },
	    KEY(RSA_PSS), KEY(RSA_PSS) }
};

static const struct scheme *
find(unsigned int scheme)
{
	size_t i;

	for (i = 0; i < SCHEMES; i++) {
		if ((unsigned int)schemes[i].row.scheme == scheme)
			return &schemes[i];
	}
	return NULL;
}

/* A kind that does not exist has no bit, and so makes nothing. */
static unsigned int
bit_of(enum tls_key_kind key)
{
	if (key < TLS_KEY_RSA || key > TLS_KEY_ED25519)
		return 0;
	return 1u << key;
}

const struct tls_scheme_row *
tls_scheme_find(unsigned int scheme)
{
	const struct scheme *found = find(scheme);

	return found == NULL ? NULL : &found->row;
}

const struct tls_scheme_row *
tls_scheme_at(size_t index)
{
	return index < SCHEMES ? &schemes[index].row : NULL;
}

bool
tls_scheme_may_sign_tls13(enum tls_key_kind key, unsigned int scheme)
{
	const struct scheme *found = find(scheme);

	return found != NULL && (found->tls13_keys & bit_of(key)) != 0;
}

bool
tls_scheme_may_sign_tls12(enum tls_key_kind key, unsigned int scheme)
{
	const struct scheme *found = find(scheme);

	return found != NULL && (found->tls12_keys & bit_of(key)) != 0;
}
