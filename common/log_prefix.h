/* SPDX-License-Identifier: ISC */
/*
 * log_prefix: log_line_prefix, PostgreSQL's text before every message.
 * Pure.
 * Runs in: the supervisors.
 */
#ifndef COMMON_LOG_PREFIX_H
#define COMMON_LOG_PREFIX_H

#include <sys/types.h>

#include <stddef.h>
#include <time.h>

#include "common/log_record.h"

struct fault;

/* Where a message comes from, and when. */
struct log_origin {
	const char *program;
	pid_t pid;
	struct timespec at;	/* CLOCK_REALTIME */
};

#define LOG_PREFIX_DEFAULT "%m %b[%p]: "
/* Where the reader of the log adds the time itself. */
#define LOG_PREFIX_WITHOUT_TIME "%b[%p]: "

/* The check of "log_line_prefix": refuses an escape that is none of a u d r h b
 * p P t m n e q %, each with a width before its letter or not. */
int log_prefix_check(const char *format, struct fault *out);

/*
 * Writes the prefix (PostgreSQL 20.8.2): what a message lacks is "[unknown]" in
 * a session's and nothing in another's. What came from elsewhere is made safe
 * by log_text_escape(). An unknown escape gives nothing; out is cut at its end.
 */
void log_prefix_format(const char *format, const struct log_origin *origin,
    const struct log_record *record, char out[LOG_PREFIX_MAX]);

/* "2026-11-24 05:06:38.123 UTC". */
#define LOG_PREFIX_TIME_MAX 64
void log_prefix_format_time(const struct timespec *at, int with_ms,
    char out[LOG_PREFIX_TIME_MAX]);

#endif
