/* SPDX-License-Identifier: ISC */
/*
 * log_text: bytes from anywhere as text that is safe in a log and a terminal.
 * Pure.
 * Runs in: every process.
 */
#include "common/log_text.h"

#include <stdbool.h>
#include <string.h>

#include "common/utf8.h"

#define ESCAPE_LEN 4	/* \xNN */

/* C0, DEL, and C1: U+009B begins a terminal's escape sequence as ESC [ does. */
static bool
is_control(const char *character, size_t len)
{
	unsigned char first = (unsigned char)character[0];

	if (len == 1)
		return first < 0x20 || first == 0x7f;
	return len == 2 && first == 0xc2 && (unsigned char)character[1] < 0xa0;
}

static void
escape_byte(unsigned char byte, char *out)
{
	static const char hex[] = "0123456789abcdef";

	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex[byte >> 4];
	out[3] = hex[byte & 0xf];
}

size_t
log_text_escape(const char *text, size_t len, char *out, size_t size)
{
	size_t used = 0, at = 0, n, need;
	bool plain;

	while (at < len) {
		n = utf8_character(text + at, len - at);
		plain = n != 0 && !is_control(text + at, n);
		if (!plain)
			n = 1;
		need = plain ? n : ESCAPE_LEN;
		if (used + need >= size)
			break;
		if (plain)
			memcpy(out + used, text + at, n);
		else
			escape_byte((unsigned char)text[at], out + used);
		used += need;
		at += n;
	}
	out[used] = '\0';
	return used;
}
