/* SPDX-License-Identifier: ISC */
/*
 * cell: one value as people and programs read it.
 * Pure. Runs in: posternctl.
 */
#include "common/ctl/cell.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log_text.h"
#include "common/utf8.h"

#define SAFE_SIZE (4 * STATUSWIRE_MESSAGE_MAX + 1)

/* Without leading zeroes, as JSON wants it. */
static bool
is_number(const char *text)
{
	const char *digits = text[0] == '-' ? text + 1 : text;

	return digits[0] != '\0' && strlen(digits) <= 20 &&
	    strspn(digits, "0123456789") == strlen(digits) &&
	    (digits[0] != '0' || digits[1] == '\0');
}

int
cell_format_time(enum cell_format format, const char *digits, char *out,
    size_t size)
{
	char date[64];
	long long us;
	struct tm tm;
	time_t seconds;

	if (!is_number(digits) || digits[0] == '-')
		return -1;
	errno = 0;
	us = strtoll(digits, NULL, 10);
	seconds = (time_t)(us / 1000000);
	if (errno != 0 || gmtime_r(&seconds, &tm) == NULL ||
	    strftime(date, sizeof(date), format == CELL_JSON ?
	    "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &tm) == 0)
		return -1;
	(void)snprintf(out, size, "%s.%06d%s", date, (int)(us % 1000000),
	    format == CELL_JSON ? "Z" : "+00");
	return 0;
}

/* In quotes, where the format wants them; each quote within becomes two. */
static size_t
write_csv(const char *text, char *out)
{
	size_t i, n = 0;

	if (text[0] != '\0' && strpbrk(text, ",\"\\ ") == NULL)
		return (size_t)sprintf(out, "%s", text);
	out[n++] = '"';
	for (i = 0; text[i] != '\0' && n + 3 < CELL_SIZE; i++) {
		if (text[i] == '"')
			out[n++] = '"';
		out[n++] = text[i];
	}
	out[n++] = '"';
	out[n] = '\0';
	return n;
}

static size_t
write_json(const char *text, char *out)
{
	size_t i, n = 0;

	out[n++] = '"';
	for (i = 0; text[i] != '\0' && n + 3 < CELL_SIZE; i++) {
		if (text[i] == '"' || text[i] == '\\')
			out[n++] = '\\';
		out[n++] = text[i];
	}
	out[n++] = '"';
	out[n] = '\0';
	return n;
}

static size_t
write_text(enum cell_format format, const char *text, char *out)
{
	switch (format) {
	case CELL_CSV:
		return write_csv(text, out);
	case CELL_JSON:
		return write_json(text, out);
	default:
		return (size_t)sprintf(out, "%s", text);
	}
}

static size_t
write_bool(enum cell_format format, bool is, char *out)
{
	if (format == CELL_JSON)
		return (size_t)sprintf(out, "%s", is ? "true" : "false");
	return (size_t)sprintf(out, "%s", is ? "t" : "f");
}

size_t
cell_write(enum cell_format format, enum statuswire_kind kind,
    const struct statuswire_value *value, char out[CELL_SIZE])
{
	char safe[SAFE_SIZE], time_text[96];

	if (value->bytes == NULL)
		return (size_t)sprintf(out, "%s",
		    format == CELL_JSON ? "null" : "");
	(void)log_text_escape(value->bytes, value->len, safe, sizeof(safe));
	if (kind == STATUSWIRE_NUMBER && is_number(safe))
		return (size_t)sprintf(out, "%s", safe);
	if (kind == STATUSWIRE_BOOL && (strcmp(safe, "t") == 0 ||
	    strcmp(safe, "f") == 0))
		return write_bool(format, safe[0] == 't', out);
	if (kind == STATUSWIRE_TIME && cell_format_time(format, safe,
	    time_text, sizeof(time_text)) == 0)
		return write_text(format, time_text, out);
	return write_text(format, safe, out);
}

size_t
cell_width(const char *text)
{
	size_t len = strlen(text), at = 0, width = 0, n;

	while (at < len) {
		n = utf8_character(text + at, len - at);
		at += n == 0 ? 1 : n;
		width++;
	}
	return width;
}
