/* SPDX-License-Identifier: ISC */
/*
 * memory: where the private keys, their copies and all that is computed with
 * them lie: libcrypto's whole heap and the threads' stacks, in secret memory.
 * Runs in: keyd-signer.
 */
#ifndef KEYD_SIGNER_MEMORY_H
#define KEYD_SIGNER_MEMORY_H

#include <stddef.h>

#include "common/secret.h"

struct fault;

/*
 * Gives libcrypto its heap, before it allocates anything, and makes the stacks
 * of that many threads (as serve_options wants them, *out_stacks). For the
 * process's life. Returns 0 or -1 with the fault.
 */
int memory_open(enum secret_kind kind, size_t threads,
    unsigned char **out_stacks, struct fault *fault);

#endif
