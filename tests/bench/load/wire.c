/* SPDX-License-Identifier: ISC */
/*
 * wire: messages are written with their length filled in at the end.
 * Runs in: bench-load, bench-standin.
 */
#include "tests/bench/load/wire.h"

#include <string.h>

#define SSL_CODE 80877103u
#define VERSION_3_0 (3u << 16)

static size_t
put_word(unsigned char *out, uint32_t value)
{
	out[0] = (unsigned char)(value >> 24);
	out[1] = (unsigned char)(value >> 16);
	out[2] = (unsigned char)(value >> 8);
	out[3] = (unsigned char)value;
	return 4;
}

static size_t
put_half(unsigned char *out, unsigned int value)
{
	out[0] = (unsigned char)(value >> 8);
	out[1] = (unsigned char)value;
	return 2;
}

static size_t
put_text(unsigned char *out, const char *text)
{
	size_t len = strlen(text) + 1;

	memcpy(out, text, len);
	return len;
}

/* The length word stands behind the type and counts itself. */
static size_t
end(unsigned char *out, size_t len)
{
	(void)put_word(out + 1, (uint32_t)(len - 1));
	return len;
}

static void
note_body(struct wire_reader *reader)
{
	switch (reader->header[0]) {
	case 'Z':
		reader->ready++;
		break;
	case 'E':
		reader->has_error = true;
		break;
	case 'G':
		reader->copies_in = true;
		break;
	case 'd':
		reader->copied += reader->left;
		break;
	default:
		break;
	}
}

void
wire_read(struct wire_reader *reader, const unsigned char *bytes, size_t len)
{
	const unsigned char *h = reader->header;
	size_t step;

	while (len > 0) {
		if (reader->left > 0) {
			step = reader->left < len ? reader->left : len;
			reader->left -= (uint32_t)step;
			bytes += step;
			len -= step;
			continue;
		}
		reader->header[reader->header_len++] = *bytes++;
		len--;
		if (reader->header_len < sizeof(reader->header))
			continue;
		reader->header_len = 0;
		reader->left = ((uint32_t)h[1] << 24 | (uint32_t)h[2] << 16 |
		    (uint32_t)h[3] << 8 | h[4]) - 4;
		note_body(reader);
	}
}

size_t
wire_ssl_request(unsigned char *out)
{
	return put_word(out, 8) + put_word(out + 4, SSL_CODE);
}

size_t
wire_startup(unsigned char *out, const char *user, const char *database)
{
	size_t len = 4;

	len += put_word(out + len, VERSION_3_0);
	len += put_text(out + len, "user");
	len += put_text(out + len, user);
	len += put_text(out + len, "database");
	len += put_text(out + len, database);
	out[len++] = '\0';
	(void)put_word(out, (uint32_t)len);
	return len;
}

size_t
wire_query(unsigned char *out, const char *sql)
{
	out[0] = 'Q';
	return end(out, 5 + put_text(out + 5, sql));
}

static size_t
put_sync(unsigned char *out)
{
	out[0] = 'S';
	return end(out, 5);
}

/* Parse as the statement "s", and Sync. */
size_t
wire_parse(unsigned char *out, const char *sql)
{
	size_t len = 5;

	out[0] = 'P';
	len += put_text(out + len, "s");
	len += put_text(out + len, sql);
	len += put_half(out + len, 0);
	len = end(out, len);
	return len + put_sync(out + len);
}

/* Bind of the statement "s" with one value, Execute and Sync. */
size_t
wire_execute(unsigned char *out, const char *value)
{
	unsigned char *execute;
	size_t len = 5;

	out[0] = 'B';
	len += put_text(out + len, "");
	len += put_text(out + len, "s");
	len += put_half(out + len, 0);
	len += put_half(out + len, 1);
	len += put_word(out + len, (uint32_t)strlen(value));
	len += put_text(out + len, value) - 1;
	len += put_half(out + len, 0);
	len = end(out, len);
	execute = out + len;
	execute[0] = 'E';
	execute[5] = '\0';
	(void)put_word(execute + 6, 0);
	len += end(execute, 10);
	return len + put_sync(out + len);
}

size_t
wire_copy_chunk(unsigned char *out, size_t row_len)
{
	out[0] = 'd';
	memset(out + 5, 'x', row_len - 1);
	out[5 + row_len - 1] = '\n';
	return end(out, 5 + row_len);
}

size_t
wire_copy_done(unsigned char *out)
{
	out[0] = 'c';
	return end(out, 5);
}

size_t
wire_terminate(unsigned char *out)
{
	out[0] = 'X';
	return end(out, 5);
}
