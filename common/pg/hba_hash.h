/* SPDX-License-Identifier: ISC */
/*
 * hba_hash: a hash (FNV-1a, 64 bits) of what an administrator wrote. Nothing
 * a client says is ever kept under it.
 * Runs in: postern-listener, listener-worker.
 */
#ifndef COMMON_PG_HBA_HASH_H
#define COMMON_PG_HBA_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HBA_HASH_START 0xcbf29ce484222325u

/* The hash of what was hashed so far and len bytes more. */
static inline uint64_t
hba_hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	size_t i;

	for (i = 0; i < len; i++)
		hash = (hash ^ p[i]) * 0x100000001b3u;
	return hash;
}

#endif
