/* SPDX-License-Identifier: ISC */
/*
 * hba_build: gathers rules and user maps, and writes them as a rules image.
 * Pure; allocates. Equal texts are kept once, so that equal offsets are equal
 * texts.
 * Runs in: postern-listener.
 */
#ifndef COMMON_PG_HBA_BUILD_H
#define COMMON_PG_HBA_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/pg/hba_array.h"
#include "common/pg/hba_rule.h"

/* Starts with hba_build_start(). What fails for want of memory sets no_memory
 * and answers harmlessly; hba_build_finish() then fails. */
struct hba_build {
	struct hba_array rules, idents, items, interfaces, texts;
	uint32_t *slots;	/* offsets of texts + 1, 0 is free; owned */
	uint32_t slots_size, slots_used;
	bool no_memory;
};

/* Makes it empty, with "" as text 0. */
void hba_build_start(struct hba_build *build);

/* Keeps a copy of the text; returns its offset. */
uint32_t hba_build_text(struct hba_build *build, const char *text);
uint32_t hba_build_text_len(struct hba_build *build, const char *text,
    size_t len);

/* Append; items of one span must come without others between. */
void hba_build_item(struct hba_build *build, const struct hba_item *item);
void hba_build_rule(struct hba_build *build, const struct hba_rule *rule);
void hba_build_ident(struct hba_build *build, const struct hba_ident *ident);
void hba_build_interface(struct hba_build *build,
    const struct hba_network *interface);

/* Writes the image into a new block from malloc(), for hba_image_open().
 * Returns 0, or -1 when there was no memory. */
int hba_build_finish(const struct hba_build *build, void **out,
    size_t *out_len);

/* Accepts one of zeroes. */
void hba_build_close(struct hba_build *build);

#endif
