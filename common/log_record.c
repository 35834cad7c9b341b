/* SPDX-License-Identifier: ISC */
/*
 * log_record: one message of the log as bytes: the datagram that a confined
 * process sends, and the same thing in memory.
 * Pure.
 * Runs in: every process.
 */
#include "common/log_record.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/log_text.h"

#define NO_LEVEL 0xff	/* a byte that is no level */

static enum log_level
level_of_byte(unsigned char byte, bool first)
{
	if (first)
		return byte < LOG_LEVELS ? (enum log_level)byte :
		    LOG_LEVEL_LOG;
	return byte == LOG_LEVEL_HINT ? LOG_LEVEL_HINT : LOG_LEVEL_DETAIL;
}

static bool
is_field(unsigned char byte)
{
	return byte >= LOG_FIELD_TAG && byte < LOG_FIELD_TAG + LOG_FIELDS;
}

static void
take_part(struct log_record *out, unsigned char byte, const char *text,
    size_t len)
{
	struct log_part *last = &out->parts[LOG_PARTS_MAX - 1];

	if (out->parts_len > 0 && is_field(byte)) {
		out->fields[byte - LOG_FIELD_TAG].text = text;
		out->fields[byte - LOG_FIELD_TAG].len = len;
	} else if (out->parts_len < LOG_PARTS_MAX) {
		out->parts[out->parts_len].level = level_of_byte(byte,
		    out->parts_len == 0);
		out->parts[out->parts_len].text = text;
		out->parts[out->parts_len].len = len;
		out->parts_len++;
	} else if (last->text + last->len + 2 == text)
		last->len += 2 + len;
}

void
log_record_unpack(const char *packed, size_t len, struct log_record *out)
{
	const char *end = packed + len, *nul;
	unsigned char byte;

	memset(out, 0, sizeof(*out));
	do {
		byte = packed < end ? (unsigned char)*packed++ : NO_LEVEL;
		nul = memchr(packed, '\0', (size_t)(end - packed));
		take_part(out, byte, packed,
		    (size_t)((nul != NULL ? nul : end) - packed));
		packed = nul != NULL ? nul + 1 : end;
	} while (nul != NULL);
}

size_t
log_record_format(const struct log_record *record, const char *prefix,
    char out[LOG_LINES_MAX])
{
	const struct log_part *part;
	size_t used = 0, i;

	for (i = 0; i < record->parts_len; i++) {
		part = &record->parts[i];
		used += (size_t)snprintf(out + used, LOG_PREFIX_MAX + 16,
		    "%.*s%s:  ", LOG_PREFIX_MAX - 1, prefix,
		    log_level_name(part->level));
		used += log_text_escape(part->text, part->len, out + used,
		    LOG_LINES_MAX - used - 1);
		out[used++] = '\n';
	}
	return used;
}

size_t
log_record_begin(char packed[LOG_PACKED_MAX], enum log_level level,
    const char *text, size_t len)
{
	if (len > LOG_PACKED_MAX - 1)
		len = LOG_PACKED_MAX - 1;
	packed[0] = (char)level;
	memcpy(packed + 1, text, len);
	return 1 + len;
}

static size_t
add(char packed[LOG_PACKED_MAX], size_t used, int byte, const char *text)
{
	size_t len = strlen(text);

	if (used + 2 + len > LOG_PACKED_MAX)
		return used;
	packed[used++] = '\0';
	packed[used++] = (char)byte;
	memcpy(packed + used, text, len);
	return used + len;
}

size_t
log_record_add(char packed[LOG_PACKED_MAX], size_t used, enum log_level level,
    const char *text)
{
	return add(packed, used, (int)level, text);
}

size_t
log_record_add_field(char packed[LOG_PACKED_MAX], size_t used,
    enum log_field field, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return used;
	return add(packed, used, LOG_FIELD_TAG + (int)field, text);
}

static size_t
add_number(char packed[LOG_PACKED_MAX], size_t used, enum log_field field,
    unsigned int number)
{
	char text[16];

	if (number == 0)
		return used;
	(void)snprintf(text, sizeof(text), "%u", number);
	return log_record_add_field(packed, used, field, text);
}

size_t
log_record_add_session(char packed[LOG_PACKED_MAX], size_t used,
    const struct log_session *session)
{
	if (session == NULL)
		return used;
	used = log_record_add_field(packed, used, LOG_FIELD_USER,
	    session->user);
	used = log_record_add_field(packed, used, LOG_FIELD_DATABASE,
	    session->database);
	used = log_record_add_field(packed, used, LOG_FIELD_APPLICATION,
	    session->application_name);
	used = log_record_add_field(packed, used, LOG_FIELD_HOST,
	    session->host);
	used = add_number(packed, used, LOG_FIELD_PORT, session->port);
	return add_number(packed, used, LOG_FIELD_SERVER_PID,
	    session->server_pid);
}
