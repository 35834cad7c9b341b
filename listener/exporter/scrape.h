/* SPDX-License-Identifier: ISC */
/*
 * scrape: the metrics by HTTP: GET /metrics, and nothing else.
 * Runs in: listener-exporter.
 */
#ifndef LISTENER_EXPORTER_SCRAPE_H
#define LISTENER_EXPORTER_SCRAPE_H

struct exporter;
struct fault;

/* Answers on HANDOFF_EXPORTER_FD_METRICS from now on. Returns 0 or -1 with the
 * fault. */
int scrape_start(struct exporter *exporter, struct fault *fault);

#endif
