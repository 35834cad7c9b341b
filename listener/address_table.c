/* SPDX-License-Identifier: ISC */
/*
 * address_table: how many clients of each address one worker has. A reader may
 * meet an entry while it changes hands; it then misses one client or counts
 * one of another address.
 * Runs in: listener-worker.
 */
#include "listener/address_table.h"

#include <stdbool.h>
#include <stddef.h>

#include "common/pg/hba_address.h"

/* Of multicast addresses, which no client has. */
#define IPV4_PREFIX 0xffff000000000000u
#define NO_PREFIX 0xffff000100000000u	/* the first 64 bits are 0: ::1 */

uint64_t
address_table_key(const struct hba_address *address)
{
	size_t i, len = address->family == HBA_ADDRESS_IPV4 ? 4 : 8;
	uint64_t key = 0;

	for (i = 0; i < len; i++)
		key = key << 8 | address->bytes[i];
	if (address->family == HBA_ADDRESS_IPV4)
		return key | IPV4_PREFIX;
	return key != 0 ? key : NO_PREFIX;
}

/* SplitMix64's finalizer. Whoever has addresses enough to choose a bucket by
 * it is not held by limits of one address. */
static size_t
bucket_of(uint64_t key)
{
	key = (key ^ key >> 30) * 0xbf58476d1ce4e5b9u;
	key = (key ^ key >> 27) * 0x94d049bb133111ebu;
	return (key ^ key >> 31) % ADDRESS_TABLE_BUCKETS;
}

static uint32_t
get(const _Atomic uint32_t *count)
{
	return atomic_load_explicit(count, memory_order_relaxed);
}

static bool
is_free(const struct address_entry *entry)
{
	return get(&entry->unfinished) == 0 && get(&entry->sessions) == 0;
}

struct address_entry *
address_table_take(struct address_table *table, uint64_t key)
{
	struct address_entry *bucket = table->entries[bucket_of(key)];
	struct address_entry *place = NULL;
	size_t i;

	for (i = 0; i < ADDRESS_TABLE_WAYS; i++) {
		if (atomic_load_explicit(&bucket[i].key,
		    memory_order_relaxed) == key)
			return &bucket[i];
		if (place == NULL && is_free(&bucket[i]))
			place = &bucket[i];
	}
	if (place == NULL)
		return NULL;
	atomic_store_explicit(&place->cancels, 0, memory_order_relaxed);
	atomic_store_explicit(&place->key, key, memory_order_relaxed);
	return place;
}

static void
add(uint32_t *sum, uint32_t count, uint32_t cap)
{
	count = count < cap ? count : cap;
	*sum = *sum < UINT32_MAX - count ? *sum + count : UINT32_MAX;
}

void
address_table_add(const struct address_table *table, uint64_t key,
    uint32_t second, uint32_t cap, struct address_counts *out)
{
	const struct address_entry *bucket = table->entries[bucket_of(key)];
	size_t i;

	for (i = 0; i < ADDRESS_TABLE_WAYS; i++) {
		if (atomic_load_explicit(&bucket[i].key,
		    memory_order_relaxed) != key)
			continue;
		add(&out->unfinished, get(&bucket[i].unfinished), cap);
		add(&out->sessions, get(&bucket[i].sessions), cap);
		if (get(&bucket[i].second) == second)
			add(&out->cancels, get(&bucket[i].cancels), cap);
		return;
	}
}

void
address_table_note_cancel(struct address_entry *entry, uint32_t second)
{
	uint32_t cancels = get(&entry->second) == second ?
	    get(&entry->cancels) : 0;

	atomic_store_explicit(&entry->cancels, cancels + 1,
	    memory_order_relaxed);
	atomic_store_explicit(&entry->second, second, memory_order_relaxed);
}
