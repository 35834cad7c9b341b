/* SPDX-License-Identifier: ISC */
/*
 * counters: what a signer signed and refused, in memory that it alone writes
 * and its supervisor reads; and the sums that outlive it.
 * Runs in: keyd-signer (writes), postern-keyd (makes, reads, sums up).
 */
#ifndef KEYD_COUNTERS_H
#define KEYD_COUNTERS_H

#include <sys/types.h>

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/keywire.h"

struct fault;

#define COUNTERS_THREADS_MAX 64
#define COUNTERS_SCHEMES_MAX 16	/* by their index in tls_scheme_at() */
#define COUNTERS_PEERS 32	/* that one thread tells apart */
#define COUNTERS_PEERS_MAX 64	/* in a sum */

/* A process that asked. Its place may become another's: turn is odd while it
 * does, and another number afterwards. */
struct counters_peer {
	_Atomic uint32_t turn;
	_Atomic uint32_t uid;
	_Atomic int32_t pid;		/* 0: the place is empty */
	_Atomic uint64_t made, refused;
	uint64_t used;			/* the writer's alone: how recently */
};

/* Written by one thread of the signer, so that threads share nothing. */
struct counters_thread {
	_Atomic uint64_t accepted;	/* connections */
	_Atomic uint64_t turned_away;	/* of strangers; too many */
	_Atomic uint64_t made[COUNTERS_SCHEMES_MAX];
	_Atomic uint64_t refused[KEYWIRE_REASONS];
	struct counters_peer peer[COUNTERS_PEERS];
} __attribute__((aligned(64)));

/* Who may need which key: connections, as long as they are open. Written by
 * all threads. */
struct counters_users {
	_Atomic uint32_t undecided;	/* had no signature yet: any key */
	_Atomic uint32_t of_key[KEYWIRE_KEYS_MAX]; /* had one by it; in the
					   order of the handoff */
};

/* The whole memory; it begins as zeroes. */
struct counters_board {
	struct counters_thread thread[COUNTERS_THREADS_MAX];
	struct counters_users users;
};
#define COUNTERS_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

/* One signer's board as its supervisor has it: mapped for reading alone. */
struct counters {
	const struct counters_board *board;	/* NULL: none */
};

/* Added up. Of peers there is room for so many, the first that are added;
 * made and refused of all are in the totals. Empty: zeroes. */
struct counters_sum {
	uint64_t accepted, turned_away;
	uint64_t made[COUNTERS_SCHEMES_MAX];	/* see counters_scheme_name() */
	uint64_t refused[KEYWIRE_REASONS];	/* keywire_reason_name() */
	uint32_t peers_len;
	struct counters_sum_peer {
		uid_t uid;
		pid_t pid;
		uint64_t made, refused;
	} peer[COUNTERS_PEERS_MAX];
};

/* Makes a board for one signer. The descriptor, by which it is written, is the
 * caller's to give away and close. Returns 0 or -1 with the fault. */
int counters_open(struct counters *out, int *out_writable,
    struct fault *fault);

/* Accepts an empty one. */
void counters_close(struct counters *counters);

/* Adds what the board says now. The signer may be at work, or be another's:
 * any number is taken for no more than a number. Accepts an empty one. */
void counters_add(const struct counters *counters, struct counters_sum *sum);

/* How many connections had a signature by the key at that place of the
 * handoff, or none at all by any. Accept an empty one. */
uint32_t counters_users_of(const struct counters *counters, size_t key);
uint32_t counters_undecided(const struct counters *counters);

/* Adds a sum to another. */
void counters_add_sum(const struct counters_sum *more,
    struct counters_sum *sum);

/* The scheme of made[index]: "ecdsa_secp256r1_sha256"; NULL: there is none. */
const char *counters_scheme_name(size_t index);

/* All that was signed, or refused. */
uint64_t counters_made(const struct counters_sum *sum);
uint64_t counters_refused(const struct counters_sum *sum);

#endif
