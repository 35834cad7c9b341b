/* SPDX-License-Identifier: ISC */
/*
 * options: postern-keyd's command line.
 * Runs in: postern-keyd.
 */
#ifndef KEYD_OPTIONS_H
#define KEYD_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct fault;

#define OPTIONS_ASSIGNMENTS_MAX 64

enum options_action {
	OPTIONS_RUN,
	OPTIONS_HELP,
	OPTIONS_VERSION
};

struct options {
	enum options_action action;
	char directory[PATH_MAX];	/* -D, absolute */
	bool foreground;		/* -F */
	const char *assignments[OPTIONS_ASSIGNMENTS_MAX]; /* -c, of argv */
	size_t assignments_len;
};

/* Returns 0, or -1 with the fault whose hint names --help. */
int options_parse(int argc, char **argv, struct options *out,
    struct fault *fault);

/* The text of --help or --version on standard output. Returns the exit
 * status: 0, or 1 if it could not be written. */
int options_print(enum options_action action);

#endif
