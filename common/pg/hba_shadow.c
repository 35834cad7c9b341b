/* SPDX-License-Identifier: ISC */
/*
 * hba_shadow: rules that are legal but sad, for postern-listener --check.
 * Pure.
 * Runs in: postern-listener.
 */
#include "common/pg/hba_shadow.h"

#include <stdbool.h>
#include <string.h>

#include "common/fault.h"
#include "common/pg/hba_image.h"
#include "common/pg/hba_sink.h"

#define NAME_MAX_LEN 63		/* NAMEDATALEN - 1 */
#define PAIRS_MAX 65536		/* of two lists; longer ones are not compared */

static void
warn(const struct hba_image *image, const struct hba_rule *rule,
    struct hba_sink *sink, const struct fault *fault)
{
	struct hba_place place;

	hba_image_place(image, rule, &place);
	(void)hba_sink_put(sink, HBA_WARNING, &place, fault);
}

/* Equal texts have one offset (hba_build.h). */
static bool
is_item_wider(const struct hba_item *wide, const struct hba_item *narrow)
{
	if (wide->kind == HBA_ITEM_ALL)
		return narrow->kind != HBA_ITEM_REPLICATION;
	return wide->kind == narrow->kind && wide->san == narrow->san &&
	    wide->text == narrow->text;
}

static bool
has_wider(const struct hba_image *image, const struct hba_span *wide,
    const struct hba_item *narrow)
{
	uint32_t i;

	for (i = 0; i < wide->len; i++) {
		if (is_item_wider(hba_image_item(image, wide->first + i),
		    narrow))
			return true;
	}
	return false;
}

static bool
is_list_wider(const struct hba_image *image, const struct hba_span *wide,
    const struct hba_span *narrow)
{
	uint32_t i;

	if ((uint64_t)wide->len * narrow->len > PAIRS_MAX)
		return false;
	for (i = 0; i < narrow->len; i++) {
		if (!has_wider(image, wide, hba_image_item(image,
		    narrow->first + i)))
			return false;
	}
	return true;
}

/* No condition is wider than any. */
static bool
is_condition_wider(const struct hba_image *image, const struct hba_span *wide,
    const struct hba_span *narrow)
{
	return wide->len == 0 ||
	    (narrow->len > 0 && is_list_wider(image, wide, narrow));
}

static bool
is_conntype_wider(uint8_t wide, uint8_t narrow)
{
	return wide == narrow || wide == HBA_HOST || wide == HBA_HOSTNOGSSENC;
}

static bool
is_address_wider(const struct hba_rule *wide, const struct hba_rule *narrow)
{
	if (wide->address_kind == HBA_ADDRESS_ALL)
		return true;
	if (wide->address_kind == HBA_ADDRESS_SAMENET &&
	    narrow->address_kind == HBA_ADDRESS_SAMEHOST)
		return true;
	if (wide->address_kind != narrow->address_kind)
		return false;
	return wide->address_kind != HBA_ADDRESS_NETWORK ||
	    hba_address_is_within(&narrow->network, &wide->network);
}

static bool
is_wider(const struct hba_image *image, const struct hba_rule *wide,
    const struct hba_rule *narrow)
{
	return hba_image_may_match(wide) &&
	    is_conntype_wider(wide->conntype, narrow->conntype) &&
	    wide->tls_min <= narrow->tls_min &&
	    is_address_wider(wide, narrow) &&
	    is_list_wider(image, &wide->users, &narrow->users) &&
	    is_list_wider(image, &wide->databases, &narrow->databases) &&
	    is_condition_wider(image, &wide->sans, &narrow->sans) &&
	    is_condition_wider(image, &wide->fingerprints,
	    &narrow->fingerprints) &&
	    is_condition_wider(image, &wide->snis, &narrow->snis);
}

static void
warn_of_shadow(const struct hba_image *image, uint32_t index,
    struct hba_sink *sink)
{
	const struct hba_rule *rule = hba_image_rule(image, index);
	const struct hba_rule *before;
	struct fault fault = { 0 };
	uint32_t i;

	for (i = 0; i < index; i++) {
		before = hba_image_rule(image, i);
		if (is_wider(image, before, rule))
			break;
	}
	if (i == index)
		return;
	(void)fault_set(&fault, "rule never holds because line %u of \"%s\" "
	    "comes first", before->line, hba_image_text(image, before->file));
	(void)fault_hint(&fault, "Remove it, or move it before that line.");
	warn(image, rule, sink, &fault);
}

/* A name that PostgreSQL would cut is no client's. */
static bool
is_too_long(const struct hba_image *image, const struct hba_span *span)
{
	const struct hba_item *item;
	uint32_t i;

	for (i = 0; i < span->len; i++) {
		item = hba_image_item(image, span->first + i);
		if (item->kind != HBA_ITEM_LITERAL ||
		    strlen(hba_image_text(image, item->text)) <= NAME_MAX_LEN)
			return false;
	}
	return span->len > 0;
}

/* What in the rule keeps it from ever matching; NULL: nothing. */
static const char *
find_obstacle(const struct hba_image *image, const struct hba_rule *rule)
{
	if (rule->conntype == HBA_LOCAL)
		return "local record cannot match because clients come by TCP";
	if (rule->conntype == HBA_HOSTGSSENC)
		return "hostgssenc record cannot match because GSSAPI "
		    "encryption is not offered";
	if (is_too_long(image, &rule->users) ||
	    is_too_long(image, &rule->databases))
		return "rule cannot match because a name has at most 63 "
		    "bytes";
	return NULL;
}

static bool
has_map(const struct hba_image *image, uint32_t map)
{
	uint32_t i;

	for (i = 0; i < image->idents_len; i++) {
		if (hba_image_ident(image, i)->map == map)
			return true;
	}
	return false;
}

/* Where no certificate is compared, the map is the server's own. */
static void
warn_of_map(const struct hba_image *image, const struct hba_rule *rule,
    struct hba_sink *sink)
{
	struct fault fault = { 0 };

	if (rule->clientcert != HBA_CLIENTCERT_FULL || rule->map == 0 ||
	    has_map(image, rule->map))
		return;
	(void)fault_set(&fault, "no line of pg_ident.conf has map \"%s\"",
	    hba_image_text(image, rule->map));
	(void)fault_hint(&fault, "Every client that the rule matches will be "
	    "refused.");
	warn(image, rule, sink, &fault);
}

void
hba_shadow_warn(const struct hba_image *image, struct hba_sink *sink)
{
	const struct hba_rule *rule;
	struct fault fault = { 0 };
	const char *obstacle;
	bool is_local_known = false;
	uint32_t i;

	for (i = 0; i < image->rules_len; i++) {
		rule = hba_image_rule(image, i);
		obstacle = find_obstacle(image, rule);
		if (obstacle == NULL) {
			warn_of_map(image, rule, sink);
			warn_of_shadow(image, i, sink);
			continue;
		}
		if (rule->conntype == HBA_LOCAL && is_local_known)
			continue;
		is_local_known |= rule->conntype == HBA_LOCAL;
		(void)fault_set(&fault, "%s", obstacle);
		warn(image, rule, sink, &fault);
	}
}
