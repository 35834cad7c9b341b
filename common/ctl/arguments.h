/* SPDX-License-Identifier: ISC */
/*
 * arguments: posternctl's command line: a verb, and options around it.
 * Runs in: posternctl.
 */
#ifndef COMMON_CTL_ARGUMENTS_H
#define COMMON_CTL_ARGUMENTS_H

#include <stdbool.h>

struct ctl;
struct fault;

/* A table of them ends with a row whose name is NULL. */
struct arguments_verb {
	const char *name;
	const char *options;	/* letters of its own, beside -D and -c */
	const char *synopsis;	/* what follows the name in the help */
	const char *purpose;	/* a line of the help */
	bool has_word;		/* a word may follow */
	int (*run)(struct ctl *ctl);	/* returns enum ctl_exit */
};

enum arguments_action {
	ARGUMENTS_RUN,
	ARGUMENTS_HELP,
	ARGUMENTS_VERSION
};

/*
 * Fills in ctl but for the instance. Returns what is to be done, *out_verb for
 * ARGUMENTS_RUN, or -1 with the fault.
 */
int arguments_parse(const struct arguments_verb *verbs, char **argv,
    struct ctl *ctl, const struct arguments_verb **out_verb,
    struct fault *fault);

/* The text of --help or --version on standard output. Returns the exit
 * status. */
int arguments_print(const struct arguments_verb *verbs,
    enum arguments_action action);

#endif
