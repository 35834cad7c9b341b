/* SPDX-License-Identifier: ISC */
/*
 * presence: what the worker's roster says of its clients. Memory is written,
 * no call is made; a client that found no slot is only counted.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_PRESENCE_H
#define LISTENER_WORKER_PRESENCE_H

#include <stddef.h>
#include <stdint.h>

#include "listener/client_state.h"

struct client;
struct fault;
struct roster;

/* The slots, and which are free. */
struct presence {
	struct roster *roster;	/* never unmapped */
	uint32_t *next_free;	/* owned: of a free slot, the next one */
	uint32_t first_free;	/* slots_len: none */
	uint32_t slots_len;
	uint32_t waiting;	/* taken by clients that are no sessions yet */
};

/* Maps the roster. Returns 0 or -1 with the fault. */
int presence_open(struct presence *presence, int fd, struct fault *fault);

/* A client was accepted, enters its next state, became a session (which always
 * gets a slot), has finished its TLS handshake, knows its server's process, is
 * gone. */
void presence_begin(struct client *client);
void presence_enter(struct client *client, enum client_state next);
void presence_note_session(struct client *client);
void presence_note_tls(struct client *client);
void presence_note_server(struct client *client);
void presence_end(struct client *client);

/* Bytes that came from the client, that go to it. */
void presence_count_in(struct client *client, size_t len);
void presence_count_out(struct client *client, size_t len);

#endif
