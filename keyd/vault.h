/* SPDX-License-Identifier: ISC */
/*
 * vault: the memory that holds a key, and what is in it; and the ring of those
 * that are served. This process has their descriptors, never their bytes.
 * Runs in: postern-keyd.
 */
#ifndef KEYD_VAULT_H
#define KEYD_VAULT_H

#include <stddef.h>

#include "common/secret.h"
#include "keyd/handoff.h"

struct fault;
struct settings;

#define VAULT_ID_TEXT 17	/* 8 bytes in hexadecimal, and the NUL */

struct vault {
	struct secret secret;
	struct handoff_key key;		/* what is in the secret */
};
#define VAULT_EMPTY { .secret = SECRET_EMPTY }

/* Makes the memory, without a key in it. Returns 0 or -1 with the fault. */
int vault_open(const struct settings *settings, struct vault *out,
    struct fault *fault);

/* What keyd-unlock is to be told. */
void vault_format_request(const struct settings *settings,
    struct handoff_unlock *out);

/*
 * Makes the memory and lets the unlock program fill it on the foreground's
 * terminal; signals as in unlocking_await(). Returns 0 or -1 with the fault.
 */
int vault_unlock(const struct settings *settings, int signals,
    struct vault *out, struct fault *fault);

/* Wipes; accepts an empty one. */
void vault_close(struct vault *vault);

/* The key's id, cut, for the log. */
void vault_format_id(const struct vault *vault, char out[VAULT_ID_TEXT]);

/* What a signer is to serve; the vaults are the caller's. */
struct vault_keys {
	size_t len;
	const struct vault *vault[KEYWIRE_KEYS_MAX];
};

/* The newest is the first. Empty: zeroes. */
struct vault_ring {
	size_t len;
	struct vault vault[KEYWIRE_KEYS_MAX];
};

/* The place of the key of that id, or ring->len. */
size_t vault_ring_find(const struct vault_ring *ring,
    const unsigned char id[KEYWIRE_KEY_ID_LEN]);

/* Makes it the first; takes it over and leaves an empty one. There is room. */
void vault_ring_add(struct vault_ring *ring, struct vault *vault);

/* The one at that place becomes the first. */
void vault_ring_prefer(struct vault_ring *ring, size_t at);

/* Wipe the first, or all but the first. */
void vault_ring_remove_first(struct vault_ring *ring);
void vault_ring_keep_first(struct vault_ring *ring);

/* All of it, from that place on, as keys behind those that are there. */
void vault_ring_list(const struct vault_ring *ring, size_t from,
    struct vault_keys *out);

#endif
