/* SPDX-License-Identifier: ISC */
/*
 * rules: access rules from texts in a test, and the faults that came of them.
 */
#ifndef TESTS_UNIT_COMMON_PG_RULES_H
#define TESTS_UNIT_COMMON_PG_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/fault.h"
#include "common/pg/hba_facts.h"
#include "common/pg/hba_load.h"
#include "common/pg/hba_match.h"

#define RULES_FILES_MAX 40
#define RULES_FAULTS_MAX 1200
#define RULES_DIRECTORY "/etc/postern/"

struct rules_file {
	char path[256];
	char *text;
};

/* Start with zeroes; add files; load; close. */
struct rules {
	struct rules_file files[RULES_FILES_MAX];
	size_t files_len;
	bool without_ssl;
	struct hba_network interfaces[8];
	size_t interfaces_len;
	const struct hba_resolve *resolve;
	struct fault faults[RULES_FAULTS_MAX];
	enum hba_severity severities[RULES_FAULTS_MAX];
	size_t faults_len;
	struct hba_sink sink;
	void *image_bytes;
	size_t image_len;
	const struct hba_image *image;
	struct hba_match match;
};

/* Adds a file below RULES_DIRECTORY, or more text to one. */
void rules_add(struct rules *rules, const char *name, const char *text);

/* hba_load_image(), hba_image_open(), hba_match_open(): of pg_hba.conf, and
 * of pg_ident.conf if it was added. Returns 0 or -1. */
int rules_load(struct rules *rules);
void rules_close(struct rules *rules);

/* Facts from words: ip= user= db= tls=1.3 sni= cn= dn= fp= san=DNS:x
 * (repeated) repl noca. A tilde stands for a blank. */
struct rules_facts {
	char words[1024];
	struct hba_san sans[8];
	struct hba_certificate certificate;
	struct hba_facts facts;
};
void rules_parse_facts(struct rules_facts *out, const char *words);

#endif
