/* SPDX-License-Identifier: ISC */
/*
 * hba_image: access rules and user maps as one block of memory without
 * pointers, which crosses from the supervisor to the workers.
 * Pure; never allocates. Every offset is checked once, by hba_image_open().
 * Runs in: postern-listener, listener-worker.
 */
#include "common/pg/hba_image.h"

#include "common/fault.h"
#include "common/pg/hba_sink.h"

static const void *
at(const struct hba_image *image, uint32_t offset)
{
	return (const char *)image + offset;
}

const struct hba_rule *
hba_image_rule(const struct hba_image *image, uint32_t index)
{
	return (const struct hba_rule *)at(image, image->rules) + index;
}

const struct hba_ident *
hba_image_ident(const struct hba_image *image, uint32_t index)
{
	return (const struct hba_ident *)at(image, image->idents) + index;
}

const struct hba_item *
hba_image_item(const struct hba_image *image, uint32_t index)
{
	return (const struct hba_item *)at(image, image->items) + index;
}

const struct hba_network *
hba_image_interface(const struct hba_image *image, uint32_t index)
{
	return (const struct hba_network *)at(image, image->interfaces) +
	    index;
}

const char *
hba_image_text(const struct hba_image *image, uint32_t text)
{
	return (const char *)at(image, image->texts) + text;
}

void
hba_image_place(const struct hba_image *image, const struct hba_rule *rule,
    struct hba_place *out)
{
	out->file = hba_image_text(image, rule->file);
	out->line = rule->line;
}

bool
hba_image_may_match(const struct hba_rule *rule)
{
	return rule->conntype != HBA_LOCAL && rule->conntype != HBA_HOSTGSSENC;
}

const struct hba_rule *
hba_image_find_method(const struct hba_image *image, enum hba_method method)
{
	const struct hba_rule *rule;
	uint32_t i;

	for (i = 0; i < image->rules_len; i++) {
		rule = hba_image_rule(image, i);
		if (rule->method == method && hba_image_may_match(rule))
			return rule;
	}
	return NULL;
}

bool
hba_image_may_want_certificate(const struct hba_image *image)
{
	const struct hba_rule *rule;
	uint32_t i;

	for (i = 0; i < image->rules_len; i++) {
		rule = hba_image_rule(image, i);
		if (hba_image_may_match(rule) &&
		    (rule->clientcert != HBA_CLIENTCERT_OFF ||
		    rule->sans.len > 0 || rule->fingerprints.len > 0))
			return true;
	}
	return false;
}

/* Whether len things of so many bytes each lie in the block at offset. */
static bool
is_inside(const struct hba_image *image, uint32_t offset, uint32_t len,
    size_t width)
{
	return offset >= sizeof(*image) && offset <= image->size &&
	    offset % (width > 1 ? sizeof(uint32_t) : 1) == 0 &&
	    len <= (image->size - offset) / width;
}

static bool
is_header_good(const struct hba_image *image, size_t len)
{
	return image->magic == HBA_IMAGE_MAGIC && image->size == len &&
	    is_inside(image, image->rules, image->rules_len,
	    sizeof(struct hba_rule)) &&
	    is_inside(image, image->idents, image->idents_len,
	    sizeof(struct hba_ident)) &&
	    is_inside(image, image->items, image->items_len,
	    sizeof(struct hba_item)) &&
	    is_inside(image, image->interfaces, image->interfaces_len,
	    sizeof(struct hba_network)) &&
	    is_inside(image, image->texts, image->texts_len, 1) &&
	    image->texts_len > 0 &&
	    hba_image_text(image, image->texts_len - 1)[0] == '\0';
}

static bool
is_span(const struct hba_image *image, const struct hba_span *span)
{
	return span->first <= image->items_len &&
	    span->len <= image->items_len - span->first;
}

static bool
is_family(uint32_t family)
{
	return family == HBA_ADDRESS_IPV4 || family == HBA_ADDRESS_IPV6;
}

static bool
is_rule_good(const struct hba_image *image, const struct hba_rule *rule)
{
	return rule->file < image->texts_len &&
	    rule->text < image->texts_len && rule->map < image->texts_len &&
	    is_span(image, &rule->databases) && is_span(image, &rule->users) &&
	    is_span(image, &rule->sans) &&
	    is_span(image, &rule->fingerprints) &&
	    is_span(image, &rule->snis) && rule->conntype < HBA_CONNTYPES &&
	    rule->address_kind < HBA_ADDRESS_KINDS &&
	    (rule->address_kind != HBA_ADDRESS_NETWORK ||
	    is_family(rule->network.family)) &&
	    rule->method < HBA_METHODS &&
	    rule->clientcert < HBA_CLIENTCERTS &&
	    (rule->method != HBA_CERT ||
	    rule->clientcert == HBA_CLIENTCERT_FULL) &&
	    rule->clientname < HBA_CLIENTNAMES;
}

static bool
is_ident_good(const struct hba_image *image, const struct hba_ident *ident)
{
	const struct hba_span pair = { .first = ident->items, .len = 2 };

	return ident->file < image->texts_len &&
	    ident->map < image->texts_len && is_span(image, &pair);
}

static bool
is_item_good(const struct hba_image *image, const struct hba_item *item)
{
	return item->kind < HBA_ITEM_KINDS && item->san < HBA_SAN_TYPES &&
	    item->text < image->texts_len;
}

static bool
is_body_good(const struct hba_image *image)
{
	uint32_t i;

	for (i = 0; i < image->rules_len; i++) {
		if (!is_rule_good(image, hba_image_rule(image, i)))
			return false;
	}
	for (i = 0; i < image->idents_len; i++) {
		if (!is_ident_good(image, hba_image_ident(image, i)))
			return false;
	}
	for (i = 0; i < image->items_len; i++) {
		if (!is_item_good(image, hba_image_item(image, i)))
			return false;
	}
	for (i = 0; i < image->interfaces_len; i++) {
		if (!is_family(hba_image_interface(image, i)->family))
			return false;
	}
	return true;
}

const struct hba_image *
hba_image_open(const void *bytes, size_t len, struct fault *fault)
{
	const struct hba_image *image = bytes;

	if ((uintptr_t)bytes % HBA_IMAGE_ALIGN == 0 &&
	    len >= sizeof(*image) && is_header_good(image, len) &&
	    is_body_good(image))
		return image;
	(void)fault_set(fault, "the access rules were damaged on their way");
	(void)fault_code(fault, "XX001");
	return NULL;
}
