/* SPDX-License-Identifier: ISC */
/*
 * keypair: real keys with self-signed certificates, one of each kind.
 * Runs in: unit tests.
 */
#include "tests/unit/common/provider/keypair.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <check.h>
#include <string.h>

struct keypair keypairs[KEYPAIR_KINDS];

static const struct {
	const char *name;
	const char *type;
	int bits;
	const char *group;
} rows[KEYPAIR_KINDS] = {
	[KEYPAIR_RSA] = { "RSA", "RSA", 2048, NULL },
	[KEYPAIR_RSA_PSS] = { "RSA-PSS", "RSA-PSS", 2048, NULL },
	[KEYPAIR_P256] = { "P-256", "EC", 0, "P-256" },
	[KEYPAIR_P384] = { "P-384", "EC", 0, "P-384" },
	[KEYPAIR_ED25519] = { "Ed25519", "ED25519", 0, NULL }
};

EVP_PKEY *
keypair_generate(const char *type, int bits, const char *group)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	ck_assert_ptr_nonnull(context);
	ck_assert_int_eq(EVP_PKEY_keygen_init(context), 1);
	if (bits != 0)
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_keygen_bits(context,
		    bits), 1);
	if (group != NULL)
		ck_assert_int_eq(EVP_PKEY_CTX_set_group_name(context, group),
		    1);
	ck_assert_int_eq(EVP_PKEY_generate(context, &key), 1);
	EVP_PKEY_CTX_free(context);
	return key;
}

void
keypair_describe(EVP_PKEY *key, struct keywire_key *out)
{
	unsigned char *at = out->spki;
	int len = i2d_PUBKEY(key, NULL);

	ck_assert_int_gt(len, 0);
	ck_assert_int_le(len, KEYWIRE_SPKI_MAX);
	ck_assert_int_eq(i2d_PUBKEY(key, &at), len);
	out->spki_len = (uint16_t)len;
	ck_assert_int_eq(EVP_Digest(out->spki, out->spki_len, out->id, NULL,
	    EVP_sha256(), NULL), 1);
}

static X509 *
make_certificate(EVP_PKEY *key)
{
	X509 *certificate = X509_new();
	X509_NAME *name;
	const EVP_MD *digest = EVP_sha256();

	ck_assert_ptr_nonnull(certificate);
	if (EVP_PKEY_is_a(key, "ED25519"))
		digest = NULL;
	name = X509_get_subject_name(certificate);
	ck_assert_int_eq(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)"db.example", -1, -1, 0), 1);
	ck_assert_int_eq(X509_set_version(certificate, X509_VERSION_3), 1);
	ck_assert_int_eq(X509_set_issuer_name(certificate, name), 1);
	ck_assert_int_eq(ASN1_INTEGER_set(X509_get_serialNumber(certificate),
	    1), 1);
	ck_assert_ptr_nonnull(X509_gmtime_adj(
	    X509_getm_notBefore(certificate), -60));
	ck_assert_ptr_nonnull(X509_gmtime_adj(
	    X509_getm_notAfter(certificate), 3600));
	ck_assert_int_eq(X509_set_pubkey(certificate, key), 1);
	ck_assert_int_gt(X509_sign(certificate, key, digest), 0);
	return certificate;
}

static void
make(size_t kind)
{
	struct keypair *keypair = &keypairs[kind];

	keypair->name = rows[kind].name;
	keypair->private = keypair_generate(rows[kind].type, rows[kind].bits,
	    rows[kind].group);
	keypair->certificate = make_certificate(keypair->private);
	keypair_describe(keypair->private, &keypair->wire);
}

void
keypair_make_all(void)
{
	size_t i;

	for (i = 0; i < KEYPAIR_KINDS; i++)
		make(i);
}

void
keypair_make_p256(void)
{
	make(KEYPAIR_P256);
}

void
keypair_free_all(void)
{
	size_t i;

	for (i = 0; i < KEYPAIR_KINDS; i++) {
		EVP_PKEY_free(keypairs[i].private);
		X509_free(keypairs[i].certificate);
	}
}
