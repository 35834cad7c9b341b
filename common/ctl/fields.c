/* SPDX-License-Identifier: ISC */
/*
 * fields: what "status" has gathered.
 * Runs in: posternctl.
 */
#include "common/ctl/fields.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int
fields_add(struct fields *fields, const struct field *field)
{
	size_t size = fields->size == 0 ? 64 : 2 * fields->size;
	struct field *grown, *added;

	if (fields->len == fields->size) {
		grown = reallocarray(fields->field, size, sizeof(*grown));
		if (grown == NULL)
			return -1;
		fields->field = grown;
		fields->size = size;
	}
	added = &fields->field[fields->len];
	*added = *field;
	if ((added->value = malloc(field->len + 1)) == NULL)
		return -1;
	memcpy(added->value, field->value, field->len);
	added->value[field->len] = '\0';
	fields->len++;
	return 0;
}

int
fields_add_value(struct fields *fields, const struct field *where,
    enum statuswire_kind kind, const char *name, const char *value)
{
	struct field field = *where;

	field.kind = kind;
	(void)snprintf(field.name, sizeof(field.name), "%s", name);
	field.value = (char *)(uintptr_t)value;
	field.len = strlen(value);
	return fields_add(fields, &field);
}

static struct statuswire_value
value_of(const struct field *field)
{
	return (struct statuswire_value){ field->value, field->len };
}

static bool
is_same_group(const struct fields *fields, size_t a, size_t b)
{
	return b < fields->len && strcmp(fields->field[a].group,
	    fields->field[b].group) == 0;
}

static bool
is_same_item(const struct fields *fields, size_t a, size_t b)
{
	return is_same_group(fields, a, b) && strcmp(fields->field[a].item,
	    fields->field[b].item) == 0;
}

static size_t
find_width(const struct fields *fields)
{
	size_t i, len, width = 0;

	for (i = 0; i < fields->len; i++) {
		len = strlen(fields->field[i].name);
		if (fields->field[i].item[0] == '\0' && len > width)
			width = len;
	}
	return width;
}

/* The group that begins at first, a field a line. Returns its end. */
static size_t
print_lines(const struct fields *fields, size_t first,
    const struct sheet_style *style, FILE *out)
{
	size_t i, width = find_width(fields);
	const struct field *field;
	struct statuswire_value value;
	char cell[CELL_SIZE];

	(void)fprintf(out, style->is_coloured ? "\033[1m%s\033[0m\n" : "%s\n",
	    fields->field[first].group);
	for (i = first; is_same_group(fields, first, i); i++) {
		field = &fields->field[i];
		value = value_of(field);
		(void)cell_write(CELL_ALIGNED, field->kind, &value, cell);
		(void)fprintf(out, "  %-*s  %s\n", (int)width, field->name,
		    cell);
	}
	return i;
}

/* The group that begins at first, an item a line: the first item's fields name
 * the columns. Returns its end. */
static size_t
print_items(const struct fields *fields, size_t first,
    const struct sheet_style *style, FILE *out)
{
	struct statuswire_value row[SHEET_COLUMNS_MAX];
	const struct field *field = &fields->field[first];
	struct sheet sheet = { 0 };
	size_t i, at;

	sheet_add_column(&sheet, field->group, STATUSWIRE_TEXT);
	for (i = first; is_same_item(fields, first, i); i++)
		sheet_add_column(&sheet, fields->field[i].name,
		    fields->field[i].kind);
	for (i = first; is_same_group(fields, first, i);) {
		field = &fields->field[i];
		memset(row, 0, sizeof(row));
		row[0] = (struct statuswire_value){ field->item,
			strlen(field->item) };
		for (at = i; is_same_item(fields, at, i); i++)
			if (1 + i - at < sheet.columns)
				row[1 + i - at] = value_of(&fields->field[i]);
		(void)sheet_add_row(&sheet, row);
	}
	sheet_print(&sheet, style, out);
	sheet_close(&sheet);
	return i;
}

static void
print_text(const struct fields *fields, const struct sheet_style *style,
    FILE *out)
{
	size_t i = 0;

	while (i < fields->len) {
		(void)fputs(i > 0 ? "\n" : "", out);
		i = fields->field[i].item[0] == '\0' ?
		    print_lines(fields, i, style, out) :
		    print_items(fields, i, style, out);
	}
}

static void
print_csv(const struct fields *fields, FILE *out)
{
	const struct field *field;
	struct statuswire_value value;
	char cell[CELL_SIZE];
	size_t i;

	(void)fputs("group,item,name,value\n", out);
	for (i = 0; i < fields->len; i++) {
		field = &fields->field[i];
		value = value_of(field);
		(void)cell_write(CELL_CSV, field->kind, &value, cell);
		(void)fprintf(out, "%s,%s,%s,%s\n", field->group, field->item,
		    field->name, cell);
	}
}

static void
print_json(const struct fields *fields, FILE *out)
{
	const struct field *field;
	struct statuswire_value value;
	char cell[CELL_SIZE];
	bool is_first, has_item;
	size_t i;

	(void)fputc('{', out);
	for (i = 0; i < fields->len; i++) {
		field = &fields->field[i];
		has_item = field->item[0] != '\0';
		is_first = i == 0 || !is_same_group(fields, i - 1, i);
		if (is_first)
			(void)fprintf(out, "%s\n \"%s\": {", i > 0 ? "," : "",
			    field->group);
		if (has_item && (is_first || !is_same_item(fields, i - 1, i)))
			(void)fprintf(out, "%s\"%s\": {", is_first ? "" :
			    ", ", field->item);
		else if (!is_first)
			(void)fputs(", ", out);
		value = value_of(field);
		(void)cell_write(CELL_JSON, field->kind, &value, cell);
		(void)fprintf(out, "\"%s\": %s", field->name, cell);
		if (has_item && !is_same_item(fields, i, i + 1))
			(void)fputc('}', out);
		if (!is_same_group(fields, i, i + 1))
			(void)fputc('}', out);
	}
	(void)fputs("\n}\n", out);
}

void
fields_print(const struct fields *fields, const struct sheet_style *style,
    FILE *out)
{
	switch (style->format) {
	case CELL_CSV:
		print_csv(fields, out);
		break;
	case CELL_JSON:
		print_json(fields, out);
		break;
	default:
		print_text(fields, style, out);
		break;
	}
}

void
fields_close(struct fields *fields)
{
	size_t i;

	for (i = 0; i < fields->len; i++)
		free(fields->field[i].value);
	free(fields->field);
	memset(fields, 0, sizeof(*fields));
}
