/* SPDX-License-Identifier: ISC */
/*
 * cell: one value as people and programs read it. Whatever bytes a client has
 * sent as its name: control bytes and bad UTF-8 are shown as \xNN, and no value
 * breaks a line.
 * Pure. Runs in: posternctl.
 */
#ifndef COMMON_CTL_CELL_H
#define COMMON_CTL_CELL_H

#include <stddef.h>

#include "common/wire/statuswire.h"

#define CELL_SIZE (5 * STATUSWIRE_MESSAGE_MAX + 64)	/* suffices for all */

/* How a sheet is printed. */
enum cell_format {
	CELL_ALIGNED,
	CELL_CSV,
	CELL_JSON
};

/*
 * Writes the value with a NUL at its end. NULL is nothing, in JSON null; a
 * quoted "" in CSV is an empty text. A number or time that is none is a text.
 * Returns the length.
 */
size_t cell_write(enum cell_format format, enum statuswire_kind kind,
    const struct statuswire_value *value, char out[CELL_SIZE]);

/* A text of ours in a number of microseconds since 1970: "2026-11-25
 * 09:30:00.123456+00", in JSON with T and Z. Returns 0 or -1. */
int cell_format_time(enum cell_format format, const char *digits, char *out,
    size_t size);

/* How many columns of a terminal a text takes: its characters. */
size_t cell_width(const char *text);

#endif
