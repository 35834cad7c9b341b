/* SPDX-License-Identifier: ISC */
/*
 * layers: which layers of a process's confinement are in force, and which the
 * running kernel lacks; told in one line of the log.
 * Runs in: every confined program, at its start.
 */
#ifndef COMMON_LAYERS_H
#define COMMON_LAYERS_H

#define LAYERS_TEXT_MAX 512

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
