/* SPDX-License-Identifier: ISC */
/*
 * status: the answer to "status", as fields.
 * Runs in: listener-exporter.
 */
#ifndef LISTENER_EXPORTER_STATUS_H
#define LISTENER_EXPORTER_STATUS_H

#include <stdint.h>

struct evbuffer;
struct exporter;

/* Appends the messages (reply.h) but for END; now_us is CLOCK_REALTIME. */
void status_write(const struct exporter *exporter, int64_t now_us,
    struct evbuffer *out);

/* At most how many microseconds that share (0 to 100) of a histogram's
 * durations took; -1 if that is beyond its bounds, 0 without any. */
struct roster_histogram;
int64_t status_percentile_us(const struct roster_histogram *histogram,
    unsigned int share);

#endif
