/* SPDX-License-Identifier: ISC */
/*
 * pieces: an input of several texts, as files and the question about them.
 * Runs in: make check, tests/fuzz/run.
 */
#ifndef TESTS_FUZZ_PIECES_H
#define TESTS_FUZZ_PIECES_H

#include <stddef.h>
#include <stdint.h>

#define PIECES_MAX 8
#define PIECES_SEPARATOR 0x1e	/* between two */

struct piece {
	char *bytes;	/* len bytes and a NUL behind them; owned */
	size_t len;
};

struct pieces {
	struct piece piece[PIECES_MAX];	/* absent ones are empty texts */
	size_t len;
};

void pieces_split(struct pieces *out, const uint8_t *bytes, size_t len);
void pieces_close(struct pieces *pieces);

#endif
