/* SPDX-License-Identifier: ISC */
/*
 * provider: what OpenSSL asks a provider for: its name, its algorithms, the
 * words of its errors.
 * Runs in: listener-worker, any program that loads the provider.
 */
#include "common/provider/provider.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>

#include <stdarg.h>
#include <stdlib.h>

#include "common/provider/keymgmt.h"
#include "common/provider/signature.h"

/* The core's functions for errors: the library number of an error is this
 * instance's, and the core keeps it. */
struct provider {
	const OSSL_CORE_HANDLE *core;
	OSSL_FUNC_core_new_error_fn *new_error;
	OSSL_FUNC_core_vset_error_fn *vset_error;
};

#define TEXT(words) ((char []) { words })	/* OSSL_ITEM has no const */

static const OSSL_ITEM reasons[] = {
	{ PROVIDER_BAD_PUBLIC_KEY, TEXT("bad SubjectPublicKeyInfo") },
	{ PROVIDER_UNSUPPORTED_KEY, TEXT("unsupported key") },
	{ PROVIDER_NOT_TLS, TEXT("only TLS server handshakes are signed") },
	{ PROVIDER_UNSUPPORTED_SCHEME,
	    TEXT("unsupported signature scheme") },
	{ PROVIDER_REFUSED, TEXT("postern-keyd refused to sign") },
	{ PROVIDER_TIMEOUT, TEXT("postern-keyd did not answer in time") },
	{ PROVIDER_LOST, TEXT("connection to postern-keyd lost") },
	{ PROVIDER_FULL, TEXT("too many signatures are pending") },
	{ PROVIDER_CANCELLED, TEXT("signature cancelled") },
	{ PROVIDER_NO_MEMORY, TEXT("out of memory") },
	{ 0, NULL }
};

static const OSSL_PARAM gettable_params[] = {
	OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_NAME, NULL, 0),
	OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_VERSION, NULL, 0),
	OSSL_PARAM_int(OSSL_PROV_PARAM_STATUS, NULL),
	OSSL_PARAM_END
};

int
provider_raise(const struct provider *provider, enum provider_reason reason,
    const char *fmt, ...)
{
	va_list ap;

	if (provider->new_error == NULL || provider->vset_error == NULL)
		return 0;
	va_start(ap, fmt);
	provider->new_error(provider->core);
	provider->vset_error(provider->core, (uint32_t)reason, fmt, ap);
	va_end(ap);
	return 0;
}

static void
teardown(void *provctx)
{
	free(provctx);
}

static const OSSL_PARAM *
list_params(void *provctx)
{
	(void)provctx;
	return gettable_params;
}

static int
get_params(void *provctx, OSSL_PARAM params[])
{
	OSSL_PARAM *p;

	(void)provctx;
	p = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_NAME);
	if (p != NULL && !OSSL_PARAM_set_utf8_ptr(p, "Postern remote keys"))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_VERSION);
	if (p != NULL && !OSSL_PARAM_set_utf8_ptr(p, PACKAGE_VERSION))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_STATUS);
	return p == NULL || OSSL_PARAM_set_int(p, 1);
}

static const OSSL_ALGORITHM *
query_operation(void *provctx, int operation, int *no_cache)
{
	(void)provctx;
	*no_cache = 0;
	switch (operation) {
	case OSSL_OP_KEYMGMT:
		return keymgmt_algorithms;
	case OSSL_OP_SIGNATURE:
		return signature_algorithms;
	default:
		return NULL;
	}
}

static const OSSL_ITEM *
list_reasons(void *provctx)
{
	(void)provctx;
	return reasons;
}

static const OSSL_DISPATCH functions[] = {
	{ OSSL_FUNC_PROVIDER_TEARDOWN, (void (*)(void))teardown },
	{ OSSL_FUNC_PROVIDER_GETTABLE_PARAMS, (void (*)(void))list_params },
	{ OSSL_FUNC_PROVIDER_GET_PARAMS, (void (*)(void))get_params },
	{ OSSL_FUNC_PROVIDER_QUERY_OPERATION,
	    (void (*)(void))query_operation },
	{ OSSL_FUNC_PROVIDER_GET_REASON_STRINGS,
	    (void (*)(void))list_reasons },
	{ 0, NULL }
};

int
provider_init(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *in,
    const OSSL_DISPATCH **out, void **out_provctx)
{
	struct provider *provider;

	if ((provider = calloc(1, sizeof(*provider))) == NULL)
		return 0;
	provider->core = core;
	for (; in->function_id != 0; in++) {
		switch (in->function_id) {
		case OSSL_FUNC_CORE_NEW_ERROR:
			provider->new_error = OSSL_FUNC_core_new_error(in);
			break;
		case OSSL_FUNC_CORE_VSET_ERROR:
			provider->vset_error = OSSL_FUNC_core_vset_error(in);
			break;
		default:
			break;
		}
	}
	*out = functions;
	*out_provctx = provider;
	return 1;
}
