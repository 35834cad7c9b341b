/* SPDX-License-Identifier: ISC */
/*
 * hba_token: lines and words of pg_hba.conf and pg_ident.conf (PostgreSQL's
 * hba.c: next_token, tokenize_auth_file).
 * Pure; knows neither files nor the meaning of a word.
 * Runs in: postern-listener.
 */
#include "common/pg/hba_token.h"

#include <string.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Appends the next physical line. Returns the new length, its end stripped. */
static size_t
append_line(struct hba_token_reader *reader, char *out, size_t len)
{
	const char *from = reader->bytes + reader->at;
	size_t left = reader->len - reader->at, n;
	const char *end;

	end = memchr(from, '\n', left);
	n = end != NULL ? (size_t)(end - from) + 1 : left;
	memcpy(out + len, from, n);
	len += n;
	reader->at += n;
	reader->line++;
	while (len > 0 && (out[len - 1] == '\n' || out[len - 1] == '\r'))
		len--;
	return len;
}

/*
 * A backslash counts only behind the last place where a line was joined, else
 * two backslashes and two line ends would say something surprising.
 */
bool
hba_token_read_line(struct hba_token_reader *reader, char *out,
    size_t *out_len, unsigned int *out_number)
{
	size_t joined = 0, len = 0;

	if (reader->at >= reader->len)
		return false;
	*out_number = reader->line;
	while (reader->at < reader->len) {
		len = append_line(reader, out, len);
		if (len <= joined || out[len - 1] != '\\')
			break;
		joined = --len;
	}
	out[len] = '\0';
	*out_len = len;
	return true;
}

bool
hba_token_read(const char **at, char *out, struct hba_token *token)
{
	bool in_quote = false, saw_quote = false, was_quote = false;
	const char *p = *at;
	size_t len = 0;

	token->quoted = false;
	token->comma = false;
	while (is_blank(*p) || *p == ',')
		p++;
	for (; *p != '\0' && (in_quote || !is_blank(*p)); p++) {
		if (*p == '#' && !in_quote) {
			p += strlen(p);
			break;
		}
		if (*p == ',' && !in_quote) {
			token->comma = true;
			break;
		}
		if (*p != '"') {
			out[len++] = *p;
			was_quote = false;
			continue;
		}
		if (was_quote)
			out[len++] = '"';
		was_quote = in_quote && !was_quote;
		in_quote = !in_quote;
		saw_quote = true;
		if (len == 0)
			token->quoted = true;
	}
	out[len] = '\0';
	token->len = len;
	*at = p;
	return saw_quote || len > 0;
}

bool
hba_token_is_open(const char *line)
{
	bool in_quote = false;

	for (; *line != '\0'; line++) {
		if (*line == '"')
			in_quote = !in_quote;
		else if (*line == '#' && !in_quote)
			break;
	}
	return in_quote;
}
