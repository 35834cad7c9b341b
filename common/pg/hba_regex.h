/* SPDX-License-Identifier: ISC */
/*
 * hba_regex: the regular expressions of a rules image, compiled in the process
 * that matches.
 * They are POSIX extended ones of the C library, where PostgreSQL's are its
 * own "advanced" ones. What both have means the same; \d \D \s \S \w \W \m \M
 * \y \Y \A \Z are translated; what else PostgreSQL alone has ((?...), ***,
 * lazy quantifiers, \t, \u, ...) is a fault and never something else in
 * silence. A dot and a bracket match one byte.
 * Runs in: postern-listener, at start and reload; listener-worker.
 */
#ifndef COMMON_PG_HBA_REGEX_H
#define COMMON_PG_HBA_REGEX_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hba_image;
struct hba_sink;

struct hba_regex_set {
	regex_t *compiled;	/* owned */
	uint32_t *of_item;	/* index + 1 into compiled, 0 for none; owned */
	uint32_t len;		/* compiled */
};

/*
 * Compiles those of all rules and maps; every fault goes to the sink with its
 * line ("invalid regular expression "(": ..."). Returns 0 or -1; the set may
 * be closed in both cases.
 */
int hba_regex_open(struct hba_regex_set *set, const struct hba_image *image,
    struct hba_sink *sink);

/* Runs the expression of an item. Returns regexec()'s answer. */
int hba_regex_run(const struct hba_regex_set *set, uint32_t item,
    const char *text, regmatch_t out[2]);

/* regerror()'s text for such an answer. */
void hba_regex_say(const struct hba_regex_set *set, uint32_t item, int answer,
    char *out, size_t size);

/* Accepts one of zeroes. */
void hba_regex_close(struct hba_regex_set *set);

#endif
