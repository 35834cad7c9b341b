/* SPDX-License-Identifier: ISC */
/*
 * presence: what the worker's roster says of its clients.
 * Runs in: listener-worker.
 */
#include "listener/worker/presence.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/fault.h"
#include "listener/roster.h"
#include "listener/worker/certificate.h"
#include "listener/worker/client.h"
#include "listener/worker/worker.h"

int
presence_open(struct presence *presence, int fd, struct fault *fault)
{
	size_t slots;
	uint32_t i;

	presence->roster = roster_map_own(fd, &slots, fault);
	if (presence->roster == NULL)
		return -1;
	presence->slots_len = (uint32_t)slots;
	presence->next_free = malloc((slots + 1) * sizeof(uint32_t));
	if (presence->next_free == NULL)
		return fault_set(fault, "out of memory");
	/* In their order: the exporter looks no further than the last that
	 * was ever taken. */
	for (i = 0; i < presence->slots_len; i++)
		presence->next_free[i] = i + 1;
	return 0;
}

static struct roster_slot *
take_slot(struct presence *presence)
{
	uint32_t number = presence->first_free;
	_Atomic uint32_t *used = &presence->roster->slots_used;

	if (number == presence->slots_len)
		return NULL;
	presence->first_free = presence->next_free[number];
	if (number >= atomic_load_explicit(used, memory_order_relaxed))
		atomic_store_explicit(used, number + 1, memory_order_release);
	return &presence->roster->slots[number];
}

static void
give_back(struct presence *presence, struct roster_slot *slot)
{
	uint32_t number = (uint32_t)(slot - presence->roster->slots);

	presence->next_free[number] = presence->first_free;
	presence->first_free = number;
}

static void
copy_text(char *out, size_t size, const char *text)
{
	size_t len = strnlen(text, size - 1);

	memcpy(out, text, len);
	out[len] = '\0';
}

/* The texts' first bytes suffice: who reads stops at their NUL. */
static void
clear(struct roster_client *client)
{
	client->backend_pid = 0;
	client->bits = 0;
	client->user[0] = client->database[0] = '\0';
	client->application_name[0] = '\0';
	client->version[0] = client->cipher[0] = '\0';
	client->client_dn[0] = client->client_serial[0] = '\0';
	client->issuer_dn[0] = '\0';
}

static void
settle(struct client *client)
{
	struct roster_slot *slot = take_slot(&client->worker->presence);

	if (slot == NULL)
		return;
	client->slot = slot;
	atomic_store_explicit(&slot->bytes_in, 0, memory_order_relaxed);
	atomic_store_explicit(&slot->bytes_out, 0, memory_order_relaxed);
	roster_begin(slot);
	clear(&slot->client);
	slot->is_taken = 1;
	slot->client.since_us = clock_wall_us();
	slot->client.state = client->state;
	slot->client.port = client->port;
	copy_text(slot->client.address, sizeof(slot->client.address),
	    client->host);
	roster_end(slot);
}

static void
count_state(struct client *client, enum client_state state, uint32_t change)
{
	_Atomic uint32_t *states =
	    client->worker->presence.roster->counters.states;

	atomic_store_explicit(&states[state], atomic_load_explicit(
	    &states[state], memory_order_relaxed) + change,
	    memory_order_relaxed);
}

void
presence_begin(struct client *client)
{
	struct presence *presence = &client->worker->presence;

	roster_counters_add(&presence->roster->counters.accepted, 1);
	count_state(client, client->state, 1);
	if (presence->waiting >= ROSTER_WAITING_MAX)
		return;
	settle(client);
	if (client->slot != NULL)
		presence->waiting++;
}

void
presence_enter(struct client *client, enum client_state next)
{
	struct roster_slot *slot = client->slot;

	count_state(client, client->state, (uint32_t)-1);
	if (next == CLIENT_CLOSED)
		return;
	count_state(client, next, 1);
	if (slot == NULL)
		return;
	roster_begin(slot);
	slot->client.state = next;
	slot->client.since_us = clock_wall_us();
	roster_end(slot);
}

void
presence_note_session(struct client *client)
{
	struct roster_slot *slot;
	struct roster_client *seen;

	if (client->slot != NULL)
		client->worker->presence.waiting--;
	else
		settle(client);
	if ((slot = client->slot) == NULL)
		return;
	seen = &slot->client;
	if (client->front.ssl != NULL && seen->version[0] == '\0')
		presence_note_tls(client);
	roster_begin(slot);
	copy_text(seen->user, sizeof(seen->user), client->asks.user);
	copy_text(seen->database, sizeof(seen->database),
	    client->asks.database);
	copy_text(seen->application_name, sizeof(seen->application_name),
	    client->asks.application_name);
	roster_end(slot);
}

static void
write_certificate(X509 *cert, struct roster_client *out)
{
	char serial[CERTIFICATE_TEXT_SIZE];

	(void)X509_NAME_oneline(X509_get_subject_name(cert), out->client_dn,
	    sizeof(out->client_dn));
	(void)X509_NAME_oneline(X509_get_issuer_name(cert), out->issuer_dn,
	    sizeof(out->issuer_dn));
	certificate_format_serial(cert, serial);
	copy_text(out->client_serial, sizeof(out->client_serial), serial);
}

void
presence_note_tls(struct client *client)
{
	struct roster_slot *slot = client->slot;
	SSL *ssl = client->front.ssl;
	struct roster_client *seen;
	X509 *cert;

	if (slot == NULL)
		return;
	seen = &slot->client;
	roster_begin(slot);
	copy_text(seen->version, sizeof(seen->version), SSL_get_version(ssl));
	copy_text(seen->cipher, sizeof(seen->cipher),
	    SSL_get_cipher_name(ssl));
	seen->bits = (uint16_t)SSL_get_cipher_bits(ssl, NULL);
	if ((cert = SSL_get0_peer_certificate(ssl)) != NULL)
		write_certificate(cert, seen);
	roster_end(slot);
}

void
presence_note_server(struct client *client)
{
	if (client->slot == NULL)
		return;
	roster_begin(client->slot);
	client->slot->client.backend_pid = client->login.backend_pid;
	roster_end(client->slot);
}

void
presence_end(struct client *client)
{
	struct presence *presence = &client->worker->presence;
	struct roster_slot *slot = client->slot;

	if (slot == NULL)
		return;
	client->slot = NULL;
	if (!client->place.is_session)
		presence->waiting--;
	roster_begin(slot);
	slot->is_taken = 0;
	roster_end(slot);
	give_back(presence, slot);
}

void
presence_count_in(struct client *client, size_t len)
{
	if (client->slot != NULL)
		roster_counters_add(&client->slot->bytes_in, len);
	roster_counters_add(
	    &client->worker->presence.roster->counters.bytes_in, len);
}

void
presence_count_out(struct client *client, size_t len)
{
	if (client->slot != NULL)
		roster_counters_add(&client->slot->bytes_out, len);
	roster_counters_add(
	    &client->worker->presence.roster->counters.bytes_out, len);
}
