/* SPDX-License-Identifier: ISC */
/*
 * config_line: takes a text in postgresql.conf's syntax apart into lines of
 * one assignment each (the grammar of PostgreSQL's guc-file.l).
 * Pure; knows no setting.
 * Runs in: the supervisors, posternctl.
 */
#ifndef COMMON_CONFIG_LINE_H
#define COMMON_CONFIG_LINE_H

#include <stddef.h>

struct fault;

#define CONFIG_LINE_NAME_MAX 63		/* bytes; a longer name is cut */
#define CONFIG_LINE_VALUE_MAX 8191	/* bytes, the escapes resolved */

struct config_line_reader {
	const char *bytes;	/* not owned; need not end with a NUL */
	size_t len;
	const char *path;	/* for messages; not owned */
	size_t at;		/* the first byte that is not read; from 0 */
	unsigned int line;	/* of that byte; from 1 */
};

struct config_line {
	unsigned int number;
	char name[CONFIG_LINE_NAME_MAX + 1];	/* in the case it was written */
	char value[CONFIG_LINE_VALUE_MAX + 1];
};

/*
 * Reads the next assignment: name [=] value, the value bare or in single
 * quotes with '' and backslash escapes. Empty lines and comments are passed
 * over. Besides PostgreSQL's grammar a fraction may have its unit without
 * quotes (1.5min). Returns 1 with the line; 0 at the end; -1 with the fault
 * and out->number, that line being passed over, so that reading can go on.
 */
int config_line_read(struct config_line_reader *reader,
    struct config_line *out, struct fault *fault);

#endif
