/* SPDX-License-Identifier: ISC */
/*
 * config_line: takes a text in postgresql.conf's syntax apart into lines of
 * one assignment each (the grammar of PostgreSQL's guc-file.l).
 * Pure; knows no setting.
 * Runs in: the supervisors, posternctl.
 */
#include "common/config_line.h"

#include <stdbool.h>
#include <string.h>

#include "common/fault.h"

#define TOKEN_SHOWN_MAX 128	/* bytes of a bad token in a message */

/* The tokens of guc-file.l. */
enum token_type {
	TOKEN_END,		/* of the text */
	TOKEN_LINE_END,
	TOKEN_EQUALS,
	TOKEN_NAME,		/* also a value */
	TOKEN_BARE,		/* a value without quotes that is no name */
	TOKEN_QUOTED,
	TOKEN_BAD
};

struct token {
	enum token_type type;
	const char *text;
	size_t len;
};

static bool
is_letter(unsigned char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	    byte == '_' || byte >= 0x80;
}

static bool
is_digit(unsigned char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool
is_name_byte(unsigned char byte)
{
	return is_letter(byte) || is_digit(byte);
}

/* a.b is a name too, of PostgreSQL's extensions. */
static bool
is_qualified_byte(unsigned char byte)
{
	return is_name_byte(byte) || byte == '.';
}

/* Of a value without quotes, behind its first letter. */
static bool
is_bare_byte(unsigned char byte)
{
	return is_name_byte(byte) || byte == '-' || byte == '.' ||
	    byte == ':' || byte == '/';
}

/* Of a number with its unit, behind its sign. */
static bool
is_number_byte(unsigned char byte)
{
	return is_digit(byte) || (is_letter(byte) && byte < 0x80 &&
	    byte != '_') || byte == '.';
}

static size_t
span(const char *text, size_t len, bool (*is_in)(unsigned char))
{
	size_t n;

	for (n = 0; n < len && is_in((unsigned char)text[n]); n++)
		;
	return n;
}

/* [sign] (digit | .digit) and what may follow; 0 where there is no number. */
static size_t
number_len(const char *text, size_t len)
{
	size_t sign = text[0] == '-' || text[0] == '+';
	size_t first = sign;

	if (first < len && text[first] == '.')
		first++;
	if (first >= len || !is_digit((unsigned char)text[first]))
		return 0;
	return sign + span(text + sign, len - sign, is_number_byte);
}

/* With both quotes; 0 where the end is missing from the line. */
static size_t
quoted_len(const char *text, size_t len)
{
	size_t n;

	for (n = 1; n < len && text[n] != '\n'; n++) {
		if (text[n] == '\\') {
			n++;
			if (n < len && text[n] == '\n')
				return 0;
		} else if (text[n] == '\'') {
			if (n + 1 >= len || text[n + 1] != '\'')
				return n + 1;
			n++;
		}
	}
	return 0;
}

static void
skip_blanks(struct config_line_reader *reader)
{
	const char *bytes = reader->bytes;
	size_t len = reader->len;

	while (reader->at < len && (bytes[reader->at] == ' ' ||
	    bytes[reader->at] == '\t' || bytes[reader->at] == '\r'))
		reader->at++;
	if (reader->at < len && bytes[reader->at] == '#')
		while (reader->at < len && bytes[reader->at] != '\n')
			reader->at++;
}

static struct token
take_token(struct config_line_reader *reader, enum token_type type, size_t len)
{
	struct token token = {
		.type = type,
		.text = reader->bytes + reader->at,
		.len = len,
	};

	reader->at += len;
	return token;
}

static struct token
next_token(struct config_line_reader *reader)
{
	const char *text;
	size_t len, n, name;

	skip_blanks(reader);
	len = reader->len - reader->at;
	if (len == 0)
		return take_token(reader, TOKEN_END, 0);
	text = reader->bytes + reader->at;
	if (text[0] == '\n')
		return take_token(reader, TOKEN_LINE_END, 1);
	if (text[0] == '=')
		return take_token(reader, TOKEN_EQUALS, 1);
	if (text[0] == '\'' && (n = quoted_len(text, len)) > 0)
		return take_token(reader, TOKEN_QUOTED, n);
	if (is_letter((unsigned char)text[0])) {
		n = span(text, len, is_bare_byte);
		name = span(text, len, is_qualified_byte);
		return take_token(reader, n == name ? TOKEN_NAME : TOKEN_BARE,
		    n);
	}
	if ((n = number_len(text, len)) > 0)
		return take_token(reader, TOKEN_BARE, n);
	return take_token(reader, TOKEN_BAD, 1);
}

static void
skip_line(struct config_line_reader *reader)
{
	const char *bytes = reader->bytes;
	size_t len = reader->len;

	while (reader->at < len && bytes[reader->at] != '\n')
		reader->at++;
	if (reader->at < len)
		reader->at++;
	reader->line++;
}

static int
fault_syntax(const struct config_line_reader *reader, const struct token *token,
    struct fault *fault)
{
	if (token->type == TOKEN_LINE_END || token->type == TOKEN_END)
		fault_set(fault, "syntax error in file \"%s\" line %u, near "
		    "end of line", reader->path, reader->line);
	else
		fault_set(fault, "syntax error in file \"%s\" line %u, near "
		    "token \"%.*s\"", reader->path, reader->line,
		    (int)(token->len < TOKEN_SHOWN_MAX ?
		    token->len : TOKEN_SHOWN_MAX), token->text);
	if (token->type == TOKEN_BAD && token->text[0] == '\'')
		fault_hint(fault, "The closing quote is missing.");
	else if (token->type == TOKEN_BAD)
		fault_hint(fault, "Enclose the value in single quotes.");
	return fault_code(fault, "42601");
}

/* One backslash escape at text[0]; returns how many bytes it takes. */
static size_t
unescape(const char *text, size_t len, char *out)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *found;
	unsigned int code = 0;
	size_t n;

	for (n = 0; n < 3 && n + 1 < len && text[n + 1] >= '0' &&
	    text[n + 1] <= '7'; n++)
		code = code * 8 + (unsigned int)(text[n + 1] - '0');
	if (n > 0) {
		*out = (char)code;
		return 1 + n;
	}
	found = memchr(from, text[1], sizeof(from) - 1);
	*out = found == NULL ? text[1] : to[found - from];
	return 2;
}

/*
 * A value's token as its text. Returns 0, or -1 with the fault where it is too
 * long or would hold a zero byte.
 */
static int
copy_value(const struct token *token, struct config_line *out,
    struct fault *fault)
{
	bool quoted = token->type == TOKEN_QUOTED;
	const char *text = token->text + quoted;
	size_t len = token->len - 2 * quoted;
	size_t at = 0, used = 0;

	while (at < len && used < CONFIG_LINE_VALUE_MAX) {
		if (quoted && text[at] == '\\') {
			at += unescape(text + at, len - at, &out->value[used]);
		} else {
			out->value[used] = text[at];
			/* the second of two quotes */
			at += quoted && text[at] == '\'' ? 2 : 1;
		}
		if (out->value[used++] == '\0') {
			fault_set(fault, "value for parameter \"%s\" contains "
			    "a zero byte", out->name);
			return fault_code(fault, "22023");
		}
	}
	out->value[used] = '\0';
	if (at == len)
		return 0;
	fault_set(fault, "value for parameter \"%s\" is too long", out->name);
	fault_detail(fault, "At most %d bytes are accepted.",
	    CONFIG_LINE_VALUE_MAX);
	return fault_code(fault, "22023");
}

/* name [=] value; the rest of the line is left to the caller. */
static int
read_assignment(struct config_line_reader *reader, const struct token *name,
    struct config_line *out, struct fault *fault)
{
	struct token value, end;
	size_t len;

	if (name->type != TOKEN_NAME)
		return fault_syntax(reader, name, fault);
	len = name->len < CONFIG_LINE_NAME_MAX ? name->len :
	    CONFIG_LINE_NAME_MAX;
	memcpy(out->name, name->text, len);
	out->name[len] = '\0';

	value = next_token(reader);
	if (value.type == TOKEN_EQUALS)
		value = next_token(reader);
	if (value.type != TOKEN_NAME && value.type != TOKEN_BARE &&
	    value.type != TOKEN_QUOTED)
		return fault_syntax(reader, &value, fault);
	end = next_token(reader);
	if (end.type != TOKEN_LINE_END && end.type != TOKEN_END)
		return fault_syntax(reader, &end, fault);
	return copy_value(&value, out, fault);
}

int
config_line_read(struct config_line_reader *reader, struct config_line *out,
    struct fault *fault)
{
	struct token name;
	size_t start;
	int rc;

	for (;;) {
		start = reader->at;
		name = next_token(reader);
		if (name.type == TOKEN_END)
			return 0;
		if (name.type != TOKEN_LINE_END)
			break;
		reader->line++;
	}
	out->number = reader->line;
	rc = read_assignment(reader, &name, out, fault);
	reader->at = start;
	skip_line(reader);
	return rc == -1 ? -1 : 1;
}
