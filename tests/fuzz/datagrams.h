/* SPDX-License-Identifier: ISC */
/*
 * datagrams: an input as datagrams of a SOCK_SEQPACKET connection: two bytes
 * of length (low 12 bits) before each.
 * Runs in: make check, tests/fuzz/run.
 */
#ifndef TESTS_FUZZ_DATAGRAMS_H
#define TESTS_FUZZ_DATAGRAMS_H

#include <stddef.h>
#include <stdint.h>

struct datagrams {
	const uint8_t *at;
	size_t left;
};

/* Sends the next one, never blocking. Returns 1, or 0 at the end. */
int datagrams_send(struct datagrams *datagrams, int fd);

/* A pair of connected sockets, non-blocking; [1] takes credentials. */
void datagrams_pair(int out[2]);

#endif
