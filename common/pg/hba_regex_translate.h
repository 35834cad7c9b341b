/* SPDX-License-Identifier: ISC */
/*
 * hba_regex_translate: a regular expression of PostgreSQL's as one of the C
 * library's, or the fault that there is none.
 * Pure; allocates.
 * Runs in: postern-listener, at start and reload; listener-worker.
 */
#ifndef COMMON_PG_HBA_REGEX_TRANSLATE_H
#define COMMON_PG_HBA_REGEX_TRANSLATE_H

struct fault;

/* PostgreSQL's expression as the C library's, in a new block from malloc().
 * Returns 0, or -1 with the fault. */
int hba_regex_translate_to_posix(const char *advanced, char **out,
    struct fault *fault);

#endif
