/* SPDX-License-Identifier: ISC */
/*
 * ident_parse: the lines of pg_ident.conf (PostgreSQL's parse_ident_line).
 * Pure.
 * Runs in: postern-listener.
 */
#ifndef COMMON_PG_IDENT_PARSE_H
#define COMMON_PG_IDENT_PARSE_H

struct hba_build;
struct hba_lines;
struct hba_sink;

/* Makes a map entry of every line; faults as hba_parse_rules(). A file without
 * lines is none. Returns 0, or -1 if there was an error. */
int ident_parse_maps(const struct hba_lines *lines, struct hba_build *build,
    struct hba_sink *sink);

#endif
