/* SPDX-License-Identifier: ISC */
/*
 * signature: signs TLS server handshakes by a remote key, and nothing else. It
 * has the one-shot EVP_DigestSign() alone, because only there libssl shows all
 * that is to be signed; there is no way to have a digest signed.
 * Runs in: listener-worker, any program that loads the provider.
 */
#include "common/provider/signature.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/provider/key_link.h"
#include "common/provider/keymgmt.h"
#include "common/provider/provider.h"
#include "common/provider/tbs.h"

/* message and sig lie here and not on the stack: a job's has 32 KiB. */
struct signature {
	const struct provider *provider;
	const struct keymgmt_key *key;	/* the EVP_PKEY_CTX keeps it */
	const struct digest *digest;	/* NULL: Ed25519 has none */
	int padding;			/* RSA_PKCS1_*, or 0 */
	struct keywire_message message;
	struct keywire_signed sig;
};

/* OpenSSL says both names. The order is that of struct scheme_row. */
static const struct digest {
	const char *name;
	const char *other_name;
	int len;			/* bytes */
} digests[] = {
	{ "SHA256", "SHA2-256", 32 },
	{ "SHA384", "SHA2-384", 48 },
	{ "SHA512", "SHA2-512", 64 }
};

#define DIGESTS (sizeof(digests) / sizeof(digests[0]))

/* RFC 8446 4.2.3, by digest. An ECDSA scheme names a curve, which TLS 1.2 does
 * not look at; whether the two fit in TLS 1.3 is for tls_scheme to say. */
static const struct scheme_row {
	enum tls_key_kind kind;
	int padding;
	enum tls_scheme scheme[DIGESTS];
} scheme_rows[] = {
	{ TLS_KEY_RSA, RSA_PKCS1_PADDING, { TLS_RSA_PKCS1_SHA256,
	    TLS_RSA_PKCS1_SHA384, TLS_RSA_PKCS1_SHA512 } },
	{ TLS_KEY_RSA, RSA_PKCS1_PSS_PADDING, { TLS_RSA_PSS_RSAE_SHA256,
	    TLS_RSA_PSS_RSAE_SHA384, TLS_RSA_PSS_RSAE_SHA512 } },
	{ TLS_KEY_RSA_PSS, RSA_PKCS1_PSS_PADDING, { TLS_RSA_PSS_PSS_SHA256,
	    TLS_RSA_PSS_PSS_SHA384, TLS_RSA_PSS_PSS_SHA512 } },
	{ TLS_KEY_P256, 0, { TLS_ECDSA_SECP256R1_SHA256,
	    TLS_ECDSA_SECP384R1_SHA384, TLS_ECDSA_SECP521R1_SHA512 } },
	{ TLS_KEY_P384, 0, { TLS_ECDSA_SECP256R1_SHA256,
	    TLS_ECDSA_SECP384R1_SHA384, TLS_ECDSA_SECP521R1_SHA512 } }
};

static const OSSL_PARAM settable_params[] = {
	OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
	OSSL_PARAM_int(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL),
	OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
	OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, NULL, 0),
	OSSL_PARAM_END
};

/* What a failed request is called on OpenSSL's error queue. */
static const enum provider_reason link_reasons[] = {
	[KEY_LINK_REFUSED] = PROVIDER_REFUSED,
	[KEY_LINK_TIMEOUT] = PROVIDER_TIMEOUT,
	[KEY_LINK_LOST] = PROVIDER_LOST,
	[KEY_LINK_FULL] = PROVIDER_FULL,
	[KEY_LINK_CANCELLED] = PROVIDER_CANCELLED
};

static const struct digest *
find_digest(const char *name)
{
	size_t i;

	for (i = 0; i < DIGESTS; i++) {
		if (strcasecmp(name, digests[i].name) == 0 ||
		    strcasecmp(name, digests[i].other_name) == 0)
			return &digests[i];
	}
	return NULL;
}

static void *
signature_new(void *provctx, const char *propq)
{
	struct signature *signature;

	(void)propq;
	if ((signature = calloc(1, sizeof(*signature))) == NULL) {
		(void)provider_raise(provctx, PROVIDER_NO_MEMORY, "%s", "");
		return NULL;
	}
	signature->provider = provctx;
	return signature;
}

static void
signature_free(void *ctx)
{
	free(ctx);
}

/* The padding as a number, or as a name. */
static int
set_padding(struct signature *signature, const OSSL_PARAM *p)
{
	const char *name = NULL;
	int padding = 0;

	if (p->data_type != OSSL_PARAM_UTF8_STRING) {
		if (!OSSL_PARAM_get_int(p, &padding))
			return 0;
	} else if (OSSL_PARAM_get_utf8_string_ptr(p, &name)) {
		if (strcmp(name, OSSL_PKEY_RSA_PAD_MODE_PSS) == 0)
			padding = RSA_PKCS1_PSS_PADDING;
		else if (strcmp(name, OSSL_PKEY_RSA_PAD_MODE_PKCSV15) == 0)
			padding = RSA_PKCS1_PADDING;
	}
	if (padding != RSA_PKCS1_PSS_PADDING && padding != RSA_PKCS1_PADDING)
		return provider_raise(signature->provider,
		    PROVIDER_UNSUPPORTED_SCHEME, "padding %d", padding);
	signature->padding = padding;
	return 1;
}

/* TLS has one salt length, that of the digest. */
static int
check_salt_len(const struct signature *signature, const OSSL_PARAM *p)
{
	const char *name = NULL;
	int len = 0;

	if (p->data_type == OSSL_PARAM_UTF8_STRING) {
		if (OSSL_PARAM_get_utf8_string_ptr(p, &name) &&
		    strcmp(name, OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST) == 0)
			return 1;
		len = name == NULL ? 0 : atoi(name);
	} else if (!OSSL_PARAM_get_int(p, &len))
		return 0;
	if (len == RSA_PSS_SALTLEN_DIGEST ||
	    (signature->digest != NULL && len == signature->digest->len))
		return 1;
	return provider_raise(signature->provider, PROVIDER_UNSUPPORTED_SCHEME,
	    "salt length %d", len);
}

/* The digest was fixed by init; it may be said again, not changed. */
static int
check_digest(const struct signature *signature, const OSSL_PARAM *p)
{
	const char *name = "";

	if (OSSL_PARAM_get_utf8_string_ptr(p, &name) &&
	    signature->digest != NULL &&
	    find_digest(name) == signature->digest)
		return 1;
	return provider_raise(signature->provider, PROVIDER_UNSUPPORTED_SCHEME,
	    "digest %s", name);
}

static int
set_params(void *ctx, const OSSL_PARAM params[])
{
	struct signature *signature = ctx;
	const OSSL_PARAM *p;

	if (params == NULL)
		return 1;
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_DIGEST);
	if (p != NULL && !check_digest(signature, p))
		return 0;
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_MGF1_DIGEST);
	if (p != NULL && !check_digest(signature, p))
		return 0;
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE);
	if (p != NULL && !set_padding(signature, p))
		return 0;
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
	return p == NULL || check_salt_len(signature, p);
}

static const OSSL_PARAM *
list_params(void *ctx, void *provctx)
{
	(void)ctx;
	(void)provctx;
	return settable_params;
}

static int
default_padding(enum tls_key_kind kind)
{
	switch (kind) {
	case TLS_KEY_RSA:
		return RSA_PKCS1_PADDING;
	case TLS_KEY_RSA_PSS:
		return RSA_PKCS1_PSS_PADDING;
	default:
		return 0;
	}
}

static int
sign_init(void *ctx, const char *digest_name, void *keydata,
    const OSSL_PARAM params[])
{
	struct signature *signature = ctx;
	const struct keymgmt_key *key = keydata;

	if (key != NULL)
		signature->key = key;
	if (signature->key == NULL || signature->key->public == NULL)
		return 0;
	signature->padding = default_padding(signature->key->kind->kind);
	signature->digest = NULL;
	if (digest_name != NULL && digest_name[0] != '\0' &&
	    (signature->digest = find_digest(digest_name)) == NULL)
		return provider_raise(signature->provider,
		    PROVIDER_UNSUPPORTED_SCHEME, "digest %s", digest_name);
	return set_params(signature, params);
}

/* 0 if TLS has no such scheme. */
static unsigned int
find_scheme(const struct signature *signature)
{
	enum tls_key_kind kind = signature->key->kind->kind;
	size_t i;

	if (kind == TLS_KEY_ED25519)
		return signature->digest == NULL ? TLS_ED25519 : 0;
	if (signature->digest == NULL)
		return 0;
	for (i = 0; i < sizeof(scheme_rows) / sizeof(scheme_rows[0]); i++) {
		if (scheme_rows[i].kind == kind &&
		    scheme_rows[i].padding == signature->padding)
			return scheme_rows[i].scheme[signature->digest -
			    digests];
	}
	return 0;
}

/* keyd judges the same; here it costs no way to keyd and back. */
static int
set_scheme(struct signature *signature)
{
	enum tls_key_kind kind = signature->key->kind->kind;
	struct keywire_message *message = &signature->message;
	unsigned int scheme = find_scheme(signature);
	bool may_sign;

	if (message->type == KEYWIRE_SIGN_TLS13) {
		may_sign = tls_scheme_may_sign_tls13(kind, scheme);
		message->body.tls13.scheme = (uint16_t)scheme;
	} else {
		may_sign = tls_scheme_may_sign_tls12(kind, scheme);
		message->body.tls12.scheme = (uint16_t)scheme;
	}
	if (may_sign)
		return 1;
	return provider_raise(signature->provider, PROVIDER_UNSUPPORTED_SCHEME,
	    "%s with %s, padding %d",
	    signature->key->type, signature->digest == NULL ? "no digest" :
	    signature->digest->name, signature->padding);
}

static int
set_request(struct signature *signature, const unsigned char *tbs,
    size_t tbs_len)
{
	struct keywire_message *message = &signature->message;

	if (tbs_read(tbs, tbs_len, message) != 0)
		return provider_raise(signature->provider, PROVIDER_NOT_TLS,
		    "%zu bytes", tbs_len);
	if (message->type == KEYWIRE_SIGN_TLS13)
		memcpy(message->body.tls13.key_id, signature->key->id,
		    KEYWIRE_KEY_ID_LEN);
	else
		memcpy(message->body.tls12.key_id, signature->key->id,
		    KEYWIRE_KEY_ID_LEN);
	return set_scheme(signature);
}

/* libssl calls twice: without out for the greatest length, then with it. */
static int
digest_sign(void *ctx, unsigned char *out, size_t *out_len, size_t out_size,
    const unsigned char *tbs, size_t tbs_len)
{
	struct signature *signature = ctx;
	struct keywire_signed *sig = &signature->sig;
	enum keywire_reason reason = KEYWIRE_INTERNAL;
	enum key_link_result result;

	if (signature->key == NULL)
		return 0;
	if (out == NULL) {
		*out_len = (size_t)EVP_PKEY_get_size(signature->key->public);
		return 1;
	}
	if (!set_request(signature, tbs, tbs_len))
		return 0;
	result = key_link_sign(signature->key->link, &signature->message, sig,
	    &reason);
	if (result != KEY_LINK_SIGNED)
		return provider_raise(signature->provider,
		    link_reasons[result], "%s", result == KEY_LINK_REFUSED ?
		    keywire_reason_name(reason) : "");
	if (sig->len > out_size)
		return provider_raise(signature->provider, PROVIDER_REFUSED,
		    "a signature of %u bytes", sig->len);
	memcpy(out, sig->signature, sig->len);
	*out_len = sig->len;
	return 1;
}

static const OSSL_DISPATCH functions[] = {
	{ OSSL_FUNC_SIGNATURE_NEWCTX, (void (*)(void))signature_new },
	{ OSSL_FUNC_SIGNATURE_FREECTX, (void (*)(void))signature_free },
	{ OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, (void (*)(void))sign_init },
	{ OSSL_FUNC_SIGNATURE_DIGEST_SIGN, (void (*)(void))digest_sign },
	{ OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, (void (*)(void))set_params },
	{ OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS,
	    (void (*)(void))list_params },
	{ 0, NULL }
};

const OSSL_ALGORITHM signature_algorithms[] = {
	{ "RSA:rsaEncryption:1.2.840.113549.1.1.1", "provider=postern",
	    functions, "remote RSA signature" },
	{ "ECDSA", "provider=postern", functions, "remote ECDSA signature" },
	{ "ED25519:1.3.101.112", "provider=postern", functions,
	    "remote Ed25519 signature" },
	{ NULL, NULL, NULL, NULL }
};
