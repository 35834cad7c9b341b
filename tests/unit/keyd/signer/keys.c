/* SPDX-License-Identifier: ISC */
/*
 * keys: fresh private keys as keyd-unlock would hand them on, and proof of
 * signatures made with them.
 * Runs in: make check.
 */
#include "tests/unit/keyd/signer/keys.h"

#include <check.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"

static EVP_PKEY *
generate_rsa(const char *algorithm, int bits, const char *only_hash)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
	EVP_PKEY *pkey = NULL;

	ck_assert_ptr_nonnull(ctx);
	ck_assert_int_eq(EVP_PKEY_keygen_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, bits), 1);
	if (only_hash != NULL) {
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_pss_keygen_md_name(ctx,
		    only_hash, NULL), 1);
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_pss_keygen_mgf1_md_name(
		    ctx, only_hash), 1);
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_pss_keygen_saltlen(ctx,
		    20), 1);
	}
	ck_assert_int_eq(EVP_PKEY_generate(ctx, &pkey), 1);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static EVP_PKEY *
generate(const char *type)
{
	int bits;

	if (sscanf(type, "RSA-%d", &bits) == 1)
		return generate_rsa("RSA", bits, NULL);
	if (strncmp(type, "RSA-PSS-", 8) == 0)
		return generate_rsa("RSA-PSS", 2048, type + 8);
	if (strcmp(type, "RSA-PSS") == 0)
		return generate_rsa("RSA-PSS", 2048, NULL);
	if (strncmp(type, "P-", 2) == 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", type);
	return EVP_PKEY_Q_keygen(NULL, NULL, type);
}

static void
make_identity(EVP_PKEY *pkey, struct keywire_key *out)
{
	unsigned char *spki = NULL;
	size_t id_len;
	int len;

	len = i2d_PUBKEY(pkey, &spki);
	ck_assert_int_gt(len, 0);
	ck_assert_int_le(len, KEYWIRE_SPKI_MAX);
	memcpy(out->spki, spki, (size_t)len);
	out->spki_len = (uint16_t)len;
	ck_assert_int_eq(EVP_Q_digest(NULL, "SHA256", NULL, spki, (size_t)len,
	    out->id, &id_len), 1);
	OPENSSL_free(spki);
}

void
key_fill(struct key *key, const unsigned char *der, size_t len)
{
	struct fault fault = { 0 };

	ck_assert_uint_le(len, HANDOFF_SECRET_SIZE);
	ck_assert_msg(secret_map(&key->secret, &fault) == 0, "%s", fault.what);
	memset(key->secret.map, 0, key->secret.size);
	memcpy(key->secret.map, der, len);
	key->handoff.key_len = (uint32_t)len;
}

void
key_make(const char *type, struct key *out)
{
	struct fault fault = { 0 };
	PKCS8_PRIV_KEY_INFO *info;
	unsigned char *der = NULL;
	int len;

	memset(out, 0, sizeof(*out));
	out->secret.fd = -1;
	out->pkey = generate(type);
	ck_assert_msg(out->pkey != NULL, "cannot make a key of type %s", type);
	make_identity(out->pkey, &out->handoff.identity);
	info = EVP_PKEY2PKCS8(out->pkey);
	len = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
	ck_assert_int_gt(len, 0);
	ck_assert_msg(secret_open(SECRET_AUTO, HANDOFF_SECRET_SIZE,
	    &out->secret, &fault) == 0, "%s", fault.what);
	key_fill(out, der, (size_t)len);
	OPENSSL_clear_free(der, (size_t)len);
	PKCS8_PRIV_KEY_INFO_free(info);
}

void
key_free(struct key *key)
{
	EVP_PKEY_free(key->pkey);
	key->pkey = NULL;
	secret_wipe(&key->secret);
}

/* The schemes by RFC 8446's numbers: 08xx below 080b are PSS but for 0807. */
bool
key_verifies(const struct key *key, unsigned int scheme,
    const unsigned char *bytes, size_t len, const struct keywire_signed *sig)
{
	static const char *const hashes[] = { "SHA256", "SHA384", "SHA512" };
	const char *hash = NULL;
	bool is_pss = (scheme >> 8) == 8 && scheme != 0x0807;
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *ctx;
	bool result;

	if (is_pss)
		hash = hashes[((scheme & 0xff) - 4) % 5];
	else if (scheme != 0x0807)
		hash = hashes[(scheme >> 8) - 4];
	ck_assert_ptr_nonnull(md);
	ck_assert_int_eq(EVP_DigestVerifyInit_ex(md, &ctx, hash, NULL, NULL,
	    key->pkey, NULL), 1);
	if (is_pss) {
		EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING);
		EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST);
	}
	result = EVP_DigestVerify(md, sig->signature, sig->len, bytes,
	    len) == 1;
	EVP_MD_CTX_free(md);
	return result;
}

/* RFC 8446 4.4.3 prints them so. */
static const char rfc8446_prefix[] =
    "2020202020202020202020202020202020202020202020202020202020202020"
    "2020202020202020202020202020202020202020202020202020202020202020"
    "544c5320312e332c207365727665722043657274696669636174655665726966"
    "79"
    "00";

size_t
key_bytes_tls13(const struct keywire_sign_tls13 *sign, unsigned char out[256])
{
	size_t len = strlen(rfc8446_prefix) / 2, i;
	unsigned int byte;

	for (i = 0; i < len; i++) {
		ck_assert_int_eq(sscanf(rfc8446_prefix + 2 * i, "%2x", &byte),
		    1);
		out[i] = (unsigned char)byte;
	}
	memcpy(out + len, sign->hash, sign->hash_len);
	return len + sign->hash_len;
}

size_t
key_bytes_tls12(const struct keywire_sign_tls12 *sign, unsigned char out[256])
{
	memcpy(out, sign->client_random, 32);
	memcpy(out + 32, sign->server_random, 32);
	out[64] = 3;
	out[65] = 0;
	out[66] = (unsigned char)sign->curve;
	out[67] = sign->point_len;
	memcpy(out + 68, sign->point, sign->point_len);
	return 68 + (size_t)sign->point_len;
}
