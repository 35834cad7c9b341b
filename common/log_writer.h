/* SPDX-License-Identifier: ISC */
/*
 * log_writer: what log and log_sink share: the packed message, and the place
 * where a supervisor hangs in its destinations, so that programs without them
 * link neither open nor syslog.
 * Runs in: every process; the writer itself in the supervisors.
 */
#ifndef COMMON_LOG_WRITER_H
#define COMMON_LOG_WRITER_H

#include <stddef.h>

#include "common/log.h"

/*
 * A packed message is one datagram of the channel, and the same thing in
 * memory: a level byte and text, then up to two times a NUL, the level byte of
 * DETAIL or HINT, and text.
 */
#define LOG_PACKED_MAX 2048
#define LOG_PARTS_MAX 3
#define LOG_PREFIX_MAX 128	/* "2026-11-24 05:06:38.123 UTC program[pid]" */
#define LOG_LINES_MAX \
    (4 * LOG_PACKED_MAX + LOG_PARTS_MAX * (LOG_PREFIX_MAX + 16))

struct log_part {
	enum log_level level;
	const char *text;	/* points into the packed bytes; no NUL */
	size_t len;
};

/*
 * Takes packed bytes apart, whoever wrote them: a level byte that is none
 * counts as LOG, behind the first part as DETAIL. Returns the number of parts,
 * at least 1; packed bytes that are empty give one empty part.
 */
size_t log_unpack(const char *packed, size_t len,
    struct log_part out[LOG_PARTS_MAX]);

/*
 * Formats packed bytes as lines "prefix: LEVEL:  text", each with its newline,
 * the text made safe by log_text_escape(). Returns the length; LOG_LINES_MAX
 * bytes suffice when the prefix is shorter than LOG_PREFIX_MAX.
 */
size_t log_format_lines(const char *prefix, const char *packed, size_t len,
    char out[LOG_LINES_MAX]);

/*
 * From now on every message of this process goes to writer instead of stderr.
 * NULL: back to stderr.
 */
void log_set_writer(void (*writer)(const char *program, const char *packed,
    size_t len));

#endif
