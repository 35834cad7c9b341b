/* SPDX-License-Identifier: ISC */
/*
 * options: the command line of a daemon.
 * Runs in: the supervisors.
 */
#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct fault;

#define OPTIONS_ASSIGNMENTS_MAX 128

struct options_program {
	const char *name;
	const char *purpose;	/* its name begins the sentence, no stop */
	bool may_check;		/* it knows --check */
};

enum options_action {
	OPTIONS_RUN,
	OPTIONS_CHECK,
	OPTIONS_HELP,
	OPTIONS_VERSION
};

struct options {
	enum options_action action;
	char directory[PATH_MAX];	/* -D: absolute, no slash at its end */
	bool foreground;		/* -F */
	const char *assignments[OPTIONS_ASSIGNMENTS_MAX]; /* -c, of argv */
	size_t assignments_len;
};

/* Returns 0, or -1 with the fault whose hint names --help. */
int options_parse(const struct options_program *program, int argc, char **argv,
    struct options *out, struct fault *fault);

/*
 * Makes the name of a data directory absolute, as -D does, into out (PATH_MAX
 * bytes). Returns 0 or -1 with the fault.
 */
int options_take_directory(const char *given, char *out, struct fault *fault);

/* The text of --help or --version on standard output. Returns the exit
 * status: 0, or 1 if it could not be written. */
int options_print(const struct options_program *program,
    enum options_action action);

#endif
