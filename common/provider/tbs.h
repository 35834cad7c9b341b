/* SPDX-License-Identifier: ISC */
/*
 * tbs: takes apart the bytes that libssl wants signed.
 * Pure: bytes in, struct out.
 * Runs in: listener-worker, any program that loads the provider.
 */
#ifndef COMMON_PROVIDER_TBS_H
#define COMMON_PROVIDER_TBS_H

#include <stddef.h>

struct keywire_message;

/*
 * Is this exactly the input of a TLS 1.3 server CertificateVerify (RFC 8446
 * 4.4.3) or of a TLS 1.2 ECDHE ServerKeyExchange (RFC 5246 7.4.3, RFC 8422
 * 5.4)? Fills type and body of a request but for key id and scheme; id is left
 * alone. Returns 0, or -1 for any other bytes, out then untouched.
 */
int tbs_read(const unsigned char *tbs, size_t tbs_len,
    struct keywire_message *out);

#endif
