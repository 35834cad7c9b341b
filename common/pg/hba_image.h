/* SPDX-License-Identifier: ISC */
/*
 * hba_image: access rules and user maps as one block of memory without
 * pointers, which crosses from the supervisor to the workers.
 * Pure; never allocates. Every offset is checked once, by hba_image_open().
 * Runs in: postern-listener, listener-worker.
 */
#ifndef COMMON_PG_HBA_IMAGE_H
#define COMMON_PG_HBA_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/pg/hba_rule.h"

struct fault;
struct hba_place;

#define HBA_IMAGE_MAGIC 0x48624131u	/* HbA1 */
#define HBA_IMAGE_ALIGN 8

/* Behind it, each at its offset in bytes from the block's start. */
struct hba_image {
	uint32_t magic;
	uint32_t size;		/* of the whole block, bytes */
	uint32_t rules, rules_len;		/* struct hba_rule */
	uint32_t idents, idents_len;		/* struct hba_ident */
	uint32_t items, items_len;		/* struct hba_item */
	uint32_t interfaces, interfaces_len;	/* struct hba_network */
	uint32_t texts, texts_len;		/* bytes, the last one NUL */
};

/*
 * Takes the block at bytes (aligned to HBA_IMAGE_ALIGN; read-only memory will
 * do, which must not change nor go away) for an image, after every offset,
 * length and enum in it has been found good. Returns NULL with the fault else.
 */
const struct hba_image *hba_image_open(const void *bytes, size_t len,
    struct fault *fault);

/* Parts of an open image, by an index below their number. */
const struct hba_rule *hba_image_rule(const struct hba_image *image,
    uint32_t index);
const struct hba_ident *hba_image_ident(const struct hba_image *image,
    uint32_t index);
const struct hba_item *hba_image_item(const struct hba_image *image,
    uint32_t index);
const struct hba_network *hba_image_interface(const struct hba_image *image,
    uint32_t index);
const char *hba_image_text(const struct hba_image *image, uint32_t text);

/* Where a rule stands, for messages. */
void hba_image_place(const struct hba_image *image,
    const struct hba_rule *rule, struct hba_place *out);

/* The first rule that can match and has this method (as cert, which wants a
 * route); NULL for none. */
const struct hba_rule *hba_image_find_method(const struct hba_image *image,
    enum hba_method method);

/* Does any rule that can match ask for a certificate, by clientcert, cert,
 * san or fingerprint? */
bool hba_image_may_want_certificate(const struct hba_image *image);

/* Can the rule match at all in front of a server: no local, no hostgssenc? */
bool hba_image_may_match(const struct hba_rule *rule);

#endif
