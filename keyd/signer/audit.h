/* SPDX-License-Identifier: ISC */
/*
 * audit: the log lines that a peer can cause, at most so many a second; the
 * rest is told as a count.
 * Runs in: keyd-signer.
 */
#ifndef KEYD_SIGNER_AUDIT_H
#define KEYD_SIGNER_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/wire/keywire.h"

struct peer;

#define AUDIT_LINES_A_SECOND 10
#define AUDIT_WINDOW_MS 1000

struct audit;

struct audit *audit_new(void);
void audit_free(struct audit *audit);

/* One warning, if there were not too many in this second. now_ms is
 * CLOCK_MONOTONIC's. Returns whether it was written. */
bool audit_write(struct audit *audit, int64_t now_ms, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The refusal of a request, with the sender that the kernel names. */
void audit_refusal(struct audit *audit, int64_t now_ms,
    const struct peer *sender, unsigned int type, enum keywire_reason reason);

/* Were lines held back that audit_flush() has not told yet? */
bool audit_is_pending(struct audit *audit);

/* Tells how many lines were held back, once their second is over. */
void audit_flush(struct audit *audit, int64_t now_ms);

#endif
