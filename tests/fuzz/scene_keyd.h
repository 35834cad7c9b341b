/* SPDX-License-Identifier: ISC */
/*
 * scene_keyd: keyd's end of a worker's key connection, with a key of its own
 * and the signer's own policy.
 * Runs in: make check, tests/fuzz/run.
 */
#ifndef TESTS_FUZZ_SCENE_KEYD_H
#define TESTS_FUZZ_SCENE_KEYD_H

#include <stdbool.h>
#include <stddef.h>

/* Makes the key; returns its certificate as PEM, the caller's to free. */
char *scene_keyd_open(size_t *out_len);

/* Answers the next request on fd; false if there is none. */
bool scene_keyd_answer(int fd);

#endif
