/* SPDX-License-Identifier: ISC */
/*
 * log_record: one message of the log as bytes: the datagram that a confined
 * process sends, and the same thing in memory.
 * Pure.
 * Runs in: every process.
 */
#ifndef COMMON_LOG_RECORD_H
#define COMMON_LOG_RECORD_H

#include <stddef.h>

#include "common/log.h"

/*
 * Packed: a level byte and text, then parts with a NUL before each: the level
 * byte of DETAIL or HINT and its text, or the byte of a field and its text.
 * None of it is believed: whatever stands there is text and no more.
 */
#define LOG_PACKED_MAX 2560
#define LOG_PARTS_MAX 3		/* with text: message, DETAIL, HINT */

/* What is known of the session that a message is about, and its SQLSTATE. */
enum log_field {
	LOG_FIELD_USER,
	LOG_FIELD_DATABASE,
	LOG_FIELD_APPLICATION,
	LOG_FIELD_HOST,		/* of the client; there is one in a session's */
	LOG_FIELD_PORT,
	LOG_FIELD_SERVER_PID,	/* the server's own process */
	LOG_FIELD_SQLSTATE,
	LOG_FIELDS
};
#define LOG_FIELD_TAG 0x10	/* a field's byte is this plus its number */

struct log_part {
	enum log_level level;
	const char *text;	/* points into the packed bytes; no NUL */
	size_t len;
};

struct log_record {
	struct log_part parts[LOG_PARTS_MAX];
	size_t parts_len;			/* at least 1 */
	struct log_part fields[LOG_FIELDS];	/* text NULL: absent; level is
						   of no use */
};

/*
 * Takes packed bytes apart, whoever wrote them: a level byte that is none
 * counts as LOG, behind the first part as DETAIL; behind the third, bytes that
 * begin no field belong to it. A field that comes twice is the last one. Packed
 * bytes that are empty give one empty part.
 */
void log_record_unpack(const char *packed, size_t len,
    struct log_record *out);

/*
 * Formats it as lines "LEVEL:  text" behind prefix, each with its newline, the
 * text made safe by log_text_escape(). Returns the length; LOG_LINES_MAX bytes
 * suffice; of prefix LOG_PREFIX_MAX - 1 bytes are taken.
 */
#define LOG_PREFIX_MAX 1024
#define LOG_LINES_MAX \
    (4 * LOG_PACKED_MAX + LOG_PARTS_MAX * (LOG_PREFIX_MAX + 16))
size_t log_record_format(const struct log_record *record, const char *prefix,
    char out[LOG_LINES_MAX]);

/*
 * Begins packed bytes with a message, adds a part, adds the fields of a session
 * (NULL: none). Text that does not fit is left out. Return the length so far;
 * a message of LOG_TEXT_MAX bytes, or a fault's texts, and a session fit.
 */
size_t log_record_begin(char packed[LOG_PACKED_MAX], enum log_level level,
    const char *text, size_t len);
size_t log_record_add(char packed[LOG_PACKED_MAX], size_t used,
    enum log_level level, const char *text);
size_t log_record_add_field(char packed[LOG_PACKED_MAX], size_t used,
    enum log_field field, const char *text);
size_t log_record_add_session(char packed[LOG_PACKED_MAX], size_t used,
    const struct log_session *session);

#endif
