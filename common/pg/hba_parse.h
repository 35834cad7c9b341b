/* SPDX-License-Identifier: ISC */
/*
 * hba_parse: the lines of pg_hba.conf as rules (PostgreSQL's parse_hba_line).
 * Pure.
 * Runs in: postern-listener.
 */
#ifndef COMMON_PG_HBA_PARSE_H
#define COMMON_PG_HBA_PARSE_H

#include <stdbool.h>

struct hba_build;
struct hba_lines;
struct hba_resolve;
struct hba_sink;

struct hba_parse_options {
	bool ssl;		/* off: a warning for each hostssl line */
	const struct hba_resolve *resolve;	/* for hints; may be NULL */
};

/*
 * Makes a rule of every line. Every line with a fault, and everything in it
 * that a front cannot decide, goes to the sink. What never matches here (local,
 * hostgssenc) may say what cannot be decided. Returns 0, or -1 if there was an
 * error; the rules must not be used then.
 */
int hba_parse_rules(const struct hba_lines *lines,
    const struct hba_parse_options *options, struct hba_build *build,
    struct hba_sink *sink);

#endif
