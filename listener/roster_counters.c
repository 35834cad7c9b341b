/* SPDX-License-Identifier: ISC */
/*
 * roster_counters: what a worker counts, as it lies in its roster.
 * Pure: one writer, no locks; who reads trusts no byte of it.
 * Runs in: listener-worker, listener-exporter.
 */
#include "listener/roster_counters.h"

#include <string.h>

static const struct bound {
	int64_t us;
	const char *name;	/* in seconds, as in a metric's label */
} bounds[ROSTER_COUNTERS_BOUNDS] = {
	{ 250, "0.00025" },
	{ 500, "0.0005" },
	{ 1000, "0.001" },
	{ 2500, "0.0025" },
	{ 5000, "0.005" },
	{ 10000, "0.01" },
	{ 25000, "0.025" },
	{ 50000, "0.05" },
	{ 100000, "0.1" },
	{ 250000, "0.25" },
	{ 500000, "0.5" },
	{ 1000000, "1.0" },
	{ 5000000, "5.0" },
	{ 10000000, "10.0" }
};

static const char *const result_names[ROSTER_RESULTS] = {
	[ROSTER_RESULT_OK] = "ok",
	[ROSTER_RESULT_FAILED] = "failed",
	[ROSTER_RESULT_VERSION] = "version",
	[ROSTER_RESULT_CERTIFICATE] = "certificate",
	[ROSTER_RESULT_KEY] = "key",
	[ROSTER_RESULT_TIMEOUT] = "timeout",
	[ROSTER_RESULT_GONE] = "gone"
};

static const char *const refusal_names[ROSTER_REFUSALS] = {
	[ROSTER_REFUSAL_OTHER] = "other",
	[ROSTER_REFUSAL_TOO_MANY] = "too_many_connections",
	[ROSTER_REFUSAL_RULES] = "access_rules",
	[ROSTER_REFUSAL_SERVER] = "server",
	[ROSTER_REFUSAL_SERVER_TRUSTS] = "server_trusts",
	[ROSTER_REFUSAL_ABSENT] = "server_absent",
	[ROSTER_REFUSAL_PROTOCOL] = "protocol",
	[ROSTER_REFUSAL_TLS] = "tls",
	[ROSTER_REFUSAL_TIMEOUT] = "timeout"
};

int64_t
roster_counters_bound_us(size_t i)
{
	return bounds[i].us;
}

const char *
roster_counters_bound_name(size_t i)
{
	return bounds[i].name;
}

const char *
roster_counters_result_name(uint32_t result)
{
	return result < ROSTER_RESULTS ? result_names[result] : "unknown";
}

const char *
roster_counters_refusal_name(uint32_t refusal)
{
	return refusal < ROSTER_REFUSALS ? refusal_names[refusal] : "unknown";
}

void
roster_counters_observe(struct roster_histogram *histogram, int64_t us)
{
	size_t i = 0;

	if (us < 0)
		us = 0;
	while (i < ROSTER_COUNTERS_BOUNDS && us > bounds[i].us)
		i++;
	roster_counters_add(&histogram->bucket[i], 1);
	roster_counters_add(&histogram->sum_us, (uint64_t)us);
}

static uint32_t
rows_len(const struct roster_counters *counters)
{
	uint32_t len = atomic_load_explicit(&counters->rows_len,
	    memory_order_acquire);

	return len < ROSTER_COUNTERS_ROWS ? len : ROSTER_COUNTERS_ROWS;
}

static void
copy_name(char *out, size_t size, const char *name)
{
	size_t len = strnlen(name, size - 1);

	memset(out, 0, size);
	memcpy(out, name, len);
}

/* The last row takes every combination that finds no row of its own. */
static struct roster_handshakes *
append_row(struct roster_counters *counters,
    const struct roster_handshakes *key)
{
	uint32_t len = rows_len(counters);
	struct roster_handshakes *row;

	if (len == ROSTER_COUNTERS_ROWS)
		return &counters->rows[len - 1];
	row = &counters->rows[len];
	if (len == ROSTER_COUNTERS_ROWS - 1) {
		copy_name(row->version, sizeof(row->version), "other");
		copy_name(row->cipher, sizeof(row->cipher), "other");
		row->result = ROSTER_RESULT_FAILED;
	} else {
		*row = *key;
	}
	atomic_store_explicit(&row->count, 0, memory_order_relaxed);
	atomic_store_explicit(&counters->rows_len, len + 1,
	    memory_order_release);
	return row;
}

static struct roster_handshakes *
find_row(struct roster_counters *counters,
    const struct roster_handshakes *key)
{
	uint32_t i, len = rows_len(counters);
	struct roster_handshakes *row;

	for (i = 0; i < len; i++) {
		row = &counters->rows[i];
		if (row->result == key->result &&
		    strcmp(row->cipher, key->cipher) == 0 &&
		    strcmp(row->version, key->version) == 0)
			return row;
	}
	return append_row(counters, key);
}

void
roster_counters_handshake(struct roster_counters *counters,
    const char *version, const char *cipher, enum roster_result result)
{
	struct roster_handshakes key = { .result = (uint32_t)result };

	if (version != NULL)
		copy_name(key.version, sizeof(key.version), version);
	if (cipher != NULL)
		copy_name(key.cipher, sizeof(key.cipher), cipher);
	roster_counters_add(&find_row(counters, &key)->count, 1);
}

static void
merge(_Atomic uint64_t *sum, const _Atomic uint64_t *part)
{
	roster_counters_add(sum, atomic_load_explicit(part,
	    memory_order_relaxed));
}

static void
merge_histogram(struct roster_histogram *sum,
    const struct roster_histogram *part)
{
	size_t i;

	for (i = 0; i <= ROSTER_COUNTERS_BOUNDS; i++)
		merge(&sum->bucket[i], &part->bucket[i]);
	merge(&sum->sum_us, &part->sum_us);
}

/* Its texts may have no end, and change while they are read: copied first,
 * then ended. What is behind the end must not tell two rows apart. */
static void
merge_row(struct roster_counters *sum, const struct roster_handshakes *part)
{
	struct roster_handshakes raw = *part, key = { .result = raw.result };

	raw.version[sizeof(raw.version) - 1] = '\0';
	raw.cipher[sizeof(raw.cipher) - 1] = '\0';
	copy_name(key.version, sizeof(key.version), raw.version);
	copy_name(key.cipher, sizeof(key.cipher), raw.cipher);
	if (key.result >= ROSTER_RESULTS)
		key.result = ROSTER_RESULT_FAILED;
	merge(&find_row(sum, &key)->count, &part->count);
}

void
roster_counters_merge(struct roster_counters *sum,
    const struct roster_counters *part)
{
	uint32_t i, len = rows_len(part), peak;

	merge(&sum->accepted, &part->accepted);
	merge(&sum->bytes_in, &part->bytes_in);
	merge(&sum->bytes_out, &part->bytes_out);
	merge(&sum->signed_ok, &part->signed_ok);
	merge(&sum->signed_failed, &part->signed_failed);
	for (i = 0; i < ROSTER_REFUSALS; i++)
		merge(&sum->refusals[i], &part->refusals[i]);
	merge_histogram(&sum->handshake, &part->handshake);
	merge_histogram(&sum->signature, &part->signature);
	for (i = 0; i < len; i++)
		merge_row(sum, &part->rows[i]);
	peak = atomic_load_explicit(&part->peak, memory_order_relaxed);
	if (peak > atomic_load_explicit(&sum->peak, memory_order_relaxed))
		atomic_store_explicit(&sum->peak, peak, memory_order_relaxed);
}
