/* SPDX-License-Identifier: ISC */
/*
 * log_json: a message as one JSON object on one line, with the keys of
 * PostgreSQL's jsonlog (20.8.5).
 * Pure.
 * Runs in: the supervisors.
 */
#include "common/log_json.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/utf8.h"

#define NUMBER_MAX 10	/* digits of a port or a process ID */

struct writer {
	char *out;
	size_t len;
};

static void
put_bytes(struct writer *w, const char *bytes, size_t len)
{
	if (len > LOG_JSON_MAX - w->len)
		len = LOG_JSON_MAX - w->len;
	memcpy(w->out + w->len, bytes, len);
	w->len += len;
}

static void
put(struct writer *w, const char *text)
{
	put_bytes(w, text, strlen(text));
}

/* C0, DEL, and C1, which a terminal takes for commands. */
static unsigned int
control_of(const char *character, size_t len)
{
	unsigned char first = (unsigned char)character[0];

	if (len == 1 && (first < 0x20 || first == 0x7f))
		return first;
	if (len == 2 && first == 0xc2 && (unsigned char)character[1] < 0xa0)
		return (unsigned char)character[1];
	return 0;
}

static void
put_code(struct writer *w, unsigned int code)
{
	char text[8];

	(void)snprintf(text, sizeof(text), "\\u%04x", code & 0xffff);
	put(w, text);
}

static void
put_string(struct writer *w, const char *text, size_t len)
{
	size_t at = 0, n;

	put(w, "\"");
	while (at < len) {
		n = utf8_character(text + at, len - at);
		if (n == 0) {
			put_code(w, (unsigned char)text[at]);
			n = 1;
		} else if (control_of(text + at, n) != 0 || text[at] == '\0')
			put_code(w, control_of(text + at, n));
		else {
			if (text[at] == '"' || text[at] == '\\')
				put(w, "\\");
			put_bytes(w, text + at, n);
		}
		at += n;
	}
	put(w, "\"");
}

static void
put_key(struct writer *w, const char *key)
{
	if (w->len > 1)
		put(w, ",");
	put(w, "\"");
	put(w, key);
	put(w, "\":");
}

static void
put_text(struct writer *w, const char *key, const char *text)
{
	put_key(w, key);
	put_string(w, text, strlen(text));
}

static bool
is_number(const struct log_part *part)
{
	size_t i;

	for (i = 0; i < part->len; i++)
		if (part->text[i] < '0' || part->text[i] > '9')
			return false;
	return part->len > 0 && part->len <= NUMBER_MAX &&
	    (part->text[0] != '0' || part->len == 1);
}

/* What calls itself a number and is none is a string. */
static void
put_part(struct writer *w, const char *key, const struct log_part *part,
    bool may_be_number)
{
	if (part->text == NULL)
		return;
	put_key(w, key);
	if (may_be_number && is_number(part))
		put_bytes(w, part->text, part->len);
	else
		put_string(w, part->text, part->len);
}

/* The parts behind the first one. */
static void
put_rest(struct writer *w, const struct log_record *record)
{
	size_t i;

	for (i = 1; i < record->parts_len; i++)
		put_part(w, record->parts[i].level == LOG_LEVEL_HINT ? "hint" :
		    "detail", &record->parts[i], false);
}

static void
put_origin(struct writer *w, const struct log_origin *origin)
{
	char pid[24];

	(void)snprintf(pid, sizeof(pid), "%ld", (long)origin->pid);
	put_key(w, "pid");
	put(w, pid);
}

size_t
log_json_format(const struct log_origin *origin,
    const struct log_record *record, char out[LOG_JSON_MAX])
{
	const struct log_part *fields = record->fields;
	struct writer w = { .out = out };
	char time[LOG_PREFIX_TIME_MAX];

	put(&w, "{");
	log_prefix_format_time(&origin->at, 1, time);
	put_text(&w, "timestamp", time);
	put_part(&w, "user", &fields[LOG_FIELD_USER], false);
	put_part(&w, "dbname", &fields[LOG_FIELD_DATABASE], false);
	put_origin(&w, origin);
	put_part(&w, "remote_host", &fields[LOG_FIELD_HOST], false);
	put_part(&w, "remote_port", &fields[LOG_FIELD_PORT], true);
	put_text(&w, "error_severity",
	    log_level_name(record->parts[0].level));
	put_part(&w, "state_code", &fields[LOG_FIELD_SQLSTATE], false);
	put_part(&w, "message", &record->parts[0], false);
	put_rest(&w, record);
	put_part(&w, "application_name", &fields[LOG_FIELD_APPLICATION],
	    false);
	put_text(&w, "backend_type", origin->program);
	put_part(&w, "server_pid", &fields[LOG_FIELD_SERVER_PID], true);
	put(&w, "}\n");
	return w.len;
}
