/* SPDX-License-Identifier: ISC */
/*
 * fuzz: what every harness here has: libFuzzer's entry, and a promise whose
 * breach is a finding like a crash.
 * Runs in: make check (the corpus), tests/fuzz/run.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Judges one input; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Ends the process if the sentence does not hold. */
#define FUZZ_MUST(sentence) do { \
	if (!(sentence)) { \
		fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, \
		    __LINE__, #sentence); \
		abort(); \
	} \
} while (0)

#endif
