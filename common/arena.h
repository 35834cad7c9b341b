/* SPDX-License-Identifier: ISC */
/*
 * arena: malloc(3) inside one region of secret memory, for a library that
 * computes with keys and copies them where it likes.
 * Runs in: keyd-unlock, keyd-signer.
 */
#ifndef COMMON_ARENA_H
#define COMMON_ARENA_H

#include <stddef.h>

#include "common/secret.h"

struct fault;

/*
 * Maps the region, the only one of this process: at least size bytes, which
 * never become more. Before any other call here. Returns 0 or -1 with the
 * fault.
 */
int arena_open(enum secret_kind kind, size_t size, struct fault *fault);

/*
 * malloc, realloc and free as CRYPTO_set_mem_functions(3) wants them; file and
 * line are not used. Aligned to 16 bytes, not zeroed. NULL when the region is
 * used up, and for 0 bytes. A block of 1 MiB or more, of which no key is
 * (scrypt's table), is malloc's own. Any thread may free what another has got.
 * Threads are for life: what an ended one had set aside for itself is lost.
 */
void *arena_malloc(size_t size, const char *file, int line);
void *arena_realloc(void *old, size_t size, const char *file, int line);
void arena_free(void *old, const char *file, int line);

/*
 * count stacks for threads, size bytes each (a multiple of the page size),
 * one behind the other with a page without access below each: the first
 * begins at the address returned, each next one arena_stack_step(size) bytes
 * later. They are never given back. Their threads must be detached: what
 * pthread_join(3) waits for is on the stack, and in memfd_secret(2) the kernel
 * cannot wait for it. NULL with the fault.
 */
unsigned char *arena_stacks(size_t count, size_t size, struct fault *fault);
size_t arena_stack_step(size_t size);

/* Bytes of the region that were ever in use, stacks included. */
size_t arena_used(void);

/* Overwrites all that was ever in use and gives the region back: the end of a
 * process that allocates no more. */
void arena_close(void);

#endif
