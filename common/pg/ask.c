/* SPDX-License-Identifier: ISC */
/*
 * ask: what the front itself asks a server: a StartupMessage of its own, and
 * the first message that comes back (protocol chapter 55.7).
 * Pure: struct in, bytes out, and the reverse.
 * Runs in: listener-worker.
 */
#include "common/pg/ask.h"

#include <string.h>

#include "common/fault.h"

#define PROTOCOL_3_0 0x00030000u
#define NAME_MAX_LEN 63		/* NAMEDATALEN - 1 */
#define HEADER_LEN 5		/* type and length word */
#define LENGTH_LEN 4
#define SQLSTATE_LEN 5

static void
write_u32(unsigned char *out, uint32_t value)
{
	out[0] = (unsigned char)(value >> 24);
	out[1] = (unsigned char)(value >> 16);
	out[2] = (unsigned char)(value >> 8);
	out[3] = (unsigned char)value;
}

static uint32_t
read_u32(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	    (uint32_t)bytes[2] << 8 | bytes[3];
}

static size_t
write_text(unsigned char *out, size_t at, const char *text)
{
	size_t len = strnlen(text, NAME_MAX_LEN);

	memcpy(out + at, text, len);
	out[at + len] = '\0';
	return at + len + 1;
}

size_t
ask_write_startup(const char *user, const char *database,
    unsigned char out[ASK_STARTUP_MAX])
{
	const char *const words[] = { "user", user, "database", database,
		"application_name", "postern-listener" };
	size_t at = 2 * LENGTH_LEN, i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		at = write_text(out, at, words[i]);
	out[at++] = '\0';
	write_u32(out, (uint32_t)at);
	write_u32(out + LENGTH_LEN, PROTOCOL_3_0);
	return at;
}

/* Fields are a letter and a text each, until a letter that is NUL. */
static enum ask_answer
read_refusal(const unsigned char *body, size_t len, struct fault *refusal)
{
	const char *text, *message = "", *code = "";
	const unsigned char *end;

	while (len > 1 && body[0] != '\0') {
		text = (const char *)body + 1;
		if ((end = memchr(text, '\0', len - 1)) == NULL)
			return ASK_BROKEN;
		if (body[0] == 'M')
			message = text;
		else if (body[0] == 'C' && strlen(text) == SQLSTATE_LEN)
			code = text;
		len -= (size_t)(end + 1 - body);
		body = end + 1;
	}
	if (len != 1 || body[0] != '\0')
		return ASK_BROKEN;
	(void)fault_set(refusal, "%s", message);
	(void)fault_code(refusal, code);
	return ASK_REFUSED;
}

enum ask_answer
ask_read_answer(const unsigned char *bytes, size_t len, uint32_t *out_kind,
    struct fault *refusal)
{
	size_t message_len;

	if (len > 0 && bytes[0] != 'R' && bytes[0] != 'E')
		return ASK_BROKEN;
	if (len < HEADER_LEN)
		return ASK_MORE;
	message_len = 1 + (size_t)read_u32(bytes + 1);
	if (message_len <= HEADER_LEN || message_len > ASK_ANSWER_MAX)
		return ASK_BROKEN;
	if (len < message_len)
		return ASK_MORE;
	if (bytes[0] == 'E')
		return read_refusal(bytes + HEADER_LEN,
		    message_len - HEADER_LEN, refusal);
	if (message_len < HEADER_LEN + sizeof(uint32_t))
		return ASK_BROKEN;
	*out_kind = read_u32(bytes + HEADER_LEN);
	return ASK_AUTHENTICATION;
}
