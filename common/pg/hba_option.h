/* SPDX-License-Identifier: ISC */
/*
 * hba_option: the name=value options behind a rule's method.
 * Pure.
 * Runs in: postern-listener.
 */
#ifndef COMMON_PG_HBA_OPTION_H
#define COMMON_PG_HBA_OPTION_H

#include <stdbool.h>

#include "common/pg/hba_array.h"
#include "common/pg/hba_rule.h"

struct fault;
struct hba_build;

enum hba_option_list { HBA_OPTION_SANS, HBA_OPTION_FINGERPRINTS,
	HBA_OPTION_SNIS, HBA_OPTION_LISTS };

/* The options of one line as they are gathered. */
struct hba_option_set {
	struct hba_build *build;
	struct hba_rule *rule;	/* its conntype and method are known */
	struct hba_array lists[HBA_OPTION_LISTS];	/* struct hba_item */
	bool has_secret;	/* a password: the line must not be kept */
};

/*
 * Takes one word name=value: PostgreSQL's options and ours. Those that belong
 * to a server's method (ldap, pam, radius, ...) are known by name and left to
 * the server behind, their values are not kept. Returns 0 or -1 with the fault
 * in PostgreSQL's words.
 */
int hba_option_add(struct hba_option_set *set, const char *word,
    struct fault *fault);

/* Gives the rule its lists; ends the set, on a fault too. */
void hba_option_finish(struct hba_option_set *set);

#endif
