/* SPDX-License-Identifier: ISC */
/*
 * memory: where the private keys, their copies and all that is computed with
 * them lie: libcrypto's whole heap and the threads' stacks, in secret memory.
 * OpenSSL's own secure heap does not suffice: DER in the decoders, and RSA's
 * primes in Montgomery contexts, are allocated beside it.
 * Runs in: keyd-signer.
 */
#include "keyd/signer/memory.h"

#include <openssl/crypto.h>

#include "common/arena.h"
#include "common/fault.h"
#include "keyd/signer/serve.h"

/* Four keys of RSA-8192 need 700 kB, and 90 kB for each thread. */
#define HEAP_SIZE (2u << 20)
#define HEAP_OF_THREAD (192u << 10)

int
memory_open(enum secret_kind kind, size_t threads,
    unsigned char **out_stacks, struct fault *fault)
{
	size_t of_thread = HEAP_OF_THREAD + arena_stack_step(SERVE_STACK_SIZE);

	if (arena_open(kind, HEAP_SIZE + threads * of_thread, fault) == -1)
		return -1;
	if (CRYPTO_set_mem_functions(arena_malloc, arena_realloc,
	    arena_free) != 1)
		return fault_set(fault,
		    "could not give OpenSSL its heap in secret memory");
	*out_stacks = arena_stacks(threads, SERVE_STACK_SIZE, fault);
	return *out_stacks == NULL ? -1 : 0;
}
