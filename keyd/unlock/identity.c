/* SPDX-License-Identifier: ISC */
/*
 * identity: is this a key that Postern serves, and by which name is it known?
 * Runs in: keyd-unlock.
 */
#include "keyd/unlock/identity.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdio.h>
#include <string.h>

#include "common/fault.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192

static int judge_rsa(const char *path, EVP_PKEY *key, struct fault *fault);
static int judge_ec(const char *path, EVP_PKEY *key, struct fault *fault);

/* Whatever is not in this table is not served. */
static const struct algorithm {
	const char *name;
	int (*judge)(const char *, EVP_PKEY *, struct fault *);
} algorithms[] = {
	{ "RSA", judge_rsa },
	{ "RSA-PSS", judge_rsa },
	{ "EC", judge_ec },
	{ "ED25519", NULL },
};
#define ALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))

static const struct curve {
	const char *group;	/* OpenSSL's name */
	const char *name;
} curves[] = {
	{ SN_X9_62_prime256v1, "P-256" },
	{ SN_secp384r1, "P-384" },
};

static const struct curve *
curve_of(const char *group)
{
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (strcmp(curves[i].group, group) == 0)
			return &curves[i];
	return NULL;
}

static int
supported_hint(struct fault *fault)
{
	return fault_hint(fault, "Supported are RSA of %d to %d bits, EC on "
	    "P-256 or P-384, and Ed25519.", RSA_BITS_MIN, RSA_BITS_MAX);
}

static int
judge_rsa(const char *path, EVP_PKEY *key, struct fault *fault)
{
	int bits = EVP_PKEY_get_bits(key);

	if (bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX)
		return 0;
	fault_set(fault, "private key file \"%s\" holds an RSA key of %d bits, "
	    "which is too %s", path, bits,
	    bits < RSA_BITS_MIN ? "short" : "long");
	return supported_hint(fault);
}

static int
judge_ec(const char *path, EVP_PKEY *key, struct fault *fault)
{
	char group[64] = "?";
	int is_explicit = 0;

	EVP_PKEY_get_int_param(key,
	    OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit);
	if (is_explicit) {
		fault_set(fault, "private key file \"%s\" describes its curve "
		    "by explicit parameters, which is not supported", path);
		return fault_hint(fault, "Run: openssl ec -param_enc "
		    "named_curve -in %s -out NEWFILE, with -aes256 to encrypt "
		    "it.", path);
	}
	if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) &&
	    curve_of(group) != NULL)
		return 0;
	fault_set(fault, "private key file \"%s\" holds an EC key on curve %s, "
	    "which is not supported", path, group);
	return supported_hint(fault);
}

/* A key whose halves do not fit would sign what no client accepts. */
static int
judge_pair(const char *path, EVP_PKEY *key, struct fault *fault)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	int fits = ctx != NULL && EVP_PKEY_pairwise_check(ctx) == 1;
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	EVP_PKEY_CTX_free(ctx);
	if (!fits) {
		fault_set(fault, "check of private key failed: %s",
		    reason != NULL ? reason : "its halves do not fit");
		fault_detail(fault, "It is in private key file \"%s\".", path);
	}
	ERR_clear_error();
	return fits ? 0 : -1;
}

int
identity_judge(const char *path, EVP_PKEY *key, struct fault *fault)
{
	const char *name = EVP_PKEY_get0_type_name(key);

	for (size_t i = 0; i < ALGORITHMS; i++) {
		const struct algorithm *a = &algorithms[i];

		if (!EVP_PKEY_is_a(key, a->name))
			continue;
		if (a->judge != NULL && a->judge(path, key, fault) == -1)
			return -1;
		return judge_pair(path, key, fault);
	}
	fault_set(fault, "private key file \"%s\" holds a key of type %s, "
	    "which is not supported", path, name != NULL ? name : "unknown");
	return supported_hint(fault);
}

static void
format_kind(EVP_PKEY *key, char *out, size_t out_size)
{
	const char *name = EVP_PKEY_get0_type_name(key);
	char group[64];

	if (EVP_PKEY_is_a(key, "EC") &&
	    EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) &&
	    curve_of(group) != NULL)
		snprintf(out, out_size, "EC %s", curve_of(group)->name);
	else if (EVP_PKEY_is_a(key, "ED25519"))
		snprintf(out, out_size, "Ed25519");
	else
		snprintf(out, out_size, "%s %d", name != NULL ? name : "?",
		    EVP_PKEY_get_bits(key));
}

static int
library_fault(const char *what, struct fault *fault)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	fault_set(fault, "could not encode the %s: %s", what,
	    reason != NULL ? reason : "it is too large");
	ERR_clear_error();
	return -1;
}

static int
export_private(EVP_PKEY *key, const struct secret *secret,
    struct handoff_key *out, struct fault *fault)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	unsigned char *p = secret->map;
	int len = info != NULL ? i2d_PKCS8_PRIV_KEY_INFO(info, NULL) : -1;

	if (len > 0 && (size_t)len <= secret->size &&
	    len <= HANDOFF_SECRET_SIZE)
		i2d_PKCS8_PRIV_KEY_INFO(info, &p);
	else
		len = -1;
	PKCS8_PRIV_KEY_INFO_free(info);
	if (len == -1)
		return library_fault("private key", fault);
	out->key_len = (uint32_t)len;
	return 0;
}

static int
export_public(EVP_PKEY *key, struct keywire_key *out, struct fault *fault)
{
	unsigned char *p = out->spki;
	int len = i2d_PUBKEY(key, NULL);

	if (len <= 0 || len > KEYWIRE_SPKI_MAX)
		return library_fault("public key", fault);
	i2d_PUBKEY(key, &p);
	out->spki_len = (uint16_t)len;
	if (!EVP_Digest(out->spki, (size_t)len, out->id, NULL, EVP_sha256(),
	    NULL))
		return library_fault("key's id", fault);
	return 0;
}

int
identity_export(EVP_PKEY *key, const struct secret *secret,
    struct handoff_key *out, struct fault *fault)
{
	/* Certificates have the point uncompressed: so must the SPKI. */
	if (EVP_PKEY_is_a(key, "EC"))
		EVP_PKEY_set_utf8_string_param(key,
		    OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed");
	memset(out, 0, sizeof(*out));
	format_kind(key, out->kind, sizeof(out->kind));
	if (export_public(key, &out->identity, fault) == -1)
		return -1;
	return export_private(key, secret, out, fault);
}
