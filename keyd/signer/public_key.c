/* SPDX-License-Identifier: ISC */
/*
 * public_key: a key as its SubjectPublicKeyInfo shows it: what it may do, and
 * whether a signature is its own. Never sees a private key.
 * Runs in: keyd-signer.
 */
#include "keyd/signer/public_key.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <string.h>

#include "common/fault.h"
#include "keyd/signer/policy.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192
#define IS_MANDATORY 2	/* EVP_PKEY_get_default_digest_name(3) */
#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* The kinds of key that are taken, as OpenSSL names them. */
static const struct kind {
	enum tls_key_kind kind;
	const char *type;
	const char *group;	/* NULL: not on a curve that must be named */
} kinds[] = {
	{ TLS_KEY_RSA, "RSA", NULL },
	{ TLS_KEY_RSA_PSS, "RSA-PSS", NULL },
	{ TLS_KEY_P256, "EC", "prime256v1" },
	{ TLS_KEY_P384, "EC", "secp384r1" },
	{ TLS_KEY_ED25519, "ED25519", NULL }
};

static bool
is_kind(const EVP_PKEY *pkey, const struct kind *kind)
{
	char group[64];

	if (!EVP_PKEY_is_a(pkey, kind->type))
		return false;
	return kind->group == NULL ||
	    (EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) == 1 &&
	    strcmp(group, kind->group) == 0);
}

static bool
is_rsa(enum tls_key_kind kind)
{
	return kind == TLS_KEY_RSA || kind == TLS_KEY_RSA_PSS;
}

static int
judge_kind(const EVP_PKEY *pkey, struct policy_key *out, struct fault *fault)
{
	int bits = EVP_PKEY_get_bits(pkey);
	size_t i;

	for (i = 0; i < LEN(kinds) && !is_kind(pkey, &kinds[i]); i++)
		;
	if (i == LEN(kinds)) {
		fault_set(fault, "the private key's type is not supported");
		return fault_detail(fault, "It must be RSA, EC on P-256 or "
		    "P-384, or Ed25519.");
	}
	if (is_rsa(kinds[i].kind) &&
	    (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)) {
		fault_set(fault, "the RSA key's size is not supported");
		return fault_detail(fault, "It has %d bits; %d to %d are "
		    "accepted.", bits, RSA_BITS_MIN, RSA_BITS_MAX);
	}
	out->kind = kinds[i].kind;
	return 0;
}

/* RFC 4055 3.1: the parameters of an id-RSASSA-PSS key may fix the hash.
 * Whether mask and salt fit TLS is found by signing. */
static int
judge_parameters(EVP_PKEY *pkey, struct policy_key *out, struct fault *fault)
{
	const struct tls_scheme_row *row;
	char name[64] = "";
	EVP_MD *md;
	size_t i;

	out->only_hash = NULL;
	if (out->kind != TLS_KEY_RSA_PSS ||
	    EVP_PKEY_get_default_digest_name(pkey, name, sizeof(name)) !=
	    IS_MANDATORY)
		return 0;
	md = EVP_MD_fetch(NULL, name, NULL);
	for (i = 0; (row = tls_scheme_at(i)) != NULL; i++) {
		if (md != NULL && row->hash != NULL &&
		    EVP_MD_is_a(md, row->hash))
			out->only_hash = row->hash;
	}
	EVP_MD_free(md);
	if (out->only_hash != NULL)
		return 0;
	fault_set(fault, "the private key's parameters are not supported");
	return fault_detail(fault, "They allow no hash but %s, with which TLS "
	    "has no signature scheme.", name);
}

static bool
is_own_id(const struct keywire_key *identity)
{
	unsigned char id[KEYWIRE_KEY_ID_LEN];
	size_t id_len;

	return identity->spki_len > 0 &&
	    identity->spki_len <= KEYWIRE_SPKI_MAX &&
	    EVP_Q_digest(NULL, "SHA256", NULL, identity->spki,
	    identity->spki_len, id, &id_len) == 1 &&
	    memcmp(id, identity->id, sizeof(id)) == 0;
}

EVP_PKEY *
public_key_read(const struct keywire_key *identity, struct policy_key *out,
    struct fault *fault)
{
	const unsigned char *at = identity->spki;
	EVP_PKEY *pkey = NULL;

	if (!is_own_id(identity)) {
		fault_set(fault, "a key's id is not that of its public key");
		return NULL;
	}
	pkey = d2i_PUBKEY(NULL, &at, identity->spki_len);
	if (pkey == NULL || at != identity->spki + identity->spki_len) {
		fault_set(fault, "could not decode the public key");
		ERR_clear_error();
		EVP_PKEY_free(pkey);
		return NULL;
	}
	memcpy(out->id, identity->id, sizeof(out->id));
	if (judge_kind(pkey, out, fault) == -1 ||
	    judge_parameters(pkey, out, fault) == -1) {
		EVP_PKEY_free(pkey);
		return NULL;
	}
	return pkey;
}

static bool
is_padded(EVP_PKEY_CTX *ctx, const struct tls_scheme_row *scheme)
{
	if (!scheme->is_pss)
		return true;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
}

int
public_key_verify(EVP_PKEY *pkey, const struct policy_order *order,
    const struct keywire_signed *sig)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *ctx;
	int result = -1;

	if (md != NULL && EVP_DigestVerifyInit_ex(md, &ctx,
	    order->scheme->hash, NULL, NULL, pkey, NULL) == 1 &&
	    is_padded(ctx, order->scheme) &&
	    EVP_DigestVerify(md, sig->signature, sig->len, order->bytes,
	    order->len) == 1)
		result = 0;
	EVP_MD_CTX_free(md);
	ERR_clear_error();
	return result;
}
