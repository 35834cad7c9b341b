/* SPDX-License-Identifier: ISC */
/*
 * vault: the memory that holds a key, and what is in it; and the ring of those
 * that are served. This process has their descriptors, never their bytes.
 * Runs in: postern-keyd.
 */
#include "keyd/vault.h"

#include <stdio.h>
#include <string.h>

#include "common/fault.h"
#include "common/notify.h"
#include "keyd/settings.h"
#include "keyd/unlocking.h"

static const struct vault empty = VAULT_EMPTY;

int
vault_open(const struct settings *settings, struct vault *out,
    struct fault *fault)
{
	struct vault vault = VAULT_EMPTY;

	if (secret_open(settings->key_memory, HANDOFF_SECRET_SIZE,
	    &vault.secret, fault) == -1)
		return -1;
	*out = vault;
	return 0;
}

void
vault_format_request(const struct settings *settings,
    struct handoff_unlock *out)
{
	memset(out, 0, sizeof(*out));
	snprintf(out->key_file, sizeof(out->key_file), "%s",
	    settings->ssl_key_file);
	snprintf(out->passphrase_command, sizeof(out->passphrase_command),
	    "%s", settings->ssl_passphrase_command);
}

int
vault_unlock(const struct settings *settings, int signals,
    struct vault *out, struct fault *fault)
{
	struct vault vault;
	struct handoff_unlock request;
	struct unlocking unlocking;
	int rc;

	unlocking_init(&unlocking);
	vault_format_request(settings, &request);
	/* At start alone: later, nobody waits for the answer. */
	request.has_agents = notify_is_open();
	if (vault_open(settings, &vault, fault) == -1)
		return -1;
	rc = unlocking_start(&unlocking, &request, vault.secret.fd, fault);
	if (rc == 0)
		rc = unlocking_await(&unlocking, signals, &vault.key, fault);
	unlocking_stop(&unlocking);
	if (rc == 0)
		*out = vault;
	else
		vault_close(&vault);
	return rc;
}

void
vault_close(struct vault *vault)
{
	secret_wipe(&vault->secret);
}

void
vault_format_id(const struct vault *vault, char out[VAULT_ID_TEXT])
{
	for (size_t i = 0; i < VAULT_ID_TEXT / 2; i++)
		snprintf(out + 2 * i, 3, "%02x", vault->key.identity.id[i]);
}

size_t
vault_ring_find(const struct vault_ring *ring,
    const unsigned char id[KEYWIRE_KEY_ID_LEN])
{
	size_t i;

	for (i = 0; i < ring->len; i++)
		if (memcmp(ring->vault[i].key.identity.id, id,
		    KEYWIRE_KEY_ID_LEN) == 0)
			break;
	return i;
}

void
vault_ring_add(struct vault_ring *ring, struct vault *vault)
{
	memmove(&ring->vault[1], &ring->vault[0],
	    ring->len * sizeof(ring->vault[0]));
	ring->vault[0] = *vault;
	ring->len++;
	*vault = empty;
}

void
vault_ring_prefer(struct vault_ring *ring, size_t at)
{
	struct vault vault = ring->vault[at];

	memmove(&ring->vault[1], &ring->vault[0],
	    at * sizeof(ring->vault[0]));
	ring->vault[0] = vault;
}

void
vault_ring_remove_first(struct vault_ring *ring)
{
	if (ring->len == 0)
		return;
	vault_close(&ring->vault[0]);
	ring->len--;
	memmove(&ring->vault[0], &ring->vault[1],
	    ring->len * sizeof(ring->vault[0]));
}

void
vault_ring_keep_first(struct vault_ring *ring)
{
	while (ring->len > 1)
		vault_close(&ring->vault[--ring->len]);
}

void
vault_ring_list(const struct vault_ring *ring, size_t from,
    struct vault_keys *out)
{
	size_t i;

	for (i = from; i < ring->len && out->len < KEYWIRE_KEYS_MAX; i++)
		out->vault[out->len++] = &ring->vault[i];
}
