/* SPDX-License-Identifier: ISC */
/*
 * layers: which layers of a process's confinement are in force, and which the
 * running kernel lacks; told in one line of the log.
 * Runs in: every confined program, at its start.
 */
#ifndef COMMON_LAYERS_H
#define COMMON_LAYERS_H

#include <stdbool.h>

#define LAYERS_TEXT_MAX 512

struct layers;

/* The variable that a build with --enable-test-sandbox-off has in mind. */
#define LAYERS_OFF "POSTERN_TEST_SANDBOX_OFF"

/* Is there to be no layer but the user's? Always false in any other build.
 * layers is told; NULL: nobody is. */
bool layers_are_off(struct layers *layers);

/* Empty: zeroes. */
struct layers {
	char in_force[LAYERS_TEXT_MAX];
	char lacking[LAYERS_TEXT_MAX];
};

/* Adds a phrase to the one list or the other; printf's format. What does not
 * fit is cut. */
void layers_add(struct layers *layers, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void layers_lack(struct layers *layers, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The line: level INFO if nothing is lacking, else LOG, which every setting of
 * log_min_messages but "fatal" shows. */
void layers_log(const struct layers *layers);

#endif
