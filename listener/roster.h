/* SPDX-License-Identifier: ISC */
/*
 * roster: one worker's clients and what it counts, in memory that it alone
 * writes and the exporter alone reads. No lock: a reader may find a slot half
 * written, and sees that by its sequence number. It trusts no byte.
 * Runs in: postern-listener (makes it), listener-worker, listener-exporter.
 */
#ifndef LISTENER_ROSTER_H
#define LISTENER_ROSTER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "listener/roster_counters.h"

struct fault;

#define ROSTER_NAME_MAX 64	/* PostgreSQL's NAMEDATALEN, with the NUL */
#define ROSTER_TEXT_MAX 256
#define ROSTER_LAYERS_MAX 512

/* Slots of clients that are no sessions yet; with all taken the next ones are
 * counted, but have none. Sessions always find one: there are max_connections
 * of them, and a few, since workers count one another's. */
#define ROSTER_WAITING_MAX 256
#define ROSTER_SPARE (ROSTER_WAITING_MAX + 64)

/* What a slot says; every text ends with a NUL. */
struct roster_client {
	int64_t since_us;	/* in its state (CLOCK_REALTIME) */
	uint32_t state;		/* enum client_state */
	uint32_t backend_pid;	/* the server's process; 0: not known yet */
	uint16_t port;
	uint16_t bits;		/* of the cipher; 0 without TLS */
	char address[46];	/* INET6_ADDRSTRLEN */
	char user[ROSTER_NAME_MAX];
	char database[ROSTER_NAME_MAX];
	char application_name[ROSTER_NAME_MAX];
	char version[ROSTER_COUNTERS_VERSION_MAX];	/* "": no TLS */
	char cipher[ROSTER_COUNTERS_CIPHER_MAX];
	char client_dn[ROSTER_TEXT_MAX];	/* "": no certificate */
	char client_serial[ROSTER_NAME_MAX];
	char issuer_dn[ROSTER_TEXT_MAX];
};

struct roster_slot {
	_Atomic uint32_t sequence;	/* odd while it is being written */
	uint32_t is_taken;		/* under the sequence number, as is */
	struct roster_client client;	/* this */
	_Atomic uint64_t bytes_in, bytes_out;	/* from, to the client */
};

/* What a worker tells of itself, once, before it is ready. */
struct roster_about {
	_Atomic uint32_t is_told;	/* last, when the rest is there */
	char layers_in_force[ROSTER_LAYERS_MAX];
	char layers_lacking[ROSTER_LAYERS_MAX];
	char subject[ROSTER_TEXT_MAX];	/* the server certificate's; ""
					   without SSL */
	char issuer[ROSTER_TEXT_MAX];
	char names[ROSTER_LAYERS_MAX];	/* DNS and IP, ", " between */
	char key_id[ROSTER_TEXT_MAX];	/* SHA-256 of the SPKI, hexadecimal */
	int64_t not_before, not_after;	/* seconds since 1970 */
};

struct roster {
	struct roster_counters counters;
	struct roster_about about;
	_Atomic uint32_t slots_used;	/* those behind were never taken */
	struct roster_slot slots[];
};

/* Its memory's size in bytes; zeroes are an empty one. */
size_t roster_size(size_t slots);

/* Map one, for writing or for reading, and say how many slots it has. NULL
 * with the fault for a descriptor that is none. */
struct roster *roster_map_own(int fd, size_t *out_slots, struct fault *fault);
const struct roster *roster_map_other(int fd, size_t *out_slots,
    struct fault *fault);
void roster_unmap(const struct roster *roster, size_t slots);

/* Everything that is written to a slot but its bytes is written between these
 * two, by its worker alone. */
void roster_begin(struct roster_slot *slot);
void roster_end(struct roster_slot *slot);

enum roster_seen {
	ROSTER_FREE,
	ROSTER_TAKEN,
	ROSTER_BUSY		/* is being written, in each of three looks */
};

/* Copies a slot; with ROSTER_TAKEN *out is whole: its texts end, its state is
 * one. The bytes are read at their own time. */
enum roster_seen roster_look(const struct roster_slot *slot,
    struct roster_client *out);

/* Slots to look at: never more than there are. */
size_t roster_used(const struct roster *roster, size_t slots);

/* Copies what the worker told of itself, texts ended; false before that. */
bool roster_read_about(const struct roster *roster, struct roster_about *out);

#endif
