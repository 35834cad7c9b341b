/* SPDX-License-Identifier: ISC */
/*
 * remote_key: an EVP_PKEY whose private half is in keyd. It has the public key
 * and the key id; its signatures of TLS server handshakes go through a link,
 * every other private operation fails.
 * Runs in: listener-worker, any program that loads the provider.
 */
#ifndef COMMON_PROVIDER_REMOTE_KEY_H
#define COMMON_PROVIDER_REMOTE_KEY_H

#include <openssl/evp.h>

#include <stddef.h>

struct key_link;

/* A private OSSL_LIB_CTX that holds our provider and nothing else. */
struct remote_key_store;

struct remote_key_store *remote_key_store_new(void);	/* NULL: error queue */
void remote_key_store_free(struct remote_key_store *store);

/*
 * Makes the key of that SubjectPublicKeyInfo (DER). RSA of 2048 to 8192 bits,
 * RSA-PSS, EC on P-256 or P-384, Ed25519; NULL for any other, or bad DER, with
 * the reason in OpenSSL's error queue. store and link must outlive it. To be
 * given to SSL_CTX_use_cert_and_key() of an SSL_CTX of any library context.
 * Free with EVP_PKEY_free().
 */
EVP_PKEY *remote_key_new(struct remote_key_store *store, struct key_link *link,
    const unsigned char *spki, size_t spki_len);

#endif
