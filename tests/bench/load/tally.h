/* SPDX-License-Identifier: ISC */
/*
 * tally: what came of a run: how many, how long each took, how many bytes.
 * Runs in: bench-load.
 */
#ifndef TESTS_BENCH_LOAD_TALLY_H
#define TESTS_BENCH_LOAD_TALLY_H

#include <stddef.h>
#include <stdint.h>

struct tally {
	uint32_t *took_us;	/* owned; one for each that was done */
	size_t done, room;
	size_t failed;
	uint64_t bytes;		/* of results, or of what was copied in */
	char first_error[128];
};

/* CLOCK_MONOTONIC in microseconds. */
int64_t tally_now_us(void);

void tally_add(struct tally *tally, int64_t took_us);

/* Counts a failure; the words of the first one are kept. */
void tally_fail(struct tally *tally, const char *what);

/* One line of JSON on standard output. Sorts the times. */
void tally_print(struct tally *tally, int64_t elapsed_us);

#endif
