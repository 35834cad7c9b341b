/* SPDX-License-Identifier: ISC */
/*
 * address_table: how many clients of each address one worker has, in memory
 * that the other workers may read. Part of a scoreboard: only its worker
 * writes it; readers trust no byte. Never allocates.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_ADDRESS_TABLE_H
#define LISTENER_ADDRESS_TABLE_H

#include <stdatomic.h>
#include <stdint.h>

struct hba_address;

/* An address has its place among the ways of one bucket. An entry whose counts
 * are 0 is free for another; where all are taken, the next address has none. */
#define ADDRESS_TABLE_BUCKETS 512
#define ADDRESS_TABLE_WAYS 8

struct address_entry {
	_Atomic uint64_t key;		/* 0: never used */
	_Atomic uint32_t unfinished;	/* not yet let in by the server */
	_Atomic uint32_t sessions;	/* past their StartupMessage */
	_Atomic uint32_t second;	/* CLOCK_MONOTONIC, of cancels */
	_Atomic uint32_t cancels;	/* requests within it */
};

struct address_table {
	struct address_entry
	    entries[ADDRESS_TABLE_BUCKETS][ADDRESS_TABLE_WAYS];
};

/* Of several tables. */
struct address_counts {
	uint32_t unfinished, sessions;
	uint32_t cancels;	/* within the second asked for */
};

/* An IPv4 address, or the first 64 bits of an IPv6 one; never 0. */
uint64_t address_table_key(const struct hba_address *address);

/* The owner's: the entry of that key, made if there is none; NULL if there is
 * no place. It stays this key's while one of its counts is above 0. */
struct address_entry *address_table_take(struct address_table *table,
    uint64_t key);

/* Adds what a table says of the key to out, each number at most cap. */
void address_table_add(const struct address_table *table, uint64_t key,
    uint32_t second, uint32_t cap, struct address_counts *out);

/* The owner's: one more cancel request within that second. */
void address_table_note_cancel(struct address_entry *entry, uint32_t second);

#endif
