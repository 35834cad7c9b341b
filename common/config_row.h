/* SPDX-License-Identifier: ISC */
/*
 * config_row: rows of a table of settings, for the members of the including
 * daemon's struct settings. A row says the name, the member and the default.
 * Runs in: the supervisors.
 */
#ifndef COMMON_CONFIG_ROW_H
#define COMMON_CONFIG_ROW_H

#include <stddef.h>

#include "common/config.h"

#define ROW(n, kind, member, text) .name = n, .type = kind, .boot = text, \
	.offset = offsetof(struct settings, member)
#define ROW_STRING(n, member, text) ROW(n, CONFIG_STRING, member, text), \
	.size = sizeof(((struct settings *)NULL)->member)

#define ROW_BOOL(n, member, text) { ROW(n, CONFIG_BOOL, member, text) }
#define ROW_TEXT(n, member, text) { ROW_STRING(n, member, text) }
#define ROW_CHECKED(n, member, text, checker) \
	{ ROW_STRING(n, member, text), .check = checker }
#define ROW_WORD(n, member, text, list) \
	{ ROW(n, CONFIG_ENUM, member, text), .words = list }
#define ROW_NUMBER(n, member, text, low, high) \
	{ ROW(n, CONFIG_INT, member, text), .min = low, .max = high }
#define ROW_SPAN(n, member, text, u, low, high) \
	{ ROW(n, CONFIG_INT, member, text), .unit = CONFIG_UNIT_##u, \
	    .min = low, .max = high }
#define ROW_FOREIGN(n) { .name = n, .type = CONFIG_FOREIGN }

#endif
