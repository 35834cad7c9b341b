/* SPDX-License-Identifier: ISC */
/*
 * facts: what only the listener's supervisor knows, in memory that it writes
 * and the exporter reads.
 * Runs in: postern-listener, listener-exporter.
 */
#ifndef LISTENER_FACTS_H
#define LISTENER_FACTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct fault;

#define FACTS_LAYERS_MAX 512

/* Programs of one kind. */
enum facts_kind {
	FACTS_WORKER,
	FACTS_DIALER,
	FACTS_CERT_DIALER,
	FACTS_EXPORTER,
	FACTS_KINDS
};

struct facts_program {
	uint32_t running;	/* now */
	uint32_t restarts;	/* starts in the place of one that died */
};

struct facts {
	_Atomic uint32_t sequence;	/* odd while it is being written */
	int64_t started_us;		/* CLOCK_REALTIME */
	int64_t reloaded_us;		/* the newest generation's begin */
	int32_t pid;			/* the supervisor's */
	uint32_t generation;		/* the one in force: 1, 2, ... */
	uint32_t draining;		/* elder ones that have sessions */
	uint32_t max_connections;
	uint32_t has_ssl;
	uint32_t reloads_failed;
	struct facts_program programs[FACTS_KINDS];
};

/* Maps it for reading; NULL with the fault. */
const struct facts *facts_map(int fd, struct fault *fault);

/* Every change lies between these two. */
void facts_begin(struct facts *facts);
void facts_end(struct facts *facts);

/* Copies it; false if it was being written in each of three looks: *out keeps
 * what it was. */
bool facts_read(const struct facts *facts, struct facts *out);

/* "worker", "cert dialer", ... */
const char *facts_kind_name(enum facts_kind kind);

#endif
