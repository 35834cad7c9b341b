/* SPDX-License-Identifier: ISC */
/*
 * log_prefix: log_line_prefix, PostgreSQL's text before every message.
 * Pure.
 * Runs in: the supervisors.
 */
#include "common/log_prefix.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/fault.h"
#include "common/instance.h"
#include "common/log_text.h"

#define WIDTH_MAX 200
#define UNKNOWN "[unknown]"
#define NO_SQLSTATE "00000"

/* One prefix as it grows. */
struct writer {
	char *out;
	size_t len;
	const struct log_origin *origin;
	const struct log_record *record;
	int width;		/* of the escape; negative: to the left */
};

static void
put(struct writer *w, const char *text)
{
	int n;

	n = snprintf(w->out + w->len, LOG_PREFIX_MAX - w->len, "%*s",
	    w->width, text);
	if (n > 0)
		w->len += (size_t)n;
	if (w->len > LOG_PREFIX_MAX - 1)
		w->len = LOG_PREFIX_MAX - 1;
}

static bool
is_session(const struct writer *w)
{
	return w->record->fields[LOG_FIELD_HOST].text != NULL;
}

/* A field as text that is safe; "" if it is absent. */
static void
read_field(const struct writer *w, enum log_field field, char *out,
    size_t size)
{
	const struct log_part *part = &w->record->fields[field];

	out[0] = '\0';
	if (part->text != NULL)
		(void)log_text_escape(part->text, part->len, out, size);
}

static void
put_field(struct writer *w, enum log_field field, const char *absent)
{
	char text[512];

	read_field(w, field, text, sizeof(text));
	if (text[0] == '\0' && is_session(w))
		put(w, absent);
	else
		put(w, text);
}

/* "127.0.0.1(5432)". */
static void
put_remote(struct writer *w)
{
	char host[256], port[64], text[sizeof(host) + sizeof(port) + 2];

	read_field(w, LOG_FIELD_HOST, host, sizeof(host));
	read_field(w, LOG_FIELD_PORT, port, sizeof(port));
	(void)snprintf(text, sizeof(text), "%s%s%s%s", host,
	    port[0] != '\0' ? "(" : "", port, port[0] != '\0' ? ")" : "");
	put(w, text);
}

void
log_prefix_format_time(const struct timespec *at, int with_ms,
    char out[LOG_PREFIX_TIME_MAX])
{
	char zone[16] = "UTC", ms[8] = "";
	struct tm tm;

	if (localtime_r(&at->tv_sec, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	else
		(void)strftime(zone, sizeof(zone), "%Z", &tm);
	if (with_ms)
		(void)snprintf(ms, sizeof(ms), ".%03d",
		    (int)(at->tv_nsec / 1000000) % 1000);
	(void)snprintf(out, LOG_PREFIX_TIME_MAX,
	    "%04d-%02d-%02d %02d:%02d:%02d%s %s", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, ms,
	    zone);
}

static void
put_time(struct writer *w, int with_ms)
{
	char text[LOG_PREFIX_TIME_MAX];

	log_prefix_format_time(&w->origin->at, with_ms, text);
	put(w, text);
}

static void
put_epoch(struct writer *w)
{
	char text[48];

	(void)snprintf(text, sizeof(text), "%lld.%03d",
	    (long long)w->origin->at.tv_sec,
	    (int)(w->origin->at.tv_nsec / 1000000) % 1000);
	put(w, text);
}

static void
put_pid(struct writer *w)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%ld", (long)w->origin->pid);
	put(w, text);
}

static void
put_sqlstate(struct writer *w)
{
	char text[32];

	read_field(w, LOG_FIELD_SQLSTATE, text, sizeof(text));
	put(w, text[0] != '\0' ? text : NO_SQLSTATE);
}

static void
put_escape(struct writer *w, char letter)
{
	switch (letter) {
	case 'a':
		put_field(w, LOG_FIELD_APPLICATION, UNKNOWN);
		break;
	case 'u':
		put_field(w, LOG_FIELD_USER, UNKNOWN);
		break;
	case 'd':
		put_field(w, LOG_FIELD_DATABASE, UNKNOWN);
		break;
	case 'h':
		put_field(w, LOG_FIELD_HOST, "");
		break;
	case 'P':
		put_field(w, LOG_FIELD_SERVER_PID, "");
		break;
	case 'r':
		put_remote(w);
		break;
	case 'b':
		put(w, w->origin->program);
		break;
	case 'p':
		put_pid(w);
		break;
	case 't':
	case 'm':
		put_time(w, letter == 'm');
		break;
	case 'n':
		put_epoch(w);
		break;
	case 'e':
		put_sqlstate(w);
		break;
	default:
		break;
	}
}

/* The width of an escape, of which at is behind the percent sign. */
static const char *
read_width(const char *at, int *out)
{
	int sign = 1, width = 0;

	if (*at == '-') {
		sign = -1;
		at++;
	}
	for (; isdigit((unsigned char)*at); at++)
		if (width <= WIDTH_MAX)
			width = 10 * width + (*at - '0');
	*out = sign * (width <= WIDTH_MAX ? width : WIDTH_MAX);
	return at;
}

void
log_prefix_format(const char *format, const struct log_origin *origin,
    const struct log_record *record, char out[LOG_PREFIX_MAX])
{
	struct writer w = { .out = out, .origin = origin, .record = record };
	const char *at = format;

	out[0] = '\0';
	while (*at != '\0') {
		if (*at != '%') {
			w.width = 0;
			put(&w, (const char[]){ *at++, '\0' });
			continue;
		}
		at = read_width(at + 1, &w.width);
		if (*at == '\0' || (*at == 'q' && !is_session(&w)))
			break;
		if (*at == '%') {
			w.width = 0;
			put(&w, "%");
		} else
			put_escape(&w, *at);
		at++;
	}
}

int
log_prefix_check(const char *format, struct fault *out)
{
	const char *at = format;
	int width;

	while ((at = strchr(at, '%')) != NULL) {
		at = read_width(at + 1, &width);
		if (*at != '\0' && strchr("audrhbpPtmneq%", *at) != NULL) {
			at++;
			continue;
		}
		instance_refuse("log_line_prefix", format, out);
		if (*at == '\0')
			fault_detail(out, "It ends within an escape.");
		else
			fault_detail(out, "There is no escape \"%%%c\".",
			    isprint((unsigned char)*at) ? *at : '?');
		return fault_hint(out, "Available escapes: %%a %%u %%d %%r %%h "
		    "%%b %%p %%P %%t %%m %%n %%e %%q %%%%.");
	}
	return 0;
}
