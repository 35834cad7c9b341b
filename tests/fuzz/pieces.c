/* SPDX-License-Identifier: ISC */
/*
 * pieces: an input of several texts, as files and the question about them.
 * Runs in: make check, tests/fuzz/run.
 */
#include "tests/fuzz/pieces.h"

#include <stdbool.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

static void
keep(struct piece *out, const uint8_t *bytes, size_t len)
{
	out->bytes = calloc(1, len + 1);
	FUZZ_MUST(out->bytes != NULL);
	if (len > 0)
		memcpy(out->bytes, bytes, len);
	out->len = len;
}

void
pieces_split(struct pieces *out, const uint8_t *bytes, size_t len)
{
	const uint8_t *end;
	bool is_more = true;	/* one is before us, if an empty one */
	size_t i, n;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < PIECES_MAX; i++) {
		end = len == 0 ? NULL : memchr(bytes, PIECES_SEPARATOR, len);
		n = end == NULL ? len : (size_t)(end - bytes);
		keep(&out->piece[i], bytes, n);
		if (is_more)
			out->len = i + 1;
		is_more = end != NULL;
		bytes += n + is_more;
		len -= n + is_more;
	}
}

void
pieces_close(struct pieces *pieces)
{
	size_t i;

	for (i = 0; i < PIECES_MAX; i++)
		free(pieces->piece[i].bytes);
}
