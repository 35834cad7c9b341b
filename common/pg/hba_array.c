/* SPDX-License-Identifier: ISC */
/*
 * hba_array: an array that grows while access files are read.
 * Pure; allocates.
 * Runs in: postern-listener.
 */
#include "common/pg/hba_array.h"

#include <stdlib.h>
#include <string.h>

int
hba_array_reserve(struct hba_array *array, size_t more)
{
	size_t used = (size_t)array->len * array->width;
	size_t size = array->size;
	char *items;

	if (more > HBA_ARRAY_BYTES_MAX / array->width)
		return -1;
	if (used + more * array->width <= size)
		return 0;
	if (size == 0)
		size = 64;
	while (size < used + more * array->width)
		size *= 2;
	if (size > HBA_ARRAY_BYTES_MAX)
		return -1;
	items = realloc(array->items, size);
	if (items == NULL)
		return -1;
	array->items = items;
	array->size = size;
	return 0;
}

uint32_t
hba_array_add(struct hba_array *array, const void *items, size_t len)
{
	uint32_t first = array->len;

	if (hba_array_reserve(array, len) == -1)
		return HBA_ARRAY_NONE;
	if (len > 0)
		memcpy(array->items + (size_t)first * array->width, items,
		    len * array->width);
	array->len += (uint32_t)len;
	return first;
}

void *
hba_array_at(const struct hba_array *array, uint32_t index)
{
	return array->items + (size_t)index * array->width;
}

void
hba_array_close(struct hba_array *array)
{
	free(array->items);
	array->items = NULL;
	array->len = 0;
	array->size = 0;
}
