/* SPDX-License-Identifier: ISC */
/*
 * reply: what the front itself says to a client, as PostgreSQL would.
 * Pure: struct in, bytes out.
 * Runs in: listener-worker.
 */
#include "common/pg/reply.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/fault.h"

#define HEADER_LEN 5	/* type and length word */

struct writer {
	unsigned char *bytes;
	size_t size;
	size_t len;
	bool full;		/* something did not fit */
};

static void
write_byte(struct writer *w, unsigned char byte)
{
	if (w->len == w->size) {
		w->full = true;
		return;
	}
	w->bytes[w->len++] = byte;
}

/* A terminal shows this text: nothing in it may steer the terminal. */
static unsigned char
printable(unsigned char byte)
{
	return (byte < 0x20 || byte == 0x7f ? '?' : byte);
}

static void
write_field(struct writer *w, char field, const char *text, size_t text_len)
{
	size_t i;

	write_byte(w, (unsigned char)field);
	for (i = 0; i < text_len; i++)
		write_byte(w, printable((unsigned char)text[i]));
	write_byte(w, '\0');
}

/* A text in an array of the fault, which may lack its NUL. */
static void
write_text(struct writer *w, char field, const char *text, size_t size)
{
	size_t len;

	len = strnlen(text, size);
	if (len > 0)
		write_field(w, field, text, len);
}

static void
write_u32(unsigned char *out, uint32_t value)
{
	out[0] = (unsigned char)(value >> 24);
	out[1] = (unsigned char)(value >> 16);
	out[2] = (unsigned char)(value >> 8);
	out[3] = (unsigned char)value;
}

size_t
reply_error(const struct fault *fault, unsigned char *out, size_t size)
{
	struct writer w;
	const char *code;

	if (size < HEADER_LEN)
		return (0);
	w = (struct writer) { .bytes = out, .size = size, .len = HEADER_LEN };
	code = strnlen(fault->sqlstate, sizeof(fault->sqlstate)) == 5 ?
	    fault->sqlstate : "XX000";
	write_field(&w, 'S', "FATAL", 5);
	write_field(&w, 'V', "FATAL", 5);
	write_field(&w, 'C', code, 5);
	write_field(&w, 'M', fault->what,
	    strnlen(fault->what, sizeof(fault->what)));
	write_text(&w, 'D', fault->detail, sizeof(fault->detail));
	write_text(&w, 'H', fault->hint, sizeof(fault->hint));
	write_byte(&w, '\0');
	if (w.full)
		return (0);
	out[0] = 'E';
	write_u32(out + 1, (uint32_t)(w.len - 1));
	return (w.len);
}
