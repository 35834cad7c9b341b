/* SPDX-License-Identifier: ISC */
/*
 * hba_regex_translate: a regular expression of PostgreSQL's as one of the C
 * library's, or the fault that there is none.
 * Pure; allocates.
 * Runs in: postern-listener, at start and reload; listener-worker.
 */
#include "common/pg/hba_regex_translate.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"

#define GROWTH 8		/* "\w" becomes "[[:alnum:]_]" */

/* Escapes that are letters in PostgreSQL's expressions. */
static const struct escape {
	char letter;
	const char *outside;	/* of brackets */
	const char *inside;	/* NULL: not there */
} escapes[] = {
	{ 'd', "[[:digit:]]", "[:digit:]" },
	{ 's', "[[:space:]]", "[:space:]" },
	{ 'w', "[[:alnum:]_]", "[:alnum:]_" },
	{ 'D', "[^[:digit:]]", NULL },
	{ 'S', "[^[:space:]]", NULL },
	{ 'W', "[^[:alnum:]_]", NULL },
	{ 'm', "\\<", NULL },
	{ 'M', "\\>", NULL },
	{ 'y', "\\b", NULL },
	{ 'Y', "\\B", NULL },
	{ 'A', "\\`", NULL },
	{ 'Z', "\\'", NULL },
};

struct translation {
	const char *at;
	char *out;
	size_t len;
	bool behind_quantifier;
	struct fault *fault;
	const char *whole;
};

static void
put(struct translation *t, const char *text)
{
	size_t len = strlen(text);

	memcpy(t->out + t->len, text, len);
	t->len += len;
}

static void
put_byte(struct translation *t, char c)
{
	t->out[t->len++] = c;
}

static int
refuse(const struct translation *t, size_t len)
{
	(void)fault_set(t->fault, "invalid regular expression \"%s\": \"%.*s\" "
	    "is not supported here", t->whole, (int)len, t->at);
	return fault_hint(t->fault, "Write it as a POSIX extended regular "
	    "expression.");
}

static const struct escape *
find_escape(char letter)
{
	size_t i;

	for (i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		if (escapes[i].letter == letter)
			return &escapes[i];
	}
	return NULL;
}

/* A backslash outside of brackets; \< \> \` \' are anchors in the C library
 * alone. */
static int
read_escape(struct translation *t)
{
	char c = t->at[1];
	const struct escape *escape = find_escape(c);

	if (escape != NULL)
		put(t, escape->outside);
	else if (isalpha((unsigned char)c) || c == '0')
		return refuse(t, 2);
	else if (c != '\0' && strchr("<>`'", c) != NULL)
		put_byte(t, c);
	else {
		put_byte(t, '\\');
		if (c == '\0') {
			t->at++;
			return 0;
		}
		put_byte(t, c);
	}
	t->at += 2;
	return 0;
}

/* A backslash in brackets, where the C library knows none. */
static int
read_inner_escape(struct translation *t)
{
	char c = t->at[1], collating[] = "[.?.]";
	const struct escape *escape = find_escape(c);

	if (escape != NULL && escape->inside != NULL)
		put(t, escape->inside);
	else if (isalnum((unsigned char)c) || c == '\0')
		return refuse(t, c == '\0' ? 1 : 2);
	else if (strchr("]^-[", c) != NULL) {
		collating[2] = c;
		put(t, collating);
	} else
		put_byte(t, c);
	t->at += 2;
	return 0;
}

/* [:alpha:], [.x.] or [=x=] is copied whole. */
static void
read_class(struct translation *t)
{
	char end[] = { t->at[1], ']', '\0' };
	const char *stop = strstr(t->at + 2, end);
	size_t len = stop != NULL ? (size_t)(stop - t->at) + 2 : strlen(t->at);

	memcpy(t->out + t->len, t->at, len);
	t->len += len;
	t->at += len;
}

static int
read_bracket(struct translation *t)
{
	put_byte(t, *t->at++);
	if (*t->at == '^')
		put_byte(t, *t->at++);
	if (*t->at == ']')
		put_byte(t, *t->at++);
	while (*t->at != '\0' && *t->at != ']') {
		if (*t->at == '\\') {
			if (read_inner_escape(t) == -1)
				return -1;
		} else if (*t->at == '[' && t->at[1] != '\0' &&
		    strchr(":.=", t->at[1]) != NULL)
			read_class(t);
		else
			put_byte(t, *t->at++);
	}
	if (*t->at == ']')
		put_byte(t, *t->at++);
	return 0;
}

static int
read_one(struct translation *t)
{
	bool behind = t->behind_quantifier;

	t->behind_quantifier = false;
	if (*t->at == '\\')
		return read_escape(t);
	if (*t->at == '[')
		return read_bracket(t);
	if (t->at[0] == '(' && t->at[1] == '?')
		return refuse(t, 2);
	if (strchr("*+?", *t->at) != NULL && behind)
		return refuse(t, 1);
	t->behind_quantifier = strchr("*+?}", *t->at) != NULL;
	put_byte(t, *t->at++);
	return 0;
}

int
hba_regex_translate_to_posix(const char *advanced, char **out,
    struct fault *fault)
{
	struct translation t = { .at = advanced, .whole = advanced,
		.fault = fault };

	if (strncmp(advanced, "***", 3) == 0)
		return refuse(&t, 3);
	t.out = malloc(strlen(advanced) * GROWTH + 1);
	if (t.out == NULL)
		return fault_set(fault, "out of memory");
	while (*t.at != '\0') {
		if (read_one(&t) == -1) {
			free(t.out);
			return -1;
		}
	}
	t.out[t.len] = '\0';
	*out = t.out;
	return 0;
}
