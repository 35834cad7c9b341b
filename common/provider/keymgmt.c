/* SPDX-License-Identifier: ISC */
/*
 * keymgmt: the key object that OpenSSL holds for us: a public key of the
 * default provider, the key id, and the link that signs. It says that it has a
 * private key, and shows only the public one.
 * Runs in: listener-worker, any program that loads the provider.
 */
#include "common/provider/keymgmt.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/x509.h>

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/provider/provider.h"

static const struct keymgmt_kind kinds[] = {
	{ TLS_KEY_RSA, "RSA", NULL, 2048, 8192 },
	{ TLS_KEY_RSA_PSS, "RSA-PSS", NULL, 2048, 8192 },
	{ TLS_KEY_P256, "EC", "prime256v1", 0, 0 },
	{ TLS_KEY_P384, "EC", "secp384r1", 0, 0 },
	{ TLS_KEY_ED25519, "ED25519", NULL, 0, 0 }
};

/* What libssl asks a key for, and what is in its public half. */
static const OSSL_PARAM gettable_params[] = {
	OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
	OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
	OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
	OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
	OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
	OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MANDATORY_DIGEST, NULL, 0),
	OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
	OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
	OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
	OSSL_PARAM_END
};

static const OSSL_PARAM import_params[] = {
	OSSL_PARAM_octet_string(KEYMGMT_PARAM_SPKI, NULL, 0),
	OSSL_PARAM_octet_ptr(KEYMGMT_PARAM_LINK, NULL, 0),
	OSSL_PARAM_END
};

static const OSSL_PARAM export_params[] = {
	OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
	OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
	OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
	OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
	OSSL_PARAM_END
};

static bool
is_of_kind(const EVP_PKEY *public, const struct keymgmt_kind *kind)
{
	char group[32];
	int bits = EVP_PKEY_get_bits(public);

	if (!EVP_PKEY_is_a(public, kind->type))
		return false;
	if (kind->bits_max != 0)
		return bits >= kind->bits_min && bits <= kind->bits_max;
	if (kind->group == NULL)
		return true;
	return EVP_PKEY_get_group_name(public, group, sizeof(group), NULL) &&
	    strcmp(group, kind->group) == 0;
}

const struct keymgmt_kind *
keymgmt_find_kind(const EVP_PKEY *public)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (is_of_kind(public, &kinds[i]))
			return &kinds[i];
	}
	return NULL;
}

EVP_PKEY *
keymgmt_read_spki(const unsigned char *der, size_t der_len)
{
	const unsigned char *at = der;
	EVP_PKEY *public;

	if (der_len > LONG_MAX)
		return NULL;
	public = d2i_PUBKEY(NULL, &at, (long)der_len);
	if (public != NULL && at != der + der_len) {
		EVP_PKEY_free(public);
		return NULL;
	}
	return public;
}

static struct keymgmt_key *
key_new(const struct provider *provider, const char *type)
{
	struct keymgmt_key *key;

	if ((key = calloc(1, sizeof(*key))) == NULL) {
		(void)provider_raise(provider, PROVIDER_NO_MEMORY, "%s", "");
		return NULL;
	}
	key->provider = provider;
	key->type = type;
	return key;
}

static void *
new_rsa(void *provctx)
{
	return key_new(provctx, "RSA");
}

static void *
new_rsa_pss(void *provctx)
{
	return key_new(provctx, "RSA-PSS");
}

static void *
new_ec(void *provctx)
{
	return key_new(provctx, "EC");
}

static void *
new_ed25519(void *provctx)
{
	return key_new(provctx, "ED25519");
}

static void
key_free(void *keydata)
{
	struct keymgmt_key *key = keydata;

	if (key == NULL)
		return;
	EVP_PKEY_free(key->public);
	free(key);
}

/* Takes public over, whatever comes. */
static int
fill(struct keymgmt_key *key, EVP_PKEY *public, const void *spki,
    size_t spki_len)
{
	const struct keymgmt_kind *kind = keymgmt_find_kind(public);

	if (kind == NULL || strcmp(kind->type, key->type) != 0) {
		EVP_PKEY_free(public);
		return provider_raise(key->provider, PROVIDER_UNSUPPORTED_KEY,
		    "a remote %s key", key->type);
	}
	if (!EVP_Digest(spki, spki_len, key->id, NULL, EVP_sha256(), NULL)) {
		EVP_PKEY_free(public);
		return 0;
	}
	EVP_PKEY_free(key->public);
	key->public = public;
	key->kind = kind;
	return 1;
}

/* OpenSSL also tries this with other providers' keys, when it compares them
 * with ours: not ours, and nothing to be said about it. */
static int
key_import(void *keydata, int selection, const OSSL_PARAM params[])
{
	struct keymgmt_key *key = keydata;
	const OSSL_PARAM *spki, *link;
	const void *bytes, *pointer;
	EVP_PKEY *public;
	size_t len;

	(void)selection;
	spki = OSSL_PARAM_locate_const(params, KEYMGMT_PARAM_SPKI);
	link = OSSL_PARAM_locate_const(params, KEYMGMT_PARAM_LINK);
	if (spki == NULL || link == NULL ||
	    !OSSL_PARAM_get_octet_string_ptr(spki, &bytes, &len) ||
	    !OSSL_PARAM_get_octet_ptr(link, &pointer, NULL) || pointer == NULL)
		return 0;
	if ((public = keymgmt_read_spki(bytes, len)) == NULL)
		return provider_raise(key->provider, PROVIDER_BAD_PUBLIC_KEY,
		    "%zu bytes", len);
	memcpy(&key->link, &pointer, sizeof(key->link));
	return fill(key, public, bytes, len);
}

static const OSSL_PARAM *
list_import_params(int selection)
{
	(void)selection;
	return import_params;
}

/* Yes to everything, the private key too: libssl asks before it signs. */
static int
key_has(const void *keydata, int selection)
{
	const struct keymgmt_key *key = keydata;

	(void)selection;
	return key != NULL && key->public != NULL;
}

/* Two keys with the same public half have the same private one. */
static int
key_match(const void *keydata1, const void *keydata2, int selection)
{
	const struct keymgmt_key *key1 = keydata1, *key2 = keydata2;

	if (key1->public == NULL || key2->public == NULL)
		return 0;
	if ((selection & OSSL_KEYMGMT_SELECT_KEYPAIR) != 0)
		return EVP_PKEY_eq(key1->public, key2->public) == 1;
	return EVP_PKEY_parameters_eq(key1->public, key2->public) == 1;
}

static int
key_get_params(void *keydata, OSSL_PARAM params[])
{
	const struct keymgmt_key *key = keydata;

	return key->public != NULL && EVP_PKEY_get_params(key->public, params);
}

static const OSSL_PARAM *
list_params(void *provctx)
{
	(void)provctx;
	return gettable_params;
}

/* A refusal makes OpenSSL sign here and nowhere else: it cannot move the key
 * to another provider. */
static int
key_export(void *keydata, int selection, OSSL_CALLBACK *callback, void *arg)
{
	const struct keymgmt_key *key = keydata;

	if (key->public == NULL ||
	    (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0)
		return 0;
	return EVP_PKEY_export(key->public, selection, callback, arg);
}

static const OSSL_PARAM *
list_export_params(int selection)
{
	if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0)
		return NULL;
	return export_params;
}

static const char *
name_rsa_operation(int operation)
{
	return operation == OSSL_OP_SIGNATURE ? "RSA" : NULL;
}

static const char *
name_ec_operation(int operation)
{
	return operation == OSSL_OP_SIGNATURE ? "ECDSA" : NULL;
}

static const char *
name_ed25519_operation(int operation)
{
	return operation == OSSL_OP_SIGNATURE ? "ED25519" : NULL;
}

#define FUNCTIONS(new_key, name_operation) {				\
	{ OSSL_FUNC_KEYMGMT_NEW, (void (*)(void))(new_key) },		\
	{ OSSL_FUNC_KEYMGMT_FREE, (void (*)(void))key_free },		\
	{ OSSL_FUNC_KEYMGMT_IMPORT, (void (*)(void))key_import },	\
	{ OSSL_FUNC_KEYMGMT_IMPORT_TYPES,				\
	    (void (*)(void))list_import_params },			\
	{ OSSL_FUNC_KEYMGMT_HAS, (void (*)(void))key_has },		\
	{ OSSL_FUNC_KEYMGMT_MATCH, (void (*)(void))key_match },		\
	{ OSSL_FUNC_KEYMGMT_GET_PARAMS, (void (*)(void))key_get_params },\
	{ OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS,				\
	    (void (*)(void))list_params },				\
	{ OSSL_FUNC_KEYMGMT_EXPORT, (void (*)(void))key_export },	\
	{ OSSL_FUNC_KEYMGMT_EXPORT_TYPES,				\
	    (void (*)(void))list_export_params },			\
	{ OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME,			\
	    (void (*)(void))(name_operation) },				\
	{ 0, NULL } }

static const OSSL_DISPATCH rsa[] = FUNCTIONS(new_rsa, name_rsa_operation);
static const OSSL_DISPATCH rsa_pss[] =
    FUNCTIONS(new_rsa_pss, name_rsa_operation);
static const OSSL_DISPATCH ec[] = FUNCTIONS(new_ec, name_ec_operation);
static const OSSL_DISPATCH ed25519[] =
    FUNCTIONS(new_ed25519, name_ed25519_operation);

/* The names of the default provider: it is by them that OpenSSL sees that a
 * certificate's key and ours are of one type. */
const OSSL_ALGORITHM keymgmt_algorithms[] = {
	{ "RSA:rsaEncryption:1.2.840.113549.1.1.1", "provider=postern", rsa,
	    "remote RSA key" },
	{ "RSA-PSS:RSASSA-PSS:1.2.840.113549.1.1.10", "provider=postern",
	    rsa_pss, "remote RSA-PSS key" },
	{ "EC:id-ecPublicKey:1.2.840.10045.2.1", "provider=postern", ec,
	    "remote EC key" },
	{ "ED25519:1.3.101.112", "provider=postern", ed25519,
	    "remote Ed25519 key" },
	{ NULL, NULL, NULL, NULL }
};
