/* SPDX-License-Identifier: ISC */
/*
 * sheet: rows and columns, and how they are printed: aligned for people, CSV as
 * COPY reads it, JSON as an array of objects, a line each.
 * Runs in: posternctl.
 */
#ifndef COMMON_CTL_SHEET_H
#define COMMON_CTL_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/ctl/cell.h"

#define SHEET_COLUMNS_MAX 32

struct sheet_column {
	char name[64];
	enum statuswire_kind kind;
};

/* Empty: a struct of zeroes. */
struct sheet {
	struct sheet_column column[SHEET_COLUMNS_MAX];
	size_t columns;
	struct statuswire_value *values;	/* owned, as are their bytes:
						   columns of each row */
	size_t rows, size;			/* rows, and room for such */
};

/* Adds a column, before the first row; with the most there may be, none. */
void sheet_add_column(struct sheet *sheet, const char *name,
    enum statuswire_kind kind);

/* Adds a row, copied. Returns 0, or -1 if memory is short. */
int sheet_add_row(struct sheet *sheet, const struct statuswire_value *values);

const struct statuswire_value *sheet_value(const struct sheet *sheet,
    size_t row, size_t column);

struct sheet_style {
	enum cell_format format;
	bool is_coloured;	/* of the aligned one, for a terminal */
	size_t width;		/* of it: longer lines are cut; 0: none are */
};

void sheet_print(const struct sheet *sheet, const struct sheet_style *style,
    FILE *out);

/* Accepts empty. */
void sheet_close(struct sheet *sheet);

#endif
