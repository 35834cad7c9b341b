/* SPDX-License-Identifier: ISC */
/*
 * secret: memory for a key or a passphrase that only its descriptor reaches.
 * memfd_secret(2) where the kernel has it, else a locked and undumpable memfd.
 * Runs in: postern-keyd, keyd-unlock, keyd-signer.
 */
#ifndef COMMON_SECRET_H
#define COMMON_SECRET_H

#include <stdbool.h>
#include <stddef.h>

struct fault;

enum secret_kind {
	SECRET_AUTO,		/* secret where possible, else locked */
	SECRET_SECRET,		/* memfd_secret(2) or a fault */
	SECRET_LOCKED		/* memfd, mlock(2), MADV_DONTDUMP */
};

/* Empty: fd -1, map NULL (SECRET_EMPTY). */
struct secret {
	int fd;			/* owned, close-on-exec */
	enum secret_kind kind;	/* SECRET_SECRET or SECRET_LOCKED once open */
	unsigned char *map;	/* NULL while not mapped */
	size_t size;		/* bytes, a multiple of the page size */
};
#define SECRET_EMPTY { .fd = -1 }

/*
 * Makes secret memory of at least size bytes, zeroed, not mapped here. With
 * SECRET_LOCKED it keeps a locked mapping without access (PROT_NONE) for life,
 * so that the pages stay in memory; that mapping is map until secret_map().
 * Returns 0 or -1 with the fault.
 */
int secret_open(enum secret_kind kind, size_t size, struct secret *out,
    struct fault *fault);

/* Takes over a descriptor made by secret_open() in another process. */
int secret_adopt(int fd, struct secret *out, struct fault *fault);

/* Maps it readable and writable, locked, outside core dumps. Idempotent. */
int secret_map(struct secret *secret, struct fault *fault);

/* Forgets the mapping; the bytes stay behind the descriptor. */
void secret_unmap(struct secret *secret);

/* Wipes through the mapping if there is one, unmaps, closes. Accepts empty. */
void secret_wipe(struct secret *secret);

/* Unmaps and closes without wiping: others go on using the bytes. */
void secret_close(struct secret *secret);

const char *secret_kind_name(enum secret_kind kind);

#endif
