/* SPDX-License-Identifier: ISC */
/*
 * hba_array: an array that grows while access files are read.
 * Pure; allocates.
 * Runs in: postern-listener.
 */
#ifndef COMMON_PG_HBA_ARRAY_H
#define COMMON_PG_HBA_ARRAY_H

#include <stddef.h>
#include <stdint.h>

#define HBA_ARRAY_BYTES_MAX (256u * 1024 * 1024)
#define HBA_ARRAY_NONE UINT32_MAX	/* no index: there was no memory */

/* A struct of zeroes but for the width is an empty array. */
struct hba_array {
	char *items;		/* owned */
	uint32_t len;		/* items */
	uint32_t width;		/* bytes of one item */
	size_t size;		/* bytes allocated */
};

/* Makes room for more items behind the last, which are not counted yet.
 * Returns 0, or -1 when there is no memory; the array is then unchanged. */
int hba_array_reserve(struct hba_array *array, size_t more);

/* Appends copies of len items. Returns the index of the first, or
 * HBA_ARRAY_NONE. */
uint32_t hba_array_add(struct hba_array *array, const void *items, size_t len);

/* The item at an index below len; valid until the array grows. */
void *hba_array_at(const struct hba_array *array, uint32_t index);

/* Accepts an empty one. */
void hba_array_close(struct hba_array *array);

#endif
