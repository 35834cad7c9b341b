/* SPDX-License-Identifier: ISC */
/*
 * hba_index: finds the few rules of many that can concern a client.
 * Runs in: listener-worker.
 */
#include "common/pg/hba_index.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/pg/hba_facts.h"
#include "common/pg/hba_hash.h"
#include "common/pg/hba_image.h"

#define PAIRS_MAX 4096		/* of one rule; more lie by users alone */

/* Physical replication names no database: a name that no database has. */
#define REPLICATION_HASH hba_hash_bytes(HBA_HASH_START, "\0", 1)

static uint64_t
hash_text(const char *text)
{
	return hba_hash_bytes(HBA_HASH_START, text, strlen(text));
}

static uint64_t
hash_item(const struct hba_image *image, uint32_t index)
{
	const struct hba_item *item = hba_image_item(image, index);

	if (item->kind == HBA_ITEM_REPLICATION)
		return REPLICATION_HASH;
	return hash_text(hba_image_text(image, item->text));
}

/* Whether a list is of nothing but names. */
static bool
is_literal(const struct hba_image *image, const struct hba_span *span)
{
	uint16_t kind;
	uint32_t i;

	for (i = 0; i < span->len; i++) {
		kind = hba_image_item(image, span->first + i)->kind;
		if (kind != HBA_ITEM_LITERAL && kind != HBA_ITEM_REPLICATION)
			return false;
	}
	return true;
}

static void
set_shape(const struct hba_image *image, const struct hba_rule *rule,
    struct hba_index_shape *out)
{
	static const uint8_t no_mask[HBA_ADDRESS_LEN];

	memset(out, 0, sizeof(*out));
	out->by_user = is_literal(image, &rule->users);
	out->by_database = is_literal(image, &rule->databases);
	if (out->by_user && out->by_database &&
	    (uint64_t)rule->users.len * rule->databases.len > PAIRS_MAX)
		out->by_database = 0;
	if (rule->address_kind != HBA_ADDRESS_NETWORK ||
	    memcmp(rule->network.mask, no_mask, sizeof(no_mask)) == 0)
		return;
	out->by_network = 1;
	out->network.family = rule->network.family;
	memcpy(out->network.mask, rule->network.mask, HBA_ADDRESS_LEN);
}

/* The number of a shape, known or new. There is always room for the four that
 * have no network. */
static uint32_t
find_shape(struct hba_index *index, struct hba_index_shape *shape)
{
	uint32_t i;

	if (index->shapes_len >= HBA_INDEX_SHAPES_MAX - 4 &&
	    shape->by_network) {
		for (i = 0; i < index->shapes_len; i++) {
			if (memcmp(&index->shapes[i], shape,
			    sizeof(*shape)) == 0)
				return i;
		}
		shape->by_network = 0;
		memset(&shape->network, 0, sizeof(shape->network));
	}
	for (i = 0; i < index->shapes_len; i++) {
		if (memcmp(&index->shapes[i], shape, sizeof(*shape)) == 0)
			return i;
	}
	index->shapes[index->shapes_len] = *shape;
	return index->shapes_len++;
}

static uint64_t
hash_address(uint64_t hash, const uint8_t *bytes, const uint8_t *mask)
{
	uint8_t masked[HBA_ADDRESS_LEN];
	int i;

	for (i = 0; i < HBA_ADDRESS_LEN; i++)
		masked[i] = bytes[i] & mask[i];
	return hba_hash_bytes(hash, masked, sizeof(masked));
}

/* Under what lies a pair of names in its shape. */
static uint64_t
hash_key(const struct hba_index *index, uint32_t number, uint64_t user,
    uint64_t database, const uint8_t *address)
{
	const struct hba_index_shape *shape = &index->shapes[number];
	uint64_t hash;

	hash = hba_hash_bytes(HBA_HASH_START, &number, sizeof(number));
	if (shape->by_user)
		hash = hba_hash_bytes(hash, &user, sizeof(user));
	if (shape->by_database)
		hash = hba_hash_bytes(hash, &database, sizeof(database));
	if (shape->by_network)
		hash = hash_address(hash, address, shape->network.mask);
	return hash;
}

static uint32_t
bucket_of(const struct hba_index *index, uint64_t hash)
{
	return (uint32_t)(hash ^ hash >> 32) & (index->buckets_len - 1);
}

/* Entries come from the last rule to the first, so each goes to the front. */
static void
add_entry(struct hba_index *index, struct hba_index_entry *entry)
{
	uint32_t *bucket = &index->buckets[bucket_of(index, entry->hash)];

	entry->next = *bucket;
	index->entries[index->entries_len++] = *entry;
	*bucket = index->entries_len;
}

static void
add_rule(struct hba_index *index, const struct hba_image *image, uint32_t rule)
{
	const struct hba_rule *r = hba_image_rule(image, rule);
	struct hba_index_entry entry = { .rule = rule };
	struct hba_index_shape shape;
	uint32_t number, u, d, users, databases;
	uint64_t user = 0, database = 0;

	set_shape(image, r, &shape);
	number = find_shape(index, &shape);
	users = shape.by_user ? r->users.len : 1;
	databases = shape.by_database ? r->databases.len : 1;
	for (u = 0; u < users; u++) {
		entry.user = shape.by_user ? r->users.first + u :
		    HBA_INDEX_ANY;
		if (shape.by_user)
			user = hash_item(image, entry.user);
		for (d = 0; d < databases; d++) {
			entry.database = shape.by_database ?
			    r->databases.first + d : HBA_INDEX_ANY;
			if (shape.by_database)
				database = hash_item(image, entry.database);
			entry.hash = hash_key(index, number, user, database,
			    r->network.address);
			add_entry(index, &entry);
		}
	}
}

static size_t
count_entries(const struct hba_image *image)
{
	const struct hba_rule *rule;
	struct hba_index_shape shape;
	size_t len = 0;
	uint32_t i;

	for (i = 0; i < image->rules_len; i++) {
		rule = hba_image_rule(image, i);
		set_shape(image, rule, &shape);
		len += (size_t)(shape.by_user ? rule->users.len : 1) *
		    (shape.by_database ? rule->databases.len : 1);
	}
	return len;
}

int
hba_index_open(struct hba_index *index, const struct hba_image *image)
{
	size_t entries = count_entries(image);
	uint32_t i;

	memset(index, 0, sizeof(*index));
	if (entries > UINT32_MAX / 4)
		return -1;
	for (index->buckets_len = 16; index->buckets_len < entries * 2;)
		index->buckets_len *= 2;
	index->entries = calloc(entries + 1, sizeof(*index->entries));
	index->buckets = calloc(index->buckets_len, sizeof(uint32_t));
	index->shapes = calloc(HBA_INDEX_SHAPES_MAX, sizeof(*index->shapes));
	if (index->entries == NULL || index->buckets == NULL ||
	    index->shapes == NULL)
		return -1;
	for (i = image->rules_len; i > 0; i--) {
		if (hba_image_may_match(hba_image_rule(image, i - 1)))
			add_rule(index, image, i - 1);
	}
	return 0;
}

void
hba_index_set_key(struct hba_index_key *out, const struct hba_facts *facts)
{
	out->user = hash_text(facts->user);
	out->database = facts->is_physical_replication ? REPLICATION_HASH :
	    hash_text(facts->database);
	out->address = &facts->address;
}

/* The entry of this number, or the first behind it in its bucket, with the
 * hash. */
static const struct hba_index_entry *
seek(const struct hba_index *index, uint32_t number, uint64_t hash)
{
	const struct hba_index_entry *entry;

	for (; number != 0; number = entry->next) {
		entry = &index->entries[number - 1];
		if (entry->hash == hash)
			return entry;
	}
	return NULL;
}

const struct hba_index_entry *
hba_index_first(const struct hba_index *index, uint32_t shape,
    const struct hba_index_key *key)
{
	const struct hba_index_shape *s = &index->shapes[shape];
	uint64_t hash;

	if (s->by_network && s->network.family != key->address->family)
		return NULL;
	hash = hash_key(index, shape, key->user, key->database,
	    key->address->bytes);
	return seek(index, index->buckets[bucket_of(index, hash)], hash);
}

const struct hba_index_entry *
hba_index_next(const struct hba_index *index,
    const struct hba_index_entry *entry)
{
	return seek(index, entry->next, entry->hash);
}

void
hba_index_close(struct hba_index *index)
{
	free(index->entries);
	free(index->buckets);
	free(index->shapes);
	memset(index, 0, sizeof(*index));
}
