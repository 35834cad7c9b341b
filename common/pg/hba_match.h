/* SPDX-License-Identifier: ISC */
/*
 * hba_match: the first rule that holds for a client.
 * Pure; allocates when it is opened, and never when it matches (but for
 * regular expressions, whose library does).
 * Runs in: listener-worker.
 */
#ifndef COMMON_PG_HBA_MATCH_H
#define COMMON_PG_HBA_MATCH_H

#include "common/pg/hba_index.h"
#include "common/pg/hba_regex.h"

struct hba_facts;
struct hba_image;
struct hba_rule;
struct hba_sink;

struct hba_match {
	const struct hba_image *image;	/* not owned; must outlive this */
	struct hba_regex_set regexes;
	struct hba_index index;
};

/*
 * Makes ready what the image does not carry. Every fault (of regular
 * expressions) goes to the sink. Returns 0, or -1; close in both cases.
 */
int hba_match_open(struct hba_match *match, const struct hba_image *image,
    struct hba_sink *sink);

/*
 * The first rule, in the order of the lines, of which all hold: connection
 * type, address, database, user (PostgreSQL's meanings), tlsmin, san,
 * fingerprint, sni. NULL: none.
 */
const struct hba_rule *hba_match_find(const struct hba_match *match,
    const struct hba_facts *facts);

/* Does this rule hold, whatever stands before it? */
bool hba_match_is(const struct hba_match *match, const struct hba_rule *rule,
    const struct hba_facts *facts);

/* Accepts one of zeroes. */
void hba_match_close(struct hba_match *match);

#endif
