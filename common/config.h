/* SPDX-License-Identifier: ISC */
/*
 * config: files in postgresql.conf's syntax, read into a struct by a table.
 * A mechanism: it knows no setting (those are keyd/settings, listener/settings)
 * and opens no file.
 * Runs in: the supervisors, posternctl.
 */
#ifndef COMMON_CONFIG_H
#define COMMON_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct fault;
struct fault_list;

enum config_type {
	CONFIG_BOOL,		/* bool: on off true false yes no 1 0 */
	CONFIG_INT,		/* int, in the row's unit, within min and max */
	CONFIG_ENUM,		/* int: the value of one of words */
	CONFIG_STRING,		/* char[size] */
	CONFIG_FOREIGN		/* another daemon's: its name is known */
};

enum config_unit {
	CONFIG_UNIT_NONE,
	CONFIG_UNIT_MS,		/* accepts us ms s min h d; bare: ms */
	CONFIG_UNIT_S,		/* accepts us ms s min h d; bare: s */
	CONFIG_UNIT_KB		/* accepts B kB MB GB TB; bare: kB */
};

struct config_word {
	const char *word;	/* NULL ends the list */
	int value;
};

struct config_setting {
	const char *name;
	enum config_type type;
	size_t offset;		/* in the settings struct */
	size_t size;		/* CONFIG_STRING: of the array, NUL included */
	const char *boot;	/* the default, as it would be written */
	enum config_unit unit;
	int min, max;		/* CONFIG_INT */
	const struct config_word *words; /* CONFIG_ENUM */
	/* NULL, or a further check of a text that the type has accepted; fills
	 * the fault and returns -1. Not asked about the default. */
	int (*check)(const char *value, struct fault *out);
};

struct config_text {
	const char *path;	/* for messages */
	const char *bytes;	/* need not end with a NUL */
	size_t len;
};

/* The name of a last, foreign row that stands for every other name: of who
 * reads a few settings and leaves it to the daemons to judge the rest. */
#define CONFIG_OTHERS "*"

/* A table ends with a row whose name is NULL. Sets every default. */
void config_set_defaults(const struct config_setting *table, void *settings);

/*
 * Reads a text (PostgreSQL 20.1: name = value, quotes, '' and
 * backslash escapes, comments, names in any case) into settings.
 * The last of several lines for a name wins. Every error is added
 * to out with file and line and the accepted values. Returns 0, or -1 if
 * there was any.
 */
int config_parse(const struct config_setting *table,
    const struct config_text *text, void *settings, struct fault_list *out);

/* The table's row of that name, in any case, or NULL. */
const struct config_setting *config_find(const struct config_setting *table,
    const char *name);

/* Do two structs of settings agree in that row? */
bool config_is_equal(const struct config_setting *row, const void *a,
    const void *b);

/* One "name=value" of the command line (-c). Returns 0 or -1 with the fault. */
int config_override(const struct config_setting *table, const char *assignment,
    void *settings, struct fault *out);

#endif
