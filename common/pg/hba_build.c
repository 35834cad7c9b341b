/* SPDX-License-Identifier: ISC */
/*
 * hba_build: gathers rules and user maps, and writes them as a rules image.
 * Pure; allocates.
 * Runs in: postern-listener.
 */
#include "common/pg/hba_build.h"

#include <stdlib.h>
#include <string.h>

#include "common/pg/hba_hash.h"
#include "common/pg/hba_image.h"

#define SLOTS_FIRST 256		/* a power of two */

void
hba_build_start(struct hba_build *build)
{
	memset(build, 0, sizeof(*build));
	build->rules.width = sizeof(struct hba_rule);
	build->idents.width = sizeof(struct hba_ident);
	build->items.width = sizeof(struct hba_item);
	build->interfaces.width = sizeof(struct hba_network);
	build->texts.width = 1;
	(void)hba_build_text(build, "");
}

static void
add(struct hba_build *build, struct hba_array *array, const void *item)
{
	if (hba_array_add(array, item, 1) == HBA_ARRAY_NONE)
		build->no_memory = true;
}

/* The slot that has the text, or the free one where it belongs. */
static uint32_t *
find_slot(const struct hba_build *build, const char *text, size_t len)
{
	uint32_t mask = build->slots_size - 1;
	uint32_t i = (uint32_t)hba_hash_bytes(HBA_HASH_START, text, len) & mask;
	const char *known;

	for (; build->slots[i] != 0; i = (i + 1) & mask) {
		known = hba_array_at(&build->texts, build->slots[i] - 1);
		if (strncmp(known, text, len) == 0 && known[len] == '\0')
			break;
	}
	return &build->slots[i];
}

static int
grow_slots(struct hba_build *build)
{
	uint32_t *old = build->slots, old_size = build->slots_size, i;
	uint32_t size = old_size == 0 ? SLOTS_FIRST : old_size * 2;
	const char *text;

	if (build->slots_used < old_size / 2)
		return 0;
	build->slots = calloc(size, sizeof(*build->slots));
	if (build->slots == NULL) {
		build->slots = old;
		return -1;
	}
	build->slots_size = size;
	for (i = 0; i < old_size; i++) {
		if (old[i] == 0)
			continue;
		text = hba_array_at(&build->texts, old[i] - 1);
		*find_slot(build, text, strlen(text)) = old[i];
	}
	free(old);
	return 0;
}

uint32_t
hba_build_text_len(struct hba_build *build, const char *text, size_t len)
{
	uint32_t *slot, offset;

	if (grow_slots(build) == -1 ||
	    hba_array_reserve(&build->texts, len + 1) == -1) {
		build->no_memory = true;
		return 0;
	}
	slot = find_slot(build, text, len);
	if (*slot != 0)
		return *slot - 1;
	offset = hba_array_add(&build->texts, text, len);
	(void)hba_array_add(&build->texts, "", 1);
	*slot = offset + 1;
	build->slots_used++;
	return offset;
}

uint32_t
hba_build_text(struct hba_build *build, const char *text)
{
	return hba_build_text_len(build, text, strlen(text));
}

void
hba_build_item(struct hba_build *build, const struct hba_item *item)
{
	add(build, &build->items, item);
}

void
hba_build_rule(struct hba_build *build, const struct hba_rule *rule)
{
	add(build, &build->rules, rule);
}

void
hba_build_ident(struct hba_build *build, const struct hba_ident *ident)
{
	add(build, &build->idents, ident);
}

void
hba_build_interface(struct hba_build *build,
    const struct hba_network *interface)
{
	add(build, &build->interfaces, interface);
}

static uint32_t
append(char *block, size_t *used, const struct hba_array *array)
{
	uint32_t offset = (uint32_t)*used;
	size_t len = (size_t)array->len * array->width;

	if (block != NULL && len > 0)
		memcpy(block + offset, array->items, len);
	*used += len;
	return offset;
}

/* Lays the arrays out behind the header; texts last, for they are bytes.
 * Without a block it only says how long that would be. */
static size_t
lay_out(const struct hba_build *build, char *block, struct hba_image *header)
{
	size_t used = sizeof(*header);

	header->rules = append(block, &used, &build->rules);
	header->idents = append(block, &used, &build->idents);
	header->items = append(block, &used, &build->items);
	header->interfaces = append(block, &used, &build->interfaces);
	header->texts = append(block, &used, &build->texts);
	return used;
}

int
hba_build_finish(const struct hba_build *build, void **out, size_t *out_len)
{
	struct hba_image header = { .magic = HBA_IMAGE_MAGIC,
		.rules_len = build->rules.len, .idents_len = build->idents.len,
		.items_len = build->items.len,
		.interfaces_len = build->interfaces.len,
		.texts_len = build->texts.len };
	size_t len = lay_out(build, NULL, &header);
	char *block;

	if (build->no_memory || len > UINT32_MAX)
		return -1;
	block = malloc(len);
	if (block == NULL)
		return -1;
	(void)lay_out(build, block, &header);
	header.size = (uint32_t)len;
	memcpy(block, &header, sizeof(header));
	*out = block;
	*out_len = len;
	return 0;
}

void
hba_build_close(struct hba_build *build)
{
	hba_array_close(&build->rules);
	hba_array_close(&build->idents);
	hba_array_close(&build->items);
	hba_array_close(&build->interfaces);
	hba_array_close(&build->texts);
	free(build->slots);
	build->slots = NULL;
}
