/* SPDX-License-Identifier: ISC */
/*
 * signature: signs TLS server handshakes by a remote key, and nothing else.
 * Runs in: listener-worker, any program that loads the provider.
 */
#ifndef COMMON_PROVIDER_SIGNATURE_H
#define COMMON_PROVIDER_SIGNATURE_H

#include <openssl/core.h>

extern const OSSL_ALGORITHM signature_algorithms[];

#endif
