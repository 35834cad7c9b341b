/* SPDX-License-Identifier: ISC */
/*
 * provider: what OpenSSL asks a provider for: its name, its algorithms, the
 * words of its errors.
 * Runs in: listener-worker, any program that loads the provider.
 */
#ifndef COMMON_PROVIDER_PROVIDER_H
#define COMMON_PROVIDER_PROVIDER_H

#include <openssl/core.h>

#define PROVIDER_NAME "postern"

/* One instance: what newctx functions get as provctx. */
struct provider;

/* What goes wrong here; ERR_reason_error_string() has the words, the error's
 * data (ERR_get_error_all) has the evidence. */
enum provider_reason {
	PROVIDER_BAD_PUBLIC_KEY = 1,
	PROVIDER_UNSUPPORTED_KEY,
	PROVIDER_NOT_TLS,	/* to be signed: no TLS server handshake */
	PROVIDER_UNSUPPORTED_SCHEME,
	PROVIDER_REFUSED,	/* these five: see enum key_link_result */
	PROVIDER_TIMEOUT,
	PROVIDER_LOST,
	PROVIDER_FULL,
	PROVIDER_CANCELLED,
	PROVIDER_NO_MEMORY
};

/* OSSL_provider_init's shape; for OSSL_PROVIDER_add_builtin(). */
int provider_init(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *in,
    const OSSL_DISPATCH **out, void **out_provctx);

/* Puts an error on this thread's queue (printf's format; "" for no data).
 * Always returns 0, OpenSSL's word for failure. */
int provider_raise(const struct provider *provider,
    enum provider_reason reason, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
