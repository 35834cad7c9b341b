/* SPDX-License-Identifier: ISC */
/*
 * remote_key: an EVP_PKEY whose private half is in keyd. It is made by import
 * of our own parameters, so no decoder of private keys is linked.
 * Runs in: listener-worker, any program that loads the provider.
 */
#include "common/provider/remote_key.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include <stdlib.h>

#include "common/provider/keymgmt.h"
#include "common/provider/provider.h"

struct remote_key_store {
	OSSL_LIB_CTX *context;
	OSSL_PROVIDER *provider;
};

struct remote_key_store *
remote_key_store_new(void)
{
	struct remote_key_store *store;

	if ((store = calloc(1, sizeof(*store))) == NULL) {
		ERR_raise(ERR_LIB_PROV, ERR_R_MALLOC_FAILURE);
		return NULL;
	}
	if ((store->context = OSSL_LIB_CTX_new()) == NULL ||
	    !OSSL_PROVIDER_add_builtin(store->context, PROVIDER_NAME,
	    provider_init) ||
	    (store->provider = OSSL_PROVIDER_load(store->context,
	    PROVIDER_NAME)) == NULL) {
		remote_key_store_free(store);
		return NULL;
	}
	return store;
}

void
remote_key_store_free(struct remote_key_store *store)
{
	if (store == NULL)
		return;
	if (store->provider != NULL)
		(void)OSSL_PROVIDER_unload(store->provider);
	OSSL_LIB_CTX_free(store->context);
	free(store);
}

/* The name of the key's type, by which its keymgmt is fetched. */
static const char *
find_type(const unsigned char *spki, size_t spki_len)
{
	const struct keymgmt_kind *kind;
	EVP_PKEY *public;

	if ((public = keymgmt_read_spki(spki, spki_len)) == NULL) {
		ERR_raise_data(ERR_LIB_EVP, EVP_R_DECODE_ERROR,
		    "SubjectPublicKeyInfo of %zu bytes", spki_len);
		return NULL;
	}
	kind = keymgmt_find_kind(public);
	if (kind == NULL)
		ERR_raise_data(ERR_LIB_EVP, EVP_R_UNSUPPORTED_KEY_TYPE,
		    "%s key of %d bits", EVP_PKEY_get0_type_name(public),
		    EVP_PKEY_get_bits(public));
	EVP_PKEY_free(public);
	return kind == NULL ? NULL : kind->type;
}

EVP_PKEY *
remote_key_new(struct remote_key_store *store, struct key_link *link,
    const unsigned char *spki, size_t spki_len)
{
	void *pointer = link;
	OSSL_PARAM params[3];
	EVP_PKEY_CTX *context;
	EVP_PKEY *key = NULL;
	const char *type;

	if ((type = find_type(spki, spki_len)) == NULL ||
	    (context = EVP_PKEY_CTX_new_from_name(store->context, type,
	    NULL)) == NULL)
		return NULL;
	params[0] = (OSSL_PARAM) { KEYMGMT_PARAM_SPKI, OSSL_PARAM_OCTET_STRING,
		(void *)(uintptr_t)spki, spki_len, OSSL_PARAM_UNMODIFIED };
	params[1] = OSSL_PARAM_construct_octet_ptr(KEYMGMT_PARAM_LINK,
	    &pointer, sizeof(pointer));
	params[2] = OSSL_PARAM_construct_end();
	if (EVP_PKEY_fromdata_init(context) <= 0 ||
	    EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, params) <= 0)
		key = NULL;
	EVP_PKEY_CTX_free(context);
	return key;
}
