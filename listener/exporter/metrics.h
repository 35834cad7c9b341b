/* SPDX-License-Identifier: ISC */
/*
 * metrics: the sums as Prometheus's text format, version 0.0.4
 * (postern-metrics(7)).
 * Pure: structs in, text out; what came from a worker is made safe.
 * Runs in: listener-exporter.
 */
#ifndef LISTENER_EXPORTER_METRICS_H
#define LISTENER_EXPORTER_METRICS_H

struct evbuffer;
struct facts;
struct gallery_sum;
struct roster_about;

#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct metrics_sources {
	const struct facts *facts;
	const struct gallery_sum *sum;
	const struct roster_about *about;	/* NULL: not yet known */
};

/* Appends all metrics to out. */
void metrics_write(const struct metrics_sources *sources,
    struct evbuffer *out);

#endif
