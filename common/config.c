/* SPDX-License-Identifier: ISC */
/*
 * config: files in postgresql.conf's syntax, read into a struct by a table.
 * A mechanism: it knows no setting (those are keyd/settings, listener/settings)
 * and opens no file.
 * Runs in: the supervisors, posternctl.
 */
#include "common/config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/config_line.h"
#include "common/config_value.h"
#include "common/fault.h"

#define DISTANCE_MAX 2		/* edits to a name that is worth a hint */

/* The directives of postgresql.conf that are no settings. */
static const char *const directives[] = {
	"include", "include_if_exists", "include_dir",
};

/* Puts where the fault was found behind its detail. */
static void
add_place(struct fault *fault, const char *place)
{
	char before[sizeof(fault->detail)];

	snprintf(before, sizeof(before), "%s", fault->detail);
	fault_detail(fault, "%s%s%s", before, before[0] == '\0' ? "" : " ",
	    place);
}

static int
fault_directive(const char *name, const char *value, struct fault *fault)
{
	fault_set(fault, "directive \"%s\" is not supported", name);
	fault_hint(fault, "Write the settings of \"%s\" into this file.",
	    value);
	return fault_code(fault, "0A000");
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein's distance, letters in any case; a name fits a line's. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[CONFIG_LINE_NAME_MAX + 1];
	size_t a_len = strlen(a), b_len = strlen(b);
	size_t i, j, diagonal, above;

	for (j = 0; j <= b_len; j++)
		row[j] = j;
	for (i = 1; i <= a_len; i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= b_len; j++) {
			above = row[j];
			row[j] = least(least(above, row[j - 1]) + 1, diagonal +
			    (tolower((unsigned char)a[i - 1]) !=
			    tolower((unsigned char)b[j - 1])));
			diagonal = above;
		}
	}
	return row[b_len];
}

static int
fault_unknown(const struct config_setting *table, const char *name,
    struct fault *fault)
{
	const struct config_setting *row, *nearest = NULL;
	size_t best = DISTANCE_MAX + 1, d;

	fault_set(fault, "unrecognized configuration parameter \"%s\"", name);
	fault_code(fault, "42704");
	for (row = table; row->name != NULL; row++) {
		if (strlen(row->name) > CONFIG_LINE_NAME_MAX)
			continue;
		d = distance(name, row->name);
		/* A short name is near to everything. */
		if (d < best && 2 * d <= strlen(name)) {
			best = d;
			nearest = row;
		}
	}
	if (nearest != NULL)
		fault_hint(fault, "Perhaps you meant \"%s\".", nearest->name);
	return -1;
}

const struct config_setting *
config_find(const struct config_setting *table, const char *name)
{
	for (; table->name != NULL; table++)
		if (strcasecmp(table->name, name) == 0 ||
		    strcmp(table->name, CONFIG_OTHERS) == 0)
			return table;
	return NULL;
}

static int
check_length(const struct config_setting *setting, const char *value,
    struct fault *fault)
{
	size_t len = strlen(value);

	if (len < setting->size)
		return 0;
	fault_set(fault, "value for parameter \"%s\" is too long",
	    setting->name);
	fault_detail(fault, "It has %zu bytes, and at most %zu are accepted.",
	    len, setting->size - 1);
	return fault_code(fault, "22023");
}

union parsed {
	bool flag;
	int number;
};

/* What the row's type says about the text. */
static int
parse_value(const struct config_setting *setting, const char *value,
    union parsed *out, struct fault *fault)
{
	switch (setting->type) {
	case CONFIG_BOOL:
		return config_value_bool(setting, value, &out->flag, fault);
	case CONFIG_INT:
		return config_value_int(setting, value, &out->number, fault);
	case CONFIG_ENUM:
		return config_value_enum(setting, value, &out->number, fault);
	case CONFIG_STRING:
		return check_length(setting, value, fault);
	case CONFIG_FOREIGN:
		break;
	}
	return 0;
}

/* The one place that writes into the settings. */
static void
store(const struct config_setting *setting, const char *value,
    const union parsed *parsed, void *settings)
{
	char *field = (char *)settings + setting->offset;

	switch (setting->type) {
	case CONFIG_BOOL:
		memcpy(field, &parsed->flag, sizeof(parsed->flag));
		break;
	case CONFIG_INT:
	case CONFIG_ENUM:
		memcpy(field, &parsed->number, sizeof(parsed->number));
		break;
	case CONFIG_STRING:
		memset(field, 0, setting->size);
		memcpy(field, value, strlen(value));
		break;
	case CONFIG_FOREIGN:
		break;
	}
}

static int
assign(const struct config_setting *table, const struct config_line *line,
    void *settings, struct fault *fault)
{
	const struct config_setting *setting;
	union parsed parsed;

	setting = config_find(table, line->name);
	if (setting == NULL)
		return fault_unknown(table, line->name, fault);
	if (parse_value(setting, line->value, &parsed, fault) == -1)
		return -1;
	if (setting->check != NULL) {
		fault_clear(fault);
		if (setting->check(line->value, fault) == -1)
			return -1;
	}
	store(setting, line->value, &parsed, settings);
	return 0;
}

void
config_set_defaults(const struct config_setting *table, void *settings)
{
	const struct config_setting *row;
	union parsed parsed;
	struct fault fault;

	for (row = table; row->name != NULL; row++) {
		if (row->type == CONFIG_FOREIGN)
			continue;
		/* A default that its own row refuses is our mistake. */
		if (parse_value(row, row->boot, &parsed, &fault) == -1)
			abort();
		store(row, row->boot, &parsed, settings);
	}
}

bool
config_is_equal(const struct config_setting *row, const void *a, const void *b)
{
	const char *in_a = (const char *)a + row->offset;
	const char *in_b = (const char *)b + row->offset;

	switch (row->type) {
	case CONFIG_STRING:
		return strcmp(in_a, in_b) == 0;
	case CONFIG_BOOL:
		return *(const bool *)in_a == *(const bool *)in_b;
	case CONFIG_FOREIGN:
		return true;
	default:
		return memcmp(in_a, in_b, sizeof(int)) == 0;
	}
}

static bool
is_directive(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(directives) / sizeof(directives[0]); i++)
		if (strcasecmp(name, directives[i]) == 0)
			return true;
	return false;
}

int
config_parse(const struct config_setting *table,
    const struct config_text *text, void *settings, struct fault_list *out)
{
	struct config_line_reader reader = {
		.bytes = text->bytes,
		.len = text->len,
		.path = text->path,
		.line = 1,
	};
	struct config_line line;
	struct fault fault;
	char place[512];
	int got, rc = 0;

	while ((got = config_line_read(&reader, &line, &fault)) != 0) {
		if (got == 1 && is_directive(line.name))
			got = fault_directive(line.name, line.value, &fault);
		else if (got == 1)
			got = assign(table, &line, settings, &fault);
		if (got != -1)
			continue;
		snprintf(place, sizeof(place), "In file \"%s\", line %u.",
		    text->path, line.number);
		add_place(&fault, place);
		rc = fault_list_add(out, &fault);
	}
	return rc;
}

/* As PostgreSQL's ParseLongOption: a hyphen in the name is an underscore. */
static int
split_assignment(const char *assignment, struct config_line *out,
    struct fault *fault)
{
	const char *equals = strchr(assignment, '=');
	size_t len, i;

	if (equals == NULL || equals == assignment) {
		fault_set(fault, "-c \"%s\" is not of the form name=value",
		    assignment);
		return fault_code(fault, "42601");
	}
	len = (size_t)(equals - assignment);
	if (len > CONFIG_LINE_NAME_MAX)
		len = CONFIG_LINE_NAME_MAX;
	for (i = 0; i < len; i++)
		out->name[i] = assignment[i] == '-' ? '_' : assignment[i];
	out->name[len] = '\0';
	if (strlen(equals + 1) > CONFIG_LINE_VALUE_MAX) {
		fault_set(fault, "value for parameter \"%s\" is too long",
		    out->name);
		return fault_code(fault, "22023");
	}
	strcpy(out->value, equals + 1);
	return 0;
}

int
config_override(const struct config_setting *table, const char *assignment,
    void *settings, struct fault *out)
{
	struct config_line line = { 0 };

	if (split_assignment(assignment, &line, out) == 0 &&
	    assign(table, &line, settings, out) == 0)
		return 0;
	add_place(out, "On the command line.");
	return -1;
}
