/* SPDX-License-Identifier: ISC */
/*
 * metrics: the sums as Prometheus's text format.
 * Pure: structs in, text out; what came from a worker is made safe.
 * Runs in: listener-exporter.
 */
#include "listener/exporter/metrics.h"

#include <event2/buffer.h>

#include <inttypes.h>
#include <string.h>

#include "common/log_text.h"
#include "listener/exporter/gallery.h"
#include "listener/facts.h"

#define PREFIX "postern_"

static uint64_t
value_of(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void
begin(struct evbuffer *out, const char *name, const char *type,
    const char *help)
{
	(void)evbuffer_add_printf(out, "# HELP " PREFIX "%s %s\n# TYPE "
	    PREFIX "%s %s\n", name, help, name, type);
}

static void
number(struct evbuffer *out, const char *name, uint64_t value)
{
	(void)evbuffer_add_printf(out, PREFIX "%s %" PRIu64 "\n", name, value);
}

/* A label's value that is one of our own words. */
static void
labelled(struct evbuffer *out, const char *name, const char *label,
    const char *word, uint64_t value)
{
	(void)evbuffer_add_printf(out, PREFIX "%s{%s=\"%s\"} %" PRIu64 "\n",
	    name, label, word, value);
}

/* Any text as the value of a label, "none" for an empty one: no control byte,
 * no bad UTF-8, and backslash and quote escaped as the format wants it. */
static void
add_label(struct evbuffer *out, const char *label, const char *text)
{
	char safe[4 * ROSTER_LAYERS_MAX + 1];
	size_t i;

	if (text[0] == '\0')
		text = "none";
	(void)log_text_escape(text, strlen(text), safe, sizeof(safe));
	(void)evbuffer_add_printf(out, "%s=\"", label);
	for (i = 0; safe[i] != '\0'; i++) {
		if (safe[i] == '\\' || safe[i] == '"')
			(void)evbuffer_add(out, "\\", 1);
		(void)evbuffer_add(out, &safe[i], 1);
	}
	(void)evbuffer_add(out, "\"", 1);
}

/* Seconds, from microseconds, without floating point. */
static void
add_seconds(struct evbuffer *out, uint64_t us)
{
	(void)evbuffer_add_printf(out, " %" PRIu64 ".%06" PRIu64 "\n",
	    us / 1000000, us % 1000000);
}

static void
write_histogram(struct evbuffer *out, const char *name, const char *help,
    const struct roster_histogram *histogram)
{
	uint64_t count = 0;
	size_t i;

	begin(out, name, "histogram", help);
	for (i = 0; i <= ROSTER_COUNTERS_BOUNDS; i++) {
		count += value_of(&histogram->bucket[i]);
		(void)evbuffer_add_printf(out, PREFIX "%s_bucket{le=\"%s\"} %"
		    PRIu64 "\n", name, i < ROSTER_COUNTERS_BOUNDS ?
		    roster_counters_bound_name(i) : "+Inf", count);
	}
	(void)evbuffer_add_printf(out, PREFIX "%s_sum", name);
	add_seconds(out, value_of(&histogram->sum_us));
	(void)evbuffer_add_printf(out, PREFIX "%s_count %" PRIu64 "\n", name,
	    count);
}

static void
write_programs(struct evbuffer *out, const struct facts *facts)
{
	size_t i;

	begin(out, "programs", "gauge", "Processes that run, by kind.");
	for (i = 0; i < FACTS_KINDS; i++)
		labelled(out, "programs", "program", facts_kind_name(
		    (enum facts_kind)i), facts->programs[i].running);
	begin(out, "program_restarts_total", "counter",
	    "Starts in the place of a process that died, by kind.");
	for (i = 0; i < FACTS_KINDS; i++)
		labelled(out, "program_restarts_total", "program",
		    facts_kind_name((enum facts_kind)i),
		    facts->programs[i].restarts);
}

static void
write_listener(struct evbuffer *out, const struct facts *facts)
{
	begin(out, "build_info", "gauge", "Always 1; the version.");
	labelled(out, "build_info", "version", PACKAGE_VERSION, 1);
	begin(out, "start_time_seconds", "gauge",
	    "When postern-listener started, in seconds since 1970.");
	(void)evbuffer_add_printf(out, PREFIX "start_time_seconds");
	add_seconds(out, (uint64_t)facts->started_us);
	begin(out, "generation", "gauge",
	    "The number of the generation that serves; a reload adds one.");
	number(out, "generation", facts->generation);
	begin(out, "generations_draining", "gauge",
	    "Elder generations that still have sessions.");
	number(out, "generations_draining", facts->draining);
	begin(out, "reloads_failed_total", "counter",
	    "Reloads that changed nothing because of an error.");
	number(out, "reloads_failed_total", facts->reloads_failed);
	write_programs(out, facts);
}

static void
write_connections(struct evbuffer *out,
    const struct metrics_sources *sources)
{
	const struct gallery_sum *sum = sources->sum;
	uint32_t max = sources->facts->max_connections;
	uint32_t peak = atomic_load_explicit(&sum->counters.peak,
	    memory_order_relaxed), i;

	begin(out, "connections", "gauge",
	    "Connections of clients that are open now, by state.");
	for (i = 0; i < CLIENT_CLOSED; i++)
		labelled(out, "connections", "state", client_state_name(
		    (enum client_state)i), sum->states[i]);
	begin(out, "connections_accepted_total", "counter",
	    "Connections that clients have made.");
	number(out, "connections_accepted_total",
	    value_of(&sum->counters.accepted));
	begin(out, "sessions_peak", "gauge",
	    "The most sessions that there were at once since the start.");
	number(out, "sessions_peak", peak < max ? peak : max);
	begin(out, "max_connections", "gauge",
	    "The setting: how many sessions there may be at once.");
	number(out, "max_connections", max);
	begin(out, "refusals_total", "counter",
	    "Clients that were turned away, by reason.");
	for (i = 0; i < ROSTER_REFUSALS; i++)
		labelled(out, "refusals_total", "reason",
		    roster_counters_refusal_name(i),
		    value_of(&sum->counters.refusals[i]));
	begin(out, "bytes_total", "counter", "Bytes passed on after the "
	    "StartupMessage, without TLS's own, by direction.");
	labelled(out, "bytes_total", "direction", "from_client",
	    value_of(&sum->counters.bytes_in));
	labelled(out, "bytes_total", "direction", "to_client",
	    value_of(&sum->counters.bytes_out));
}

static void
write_handshakes(struct evbuffer *out, const struct roster_counters *counters)
{
	const struct roster_handshakes *row;
	uint32_t i, len = atomic_load_explicit(&counters->rows_len,
	    memory_order_relaxed);

	begin(out, "handshakes_total", "counter", "TLS handshakes that ended, "
	    "by what was agreed on and how they ended.");
	for (i = 0; i < len && i < ROSTER_COUNTERS_ROWS; i++) {
		row = &counters->rows[i];
		(void)evbuffer_add_printf(out, PREFIX "handshakes_total{");
		add_label(out, "version", row->version);
		(void)evbuffer_add(out, ",", 1);
		add_label(out, "cipher", row->cipher);
		(void)evbuffer_add_printf(out, ",result=\"%s\"} %" PRIu64
		    "\n", roster_counters_result_name(row->result),
		    value_of(&row->count));
	}
	write_histogram(out, "handshake_seconds", "From the first byte of a "
	    "TLS handshake to its end; of those that succeeded.",
	    &counters->handshake);
}

static void
write_keyd(struct evbuffer *out, const struct gallery_sum *sum)
{
	const struct roster_counters *counters = &sum->counters;

	begin(out, "keyd_up", "gauge",
	    "1: every worker is connected to postern-keyd.");
	number(out, "keyd_up", sum->workers > 0 &&
	    sum->with_keyd == sum->workers);
	begin(out, "signatures_total", "counter",
	    "Signatures that handshakes asked postern-keyd for, by result.");
	labelled(out, "signatures_total", "result", "ok",
	    value_of(&counters->signed_ok));
	labelled(out, "signatures_total", "result", "failed",
	    value_of(&counters->signed_failed));
	write_histogram(out, "signature_wait_seconds",
	    "From a signature's request to its answer, or to giving up.",
	    &counters->signature);
}

static void
write_certificate(struct evbuffer *out, const struct roster_about *about)
{
	begin(out, "certificate_expiry_timestamp_seconds", "gauge",
	    "When the server's certificate expires, in seconds since 1970.");
	(void)evbuffer_add_printf(out, PREFIX
	    "certificate_expiry_timestamp_seconds{");
	add_label(out, "subject", about->subject);
	(void)evbuffer_add_printf(out, "} %" PRId64 "\n", about->not_after);
}

void
metrics_write(const struct metrics_sources *sources, struct evbuffer *out)
{
	write_listener(out, sources->facts);
	write_connections(out, sources);
	if (!sources->facts->has_ssl)
		return;
	write_handshakes(out, &sources->sum->counters);
	write_keyd(out, sources->sum);
	if (sources->about != NULL && sources->about->subject[0] != '\0')
		write_certificate(out, sources->about);
}
