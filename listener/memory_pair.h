/* SPDX-License-Identifier: ISC */
/*
 * memory_pair: memory of a fixed size for one program that writes it and others
 * that can only read it.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_MEMORY_PAIR_H
#define LISTENER_MEMORY_PAIR_H

#include <stddef.h>

struct fault;

/* Not F_SEAL_WRITE, which would take it from its writer as well. */
#define MEMORY_PAIR_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

/*
 * Makes size bytes of zeroes, sealed against size changes: a descriptor for the
 * writer, and one that cannot be mapped for writing. what is its name, in
 * messages and for the kernel. Returns 0 or -1 with the fault.
 */
int memory_pair_open(const char *what, size_t size, int *out_writable,
    int *out_readable, struct fault *fault);

#endif
