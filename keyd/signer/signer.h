/* SPDX-License-Identifier: ISC */
/*
 * signer: the private keys and what is done with them: nothing but signatures
 * of what the policy has ordered. Its .c is the one file that touches them.
 * Runs in: keyd-signer.
 */
#ifndef KEYD_SIGNER_SIGNER_H
#define KEYD_SIGNER_SIGNER_H

#include <stdbool.h>

#include "common/wire/keywire.h"
#include "keyd/handoff.h"
#include "keyd/signer/policy.h"

struct fault;
struct secret;

/* The keys, for all threads; not changed once threads sign. */
struct signer;

/* One thread's contexts, made once, so that a signature fetches nothing. */
struct signer_bench;

/* Starts OpenSSL without its configuration file. has_tls13 as in struct
 * policy_keys. NULL with the fault. */
struct signer *signer_new(bool has_tls13, struct fault *fault);
void signer_free(struct signer *signer);

/*
 * Adds the key that the secret holds (key->key_len bytes of PKCS#8 DER), if it
 * is of a kind that TLS and we know and is the one that was recorded. The
 * secret is then mapped no more, in every case; its bytes stay behind the
 * descriptor, for the signer that follows this one. Returns 0 or -1 with the
 * fault.
 */
int signer_add_key(struct signer *signer, struct secret *secret,
    const struct handoff_key *key, struct fault *fault);

const struct policy_keys *signer_policy_keys(const struct signer *signer);
const struct keywire_keys *signer_identities(const struct signer *signer);

/* One for each thread, after the last key. NULL with the fault. */
struct signer_bench *signer_bench_new(const struct signer *signer,
    struct fault *fault);
void signer_bench_free(struct signer_bench *bench);

/* Signs with every key and every scheme it may use, and verifies with the
 * public key. Returns 0 or -1 with the fault. */
int signer_try(struct signer_bench *bench, struct fault *fault);

/* Signs the order. Returns 0 with *out, or -1 with the fault. */
int signer_sign(struct signer_bench *bench, const struct policy_order *order,
    struct keywire_signed *out, struct fault *fault);

#endif
