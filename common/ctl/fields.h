/* SPDX-License-Identifier: ISC */
/*
 * fields: what "status" has gathered: groups of named values, some of them
 * of several items.
 * Runs in: posternctl.
 */
#ifndef COMMON_CTL_FIELDS_H
#define COMMON_CTL_FIELDS_H

#include <stddef.h>
#include <stdio.h>

#include "common/ctl/sheet.h"

struct field {
	char group[32], item[80], name[64];
	enum statuswire_kind kind;
	char *value;		/* owned */
	size_t len;
};

/* Empty: a struct of zeroes. */
struct fields {
	struct field *field;	/* owned */
	size_t len, size;
};

/* Adds one, copied; names of ours: what is too long is cut. A group's fields,
 * and in it an item's, come one after the other; item is "" in a group that has
 * none. Returns 0, or -1 if memory is short. */
int fields_add(struct fields *fields, const struct field *field);

/* The same with group and item of where; value is a text. */
int fields_add_value(struct fields *fields, const struct field *where,
    enum statuswire_kind kind, const char *name, const char *value);

/* As text: a group's fields a line each, or an item a line; as CSV a field a
 * line; as JSON an object of objects. */
void fields_print(const struct fields *fields, const struct sheet_style *style,
    FILE *out);

/* Accepts empty. */
void fields_close(struct fields *fields);

#endif
