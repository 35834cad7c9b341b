/* SPDX-License-Identifier: ISC */
/*
 * hba_match: the first rule that holds for a client (PostgreSQL's check_hba).
 * Runs in: listener-worker.
 */
#include "common/pg/hba_match.h"

#include <string.h>
#include <strings.h>

#include "common/pg/hba_facts.h"
#include "common/pg/hba_image.h"
#include "common/pg/hba_sink.h"

/* Whether one entry of a list holds. */
typedef bool is_item(const struct hba_match *, uint32_t item,
    const struct hba_facts *);

static bool
is_regex(const struct hba_match *match, uint32_t item, const char *text)
{
	regmatch_t groups[2];

	return hba_regex_run(&match->regexes, item, text, groups) == 0;
}

static const char *
text_of(const struct hba_match *match, uint32_t item)
{
	return hba_image_text(match->image,
	    hba_image_item(match->image, item)->text);
}

/* Physical replication has no database: only its own word means it. */
static bool
is_database(const struct hba_match *match, uint32_t item,
    const struct hba_facts *facts)
{
	uint16_t kind = hba_image_item(match->image, item)->kind;

	if (facts->is_physical_replication)
		return kind == HBA_ITEM_REPLICATION;
	switch (kind) {
	case HBA_ITEM_ALL:
		return true;
	case HBA_ITEM_SAMEUSER:
		return strcmp(facts->database, facts->user) == 0;
	case HBA_ITEM_REGEX:
		return is_regex(match, item, facts->database);
	case HBA_ITEM_LITERAL:
		return strcmp(facts->database, text_of(match, item)) == 0;
	default:
		return false;
	}
}

static bool
is_user(const struct hba_match *match, uint32_t item,
    const struct hba_facts *facts)
{
	switch (hba_image_item(match->image, item)->kind) {
	case HBA_ITEM_ALL:
		return true;
	case HBA_ITEM_REGEX:
		return is_regex(match, item, facts->user);
	case HBA_ITEM_LITERAL:
		return strcmp(facts->user, text_of(match, item)) == 0;
	default:
		return false;
	}
}

/* Any of the certificate's names of the type will do. */
static bool
is_san(const struct hba_match *match, uint32_t item,
    const struct hba_facts *facts)
{
	const struct hba_item *wanted = hba_image_item(match->image, item);
	const struct hba_certificate *certificate = facts->certificate;
	int (*compare)(const char *, const char *) =
	    wanted->san == HBA_SAN_DNS ? strcasecmp : strcmp;
	const char *name;
	size_t i;

	for (i = 0; certificate != NULL && i < certificate->sans_len; i++) {
		name = certificate->sans[i].name;
		if ((uint16_t)certificate->sans[i].type != wanted->san)
			continue;
		if (wanted->kind == HBA_ITEM_REGEX ?
		    is_regex(match, item, name) :
		    compare(name, text_of(match, item)) == 0)
			return true;
	}
	return false;
}

static bool
is_fingerprint(const struct hba_match *match, uint32_t item,
    const struct hba_facts *facts)
{
	return facts->certificate != NULL &&
	    strcmp(facts->certificate->fingerprint,
	    text_of(match, item)) == 0;
}

static bool
is_sni(const struct hba_match *match, uint32_t item,
    const struct hba_facts *facts)
{
	return facts->sni != NULL &&
	    strcasecmp(facts->sni, text_of(match, item)) == 0;
}

static bool
is_any(const struct hba_match *match, const struct hba_span *span,
    is_item *is, const struct hba_facts *facts)
{
	uint32_t i;

	for (i = 0; i < span->len; i++) {
		if (is(match, span->first + i, facts))
			return true;
	}
	return false;
}

/* A condition that is not there holds. */
static bool
is_met(const struct hba_match *match, const struct hba_span *span,
    is_item *is, const struct hba_facts *facts)
{
	return span->len == 0 || is_any(match, span, is, facts);
}

static bool
is_conntype(const struct hba_rule *rule, const struct hba_facts *facts)
{
	switch (rule->conntype) {
	case HBA_HOST:
	case HBA_HOSTNOGSSENC:
		return true;
	case HBA_HOSTSSL:
		return facts->tls_version != 0;
	case HBA_HOSTNOSSL:
		return facts->tls_version == 0;
	default:
		return false;
	}
}

static bool
is_near(const struct hba_match *match, const struct hba_rule *rule,
    const struct hba_address *address)
{
	const struct hba_network *interface;
	uint32_t i;

	for (i = 0; i < match->image->interfaces_len; i++) {
		interface = hba_image_interface(match->image, i);
		if (rule->address_kind == HBA_ADDRESS_SAMEHOST ?
		    hba_address_is_same_host(address, interface) :
		    hba_address_is_in(address, interface))
			return true;
	}
	return false;
}

static bool
is_address(const struct hba_match *match, const struct hba_rule *rule,
    const struct hba_address *address)
{
	switch (rule->address_kind) {
	case HBA_ADDRESS_ALL:
		return true;
	case HBA_ADDRESS_NETWORK:
		return hba_address_is_in(address, &rule->network);
	default:
		return is_near(match, rule, address);
	}
}

/* All but the names. */
static bool
is_else(const struct hba_match *match, const struct hba_rule *rule,
    const struct hba_facts *facts)
{
	return is_conntype(rule, facts) &&
	    facts->tls_version >= rule->tls_min &&
	    is_address(match, rule, &facts->address) &&
	    is_met(match, &rule->sans, is_san, facts) &&
	    is_met(match, &rule->fingerprints, is_fingerprint, facts) &&
	    is_met(match, &rule->snis, is_sni, facts);
}

bool
hba_match_is(const struct hba_match *match, const struct hba_rule *rule,
    const struct hba_facts *facts)
{
	return is_else(match, rule, facts) &&
	    is_any(match, &rule->databases, is_database, facts) &&
	    is_any(match, &rule->users, is_user, facts);
}

/* The index knows by which name of a list the rule was found. */
static bool
is_entry(const struct hba_match *match, const struct hba_index_entry *entry,
    const struct hba_facts *facts)
{
	const struct hba_rule *rule = hba_image_rule(match->image,
	    entry->rule);
	const struct hba_span user = { .first = entry->user, .len = 1 };
	const struct hba_span database = { .first = entry->database,
		.len = 1 };

	return is_else(match, rule, facts) &&
	    is_any(match, entry->database != HBA_INDEX_ANY ? &database :
	    &rule->databases, is_database, facts) &&
	    is_any(match, entry->user != HBA_INDEX_ANY ? &user : &rule->users,
	    is_user, facts);
}

int
hba_match_open(struct hba_match *match, const struct hba_image *image,
    struct hba_sink *sink)
{
	memset(match, 0, sizeof(*match));
	match->image = image;
	if (hba_index_open(&match->index, image) == -1)
		return hba_sink_put_memory(sink);
	return hba_regex_open(&match->regexes, image, sink);
}

const struct hba_rule *
hba_match_find(const struct hba_match *match, const struct hba_facts *facts)
{
	const struct hba_index_entry *entry;
	uint32_t shape, best = HBA_INDEX_ANY;
	struct hba_index_key key;

	hba_index_set_key(&key, facts);
	for (shape = 0; shape < match->index.shapes_len; shape++) {
		entry = hba_index_first(&match->index, shape, &key);
		while (entry != NULL && entry->rule < best) {
			if (is_entry(match, entry, facts))
				best = entry->rule;
			entry = hba_index_next(&match->index, entry);
		}
	}
	return best == HBA_INDEX_ANY ? NULL :
	    hba_image_rule(match->image, best);
}

void
hba_match_close(struct hba_match *match)
{
	hba_regex_close(&match->regexes);
	hba_index_close(&match->index);
}
