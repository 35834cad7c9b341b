/* SPDX-License-Identifier: ISC */
/*
 * sheet: rows and columns, and how they are printed.
 * Runs in: posternctl.
 */
#include "common/ctl/sheet.h"

#include <stdlib.h>
#include <string.h>

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define PLAIN "\033[0m"

void
sheet_add_column(struct sheet *sheet, const char *name,
    enum statuswire_kind kind)
{
	struct sheet_column *column = &sheet->column[sheet->columns];

	if (sheet->columns == SHEET_COLUMNS_MAX)
		return;
	(void)snprintf(column->name, sizeof(column->name), "%s", name);
	column->kind = kind;
	sheet->columns++;
}

static int
make_room(struct sheet *sheet)
{
	size_t size = sheet->size == 0 ? 64 : 2 * sheet->size;
	struct statuswire_value *values;

	if (sheet->rows < sheet->size)
		return 0;
	values = reallocarray(sheet->values, size * sheet->columns,
	    sizeof(*values));
	if (values == NULL)
		return -1;
	sheet->values = values;
	sheet->size = size;
	return 0;
}

/* A text of no bytes is not NULL: one byte more than needed. */
static int
copy_value(const struct statuswire_value *value, struct statuswire_value *out)
{
	char *bytes;

	*out = (struct statuswire_value){ NULL, 0 };
	if (value->bytes == NULL)
		return 0;
	if ((bytes = malloc(value->len + 1)) == NULL)
		return -1;
	memcpy(bytes, value->bytes, value->len);
	bytes[value->len] = '\0';
	*out = (struct statuswire_value){ bytes, value->len };
	return 0;
}

int
sheet_add_row(struct sheet *sheet, const struct statuswire_value *values)
{
	struct statuswire_value *row;
	int ret = 0;
	size_t i;

	if (make_room(sheet) == -1)
		return -1;
	row = sheet->values + sheet->rows * sheet->columns;
	for (i = 0; i < sheet->columns; i++)
		if (copy_value(&values[i], &row[i]) == -1)
			ret = -1;
	sheet->rows++;
	return ret;
}

const struct statuswire_value *
sheet_value(const struct sheet *sheet, size_t row, size_t column)
{
	return &sheet->values[row * sheet->columns + column];
}

static void
find_widths(const struct sheet *sheet, size_t widths[SHEET_COLUMNS_MAX])
{
	char cell[CELL_SIZE];
	size_t row, i, width;

	for (i = 0; i < sheet->columns; i++)
		widths[i] = cell_width(sheet->column[i].name);
	for (row = 0; row < sheet->rows; row++)
		for (i = 0; i < sheet->columns; i++) {
			(void)cell_write(CELL_ALIGNED, sheet->column[i].kind,
			    sheet_value(sheet, row, i), cell);
			width = cell_width(cell);
			if (width > widths[i])
				widths[i] = width;
		}
}

/* One cell and the blanks to the next column; numbers stand at the right. What
 * does not fit into left columns is cut. Returns the columns left. */
static size_t
print_padded(const char *text, size_t width, bool is_right, size_t left,
    FILE *out)
{
	size_t used = cell_width(text), pad = width > used ? width - used : 0;
	size_t i, n;

	for (i = 0; is_right && i < pad && left > 0; i++, left--)
		(void)fputc(' ', out);
	for (i = 0; text[i] != '\0' && left > 0; i += n, left--) {
		for (n = 1; ((unsigned char)text[i + n] & 0xc0) == 0x80; n++)
			continue;
		(void)fwrite(text + i, 1, n, out);
	}
	for (i = 0; !is_right && i < pad && left > 0; i++, left--)
		(void)fputc(' ', out);
	return left;
}

static void
print_line(const struct sheet *sheet, size_t row,
    const size_t widths[SHEET_COLUMNS_MAX], size_t left, FILE *out)
{
	bool is_head = row == sheet->rows, is_number;
	char cell[CELL_SIZE];
	size_t i, width;

	for (i = 0; i < sheet->columns; i++) {
		is_number = sheet->column[i].kind == STATUSWIRE_NUMBER;
		if (is_head)
			(void)snprintf(cell, sizeof(cell), "%s",
			    sheet->column[i].name);
		else
			(void)cell_write(CELL_ALIGNED, sheet->column[i].kind,
			    sheet_value(sheet, row, i), cell);
		/* No blanks at a line's end. */
		width = i + 1 < sheet->columns || is_number ? widths[i] : 0;
		left = print_padded(cell, width, is_number, left, out);
		if (i + 1 < sheet->columns)
			left = print_padded("", 2, false, left, out);
	}
}

static void
print_aligned(const struct sheet *sheet, const struct sheet_style *style,
    FILE *out)
{
	size_t widths[SHEET_COLUMNS_MAX], row;
	size_t left = style->width == 0 ? SIZE_MAX : style->width;

	find_widths(sheet, widths);
	(void)fputs(style->is_coloured ? BOLD : "", out);
	print_line(sheet, sheet->rows, widths, left, out);
	(void)fputs(style->is_coloured ? PLAIN "\n" : "\n", out);
	for (row = 0; row < sheet->rows; row++) {
		print_line(sheet, row, widths, left, out);
		(void)fputc('\n', out);
	}
}

static void
print_csv(const struct sheet *sheet, FILE *out)
{
	char cell[CELL_SIZE];
	size_t row, i;

	for (i = 0; i < sheet->columns; i++)
		(void)fprintf(out, "%s%s", i > 0 ? "," : "",
		    sheet->column[i].name);
	(void)fputc('\n', out);
	for (row = 0; row < sheet->rows; row++) {
		for (i = 0; i < sheet->columns; i++) {
			(void)cell_write(CELL_CSV, sheet->column[i].kind,
			    sheet_value(sheet, row, i), cell);
			(void)fprintf(out, "%s%s", i > 0 ? "," : "", cell);
		}
		(void)fputc('\n', out);
	}
}

static void
print_json(const struct sheet *sheet, FILE *out)
{
	char cell[CELL_SIZE];
	size_t row, i;

	(void)fputs("[", out);
	for (row = 0; row < sheet->rows; row++) {
		(void)fputs(row > 0 ? ",\n {" : "\n {", out);
		for (i = 0; i < sheet->columns; i++) {
			(void)cell_write(CELL_JSON, sheet->column[i].kind,
			    sheet_value(sheet, row, i), cell);
			(void)fprintf(out, "%s\"%s\": %s", i > 0 ? ", " : "",
			    sheet->column[i].name, cell);
		}
		(void)fputs("}", out);
	}
	(void)fputs("\n]\n", out);
}

void
sheet_print(const struct sheet *sheet, const struct sheet_style *style,
    FILE *out)
{
	switch (style->format) {
	case CELL_CSV:
		print_csv(sheet, out);
		break;
	case CELL_JSON:
		print_json(sheet, out);
		break;
	default:
		print_aligned(sheet, style, out);
		break;
	}
}

void
sheet_close(struct sheet *sheet)
{
	size_t i;

	for (i = 0; i < sheet->rows * sheet->columns; i++)
		free((void *)(uintptr_t)sheet->values[i].bytes);
	free(sheet->values);
	memset(sheet, 0, sizeof(*sheet));
}
