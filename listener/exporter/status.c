/* SPDX-License-Identifier: ISC */
/*
 * status: the answer to "status", as fields.
 * Runs in: listener-exporter.
 */
#include "listener/exporter/status.h"

#include <inttypes.h>
#include <stdio.h>

#include "listener/exporter/exporter.h"
#include "listener/exporter/reply.h"

#define SECOND_US 1000000
#define DAY_S 86400

static int64_t
value_of(const _Atomic uint64_t *counter)
{
	return (int64_t)atomic_load_explicit(counter, memory_order_relaxed);
}

static void
write_listener(const struct facts *facts, int64_t now_us,
    struct evbuffer *out)
{
	const struct reply_group group = { out, "listener", "" };

	reply_text(&group, "version", PACKAGE_VERSION);
	reply_number(&group, "pid", facts->pid);
	reply_time(&group, "started", facts->started_us);
	reply_number(&group, "uptime_s",
	    (now_us - facts->started_us) / SECOND_US);
	reply_number(&group, "generation", facts->generation);
	reply_time(&group, "loaded", facts->reloaded_us);
	reply_number(&group, "generations_draining", facts->draining);
	reply_number(&group, "reloads_failed", facts->reloads_failed);
}

static void
write_programs(const struct facts *facts, struct evbuffer *out)
{
	struct reply_group group = { out, "program", "" };
	size_t i;

	for (i = 0; i < FACTS_KINDS; i++) {
		group.item = facts_kind_name((enum facts_kind)i);
		reply_number(&group, "running", facts->programs[i].running);
		reply_number(&group, "restarts", facts->programs[i].restarts);
	}
}

static void
write_workers(const struct gallery *gallery, struct evbuffer *out)
{
	const struct gallery_roster *roster;
	struct reply_group group = { out, "worker", "" };
	char item[16];
	int64_t clients;
	size_t i;

	group.item = item;
	LIST_FOREACH(roster, &gallery->rosters, link) {
		(void)snprintf(item, sizeof(item), "%" PRId32,
		    roster->worker.pid);
		for (clients = 0, i = 0; i < CLIENT_STATES; i++)
			clients += atomic_load_explicit(
			    &roster->roster->counters.states[i],
			    memory_order_relaxed);
		reply_number(&group, "generation", roster->worker.generation);
		reply_number(&group, "slot", roster->worker.slot);
		reply_time(&group, "started", roster->worker.started_us);
		reply_number(&group, "connections", clients);
	}
}

static void
write_connections(const struct exporter *exporter,
    const struct gallery_sum *sum, struct evbuffer *out)
{
	const struct reply_group group = { out, "connections", "" };
	const struct reply_group refused = { out, "refused", "" };
	const struct roster_counters *counters = &sum->counters;
	int64_t max = exporter->facts.max_connections;
	int64_t peak = atomic_load_explicit(&counters->peak,
	    memory_order_relaxed), open = 0;
	uint32_t i;

	for (i = 0; i < CLIENT_STATES; i++)
		open += (int64_t)sum->states[i];
	reply_number(&group, "open", open);
	reply_number(&group, "sessions", (int64_t)sum->now);
	reply_number(&group, "peak", peak < max ? peak : max);
	reply_number(&group, "max_connections", max);
	reply_number(&group, "accepted", value_of(&counters->accepted));
	reply_number(&group, "bytes_in", value_of(&counters->bytes_in));
	reply_number(&group, "bytes_out", value_of(&counters->bytes_out));
	for (i = 0; i < ROSTER_REFUSALS; i++)
		reply_number(&refused, roster_counters_refusal_name(i),
		    value_of(&counters->refusals[i]));
}

int64_t
status_percentile_us(const struct roster_histogram *histogram,
    unsigned int share)
{
	uint64_t all = 0, seen = 0;
	size_t i;

	for (i = 0; i <= ROSTER_COUNTERS_BOUNDS; i++)
		all += (uint64_t)value_of(&histogram->bucket[i]);
	if (all == 0)
		return 0;
	for (i = 0; i < ROSTER_COUNTERS_BOUNDS; i++) {
		seen += (uint64_t)value_of(&histogram->bucket[i]);
		if (seen >= all - all * (100 - share) / 100)
			return roster_counters_bound_us(i);
	}
	return -1;
}

static void
write_signatures(const struct gallery_sum *sum, struct evbuffer *out)
{
	const struct reply_group group = { out, "signatures", "" };
	const struct roster_counters *counters = &sum->counters;
	int64_t made = value_of(&counters->signed_ok);
	int64_t failed = value_of(&counters->signed_failed);

	reply_bool(&group, "keyd_up", sum->workers > 0 &&
	    sum->with_keyd == sum->workers);
	reply_number(&group, "made", made);
	reply_number(&group, "failed", failed);
	reply_number(&group, "wait_mean_us", made + failed == 0 ? 0 :
	    value_of(&counters->signature.sum_us) / (made + failed));
	reply_number(&group, "wait_p95_us",
	    status_percentile_us(&counters->signature, 95));
}

static void
write_handshakes(const struct gallery_sum *sum, struct evbuffer *out)
{
	const struct reply_group group = { out, "handshakes", "" };
	const struct roster_counters *counters = &sum->counters;
	int64_t results[ROSTER_RESULTS] = { 0 };
	uint32_t i, len = atomic_load_explicit(&counters->rows_len,
	    memory_order_relaxed);

	for (i = 0; i < len && i < ROSTER_COUNTERS_ROWS; i++)
		if (counters->rows[i].result < ROSTER_RESULTS)
			results[counters->rows[i].result] +=
			    value_of(&counters->rows[i].count);
	for (i = 0; i < ROSTER_RESULTS; i++)
		reply_number(&group, roster_counters_result_name(i),
		    results[i]);
}

/* Days until then, of which the last begun one counts as none; a certificate
 * that expired a moment ago has -1 left. */
static int64_t
days_left(int64_t not_after, int64_t now_us)
{
	int64_t left = not_after - now_us / SECOND_US;

	return left >= 0 ? left / DAY_S : -1 - (-left / DAY_S);
}

static void
write_certificate(const struct roster_about *about, int64_t now_us,
    struct evbuffer *out)
{
	const struct reply_group group = { out, "certificate", "" };

	reply_text(&group, "subject", about->subject);
	reply_text(&group, "names", about->names);
	reply_text(&group, "issuer", about->issuer);
	reply_time(&group, "not_before", about->not_before * SECOND_US);
	reply_time(&group, "not_after", about->not_after * SECOND_US);
	reply_number(&group, "days_left",
	    days_left(about->not_after, now_us));
	reply_text(&group, "spki_sha256", about->key_id);
}

static void
write_sandbox(const struct exporter *exporter,
    const struct roster_about *about, struct evbuffer *out)
{
	const struct reply_group worker = { out, "sandbox", "worker" };
	const struct reply_group exporter_own = { out, "sandbox", "exporter" };

	if (about != NULL) {
		reply_text(&worker, "in_force", about->layers_in_force);
		reply_text(&worker, "lacking", about->layers_lacking);
	}
	reply_text(&exporter_own, "in_force", exporter->layers.in_force);
	reply_text(&exporter_own, "lacking", exporter->layers.lacking);
}

void
status_write(const struct exporter *exporter, int64_t now_us,
    struct evbuffer *out)
{
	static struct roster_about about;
	static struct gallery_sum sum;
	bool told = gallery_read_about(&exporter->gallery, &about);

	gallery_add_up(&exporter->gallery, &sum);
	write_listener(&exporter->facts, now_us, out);
	write_programs(&exporter->facts, out);
	write_workers(&exporter->gallery, out);
	write_connections(exporter, &sum, out);
	if (exporter->facts.has_ssl) {
		write_handshakes(&sum, out);
		write_signatures(&sum, out);
	}
	if (told && about.subject[0] != '\0')
		write_certificate(&about, now_us, out);
	write_sandbox(exporter, told ? &about : NULL, out);
}
