/* SPDX-License-Identifier: ISC */
/*
 * options: postern-listener's command line.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_OPTIONS_H
#define LISTENER_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct fault;

#define OPTIONS_OVERRIDES_MAX 128

struct options {
	char data_directory[PATH_MAX];	/* absolute, no slash at its end */
	const char *overrides[OPTIONS_OVERRIDES_MAX];	/* of -c; argv's */
	size_t overrides_len;
	bool foreground;
};

/*
 * Reads the arguments. --help and --version print and exit with 0; an unknown
 * option says where help is and exits with 1. Returns 0 or -1 with the fault.
 */
int options_parse(int argc, char **argv, struct options *out,
    struct fault *fault);

#endif
