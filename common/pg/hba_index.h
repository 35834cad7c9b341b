/* SPDX-License-Identifier: ISC */
/*
 * hba_index: finds the few rules of many that can concern a client. Rules of
 * one shape (by name of the user or not, by name of the database or not, by
 * the same netmask or not) lie in a hash table under what they name; a client
 * is looked for once in each shape, and there are few shapes.
 * Rules with a regular expression, all or sameuser in both lists and no
 * network are of the shape that names nothing, and are tried one by one.
 * Runs in: listener-worker.
 */
#ifndef COMMON_PG_HBA_INDEX_H
#define COMMON_PG_HBA_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "common/pg/hba_rule.h"

struct hba_facts;
struct hba_image;

#define HBA_INDEX_SHAPES_MAX 512
#define HBA_INDEX_ANY UINT32_MAX

/* A rule under one pair of its names. */
struct hba_index_entry {
	uint64_t hash;
	uint32_t rule;
	uint32_t user, database;	/* the item whose name it is, or
					   HBA_INDEX_ANY: try the whole list */
	uint32_t next;		/* entry + 1 of the bucket, in rules' order;
				   0: none */
};

struct hba_index_shape {
	uint8_t by_user, by_database, by_network;
	uint8_t unused;		/* 0: shapes are compared by their bytes */
	struct hba_network network;	/* its family and mask */
};

struct hba_index {
	struct hba_index_entry *entries;	/* owned, as all here */
	uint32_t *buckets;	/* entry + 1 */
	struct hba_index_shape *shapes;
	uint32_t entries_len, buckets_len, shapes_len;
};

/* A client's names as hashes. */
struct hba_index_key {
	uint64_t user, database;
	const struct hba_address *address;	/* not owned */
};

/* Returns 0, or -1 when there is no memory; close in both cases. */
int hba_index_open(struct hba_index *index, const struct hba_image *image);

/* What to look for. */
void hba_index_set_key(struct hba_index_key *out,
    const struct hba_facts *facts);

/*
 * The first entry of a shape for a client, and the next of the same: in the
 * order of the rules. Only a hash is compared: whether the rule holds is the
 * caller's to see. NULL: no more.
 */
const struct hba_index_entry *hba_index_first(const struct hba_index *index,
    uint32_t shape, const struct hba_index_key *key);
const struct hba_index_entry *hba_index_next(const struct hba_index *index,
    const struct hba_index_entry *entry);

/* Accepts one of zeroes. */
void hba_index_close(struct hba_index *index);

#endif
