/* SPDX-License-Identifier: ISC */
/*
 * test_cell: no value breaks a line or a format, whatever bytes it has.
 */
#include "common/ctl/cell.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static char out[CELL_SIZE];

static const struct row {
	const char *sentence;
	enum cell_format format;
	enum statuswire_kind kind;
	const char *value;	/* NULL: SQL's */
	const char *expected;
} rows[] = {
	{ "a text", CELL_ALIGNED, STATUSWIRE_TEXT, "alice", "alice" },
	{ "a text in CSV", CELL_CSV, STATUSWIRE_TEXT, "alice", "alice" },
	{ "a text in JSON", CELL_JSON, STATUSWIRE_TEXT, "alice",
	    "\"alice\"" },
	{ "NULL", CELL_ALIGNED, STATUSWIRE_TEXT, NULL, "" },
	{ "NULL in CSV is nothing", CELL_CSV, STATUSWIRE_TEXT, NULL, "" },
	{ "an empty text in CSV is not NULL", CELL_CSV, STATUSWIRE_TEXT, "",
	    "\"\"" },
	{ "NULL in JSON", CELL_JSON, STATUSWIRE_NUMBER, NULL, "null" },
	{ "quotes in CSV", CELL_CSV, STATUSWIRE_TEXT, "a\"b,c",
	    "\"a\"\"b,c\"" },
	{ "quotes in JSON", CELL_JSON, STATUSWIRE_TEXT, "a\"b\\c",
	    "\"a\\\"b\\\\c\"" },
	{ "a newline", CELL_ALIGNED, STATUSWIRE_TEXT, "a\nb", "a\\x0ab" },
	{ "a newline in CSV", CELL_CSV, STATUSWIRE_TEXT, "a\nb",
	    "\"a\\x0ab\"" },
	{ "a newline in JSON", CELL_JSON, STATUSWIRE_TEXT, "a\nb",
	    "\"a\\\\x0ab\"" },
	{ "a terminal's escape sequence", CELL_ALIGNED, STATUSWIRE_TEXT,
	    "\033[2J", "\\x1b[2J" },
	{ "bad UTF-8", CELL_CSV, STATUSWIRE_TEXT, "\xff", "\"\\xff\"" },
	{ "good UTF-8", CELL_CSV, STATUSWIRE_TEXT, "\xc3\xa4", "\xc3\xa4" },
	{ "COPY's end of data", CELL_CSV, STATUSWIRE_TEXT, "\\.",
	    "\"\\.\"" },
	{ "a number", CELL_JSON, STATUSWIRE_NUMBER, "42", "42" },
	{ "a number that is none", CELL_JSON, STATUSWIRE_NUMBER, "4}2",
	    "\"4}2\"" },
	{ "a number of JSON has no leading zero", CELL_JSON,
	    STATUSWIRE_NUMBER, "042", "\"042\"" },
	{ "true", CELL_JSON, STATUSWIRE_BOOL, "t", "true" },
	{ "true in CSV", CELL_CSV, STATUSWIRE_BOOL, "t", "t" },
	{ "neither true nor false", CELL_JSON, STATUSWIRE_BOOL, "x",
	    "\"x\"" },
	{ "a time", CELL_ALIGNED, STATUSWIRE_TIME, "1764063791123456",
	    "2025-11-25 09:43:11.123456+00" },
	{ "a time in CSV", CELL_CSV, STATUSWIRE_TIME, "1764063791000001",
	    "\"2025-11-25 09:43:11.000001+00\"" },
	{ "a time in JSON", CELL_JSON, STATUSWIRE_TIME, "0",
	    "\"1970-01-01T00:00:00.000000Z\"" },
	{ "a time beyond all years", CELL_JSON, STATUSWIRE_TIME,
	    "99999999999999999999", "\"99999999999999999999\"" },
};

START_TEST(test_rows)
{
	const struct row *row = &rows[_i];
	struct statuswire_value value = { row->value,
		row->value == NULL ? 0 : strlen(row->value) };
	size_t len = cell_write(row->format, row->kind, &value, out);

	ck_assert_msg(strcmp(out, row->expected) == 0, "%s: %s",
	    row->sentence, out);
	ck_assert_uint_eq(len, strlen(out));
}
END_TEST

START_TEST(test_random_bytes_keep_their_line)
{
	char bytes[STATUSWIRE_MESSAGE_MAX];
	struct statuswire_value value = { bytes, sizeof(bytes) };
	enum cell_format format;
	enum statuswire_kind kind;
	size_t i;

	srandom((unsigned int)_i);
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)random();
	value.len = (size_t)random() % sizeof(bytes);
	for (format = CELL_ALIGNED; format <= CELL_JSON; format++)
		for (kind = STATUSWIRE_TEXT; kind < STATUSWIRE_KINDS; kind++) {
			ck_assert_uint_lt(cell_write(format, kind, &value,
			    out), CELL_SIZE);
			for (i = 0; out[i] != '\0'; i++)
				ck_assert((unsigned char)out[i] >= 0x20 &&
				    out[i] != 0x7f);
		}
}
END_TEST

/* The longest texts: every byte becomes four, of quotes two. */
START_TEST(test_the_longest_value_fits)
{
	char bytes[STATUSWIRE_MESSAGE_MAX];
	struct statuswire_value value = { bytes, sizeof(bytes) };

	memset(bytes, '\n', sizeof(bytes));
	ck_assert_uint_lt(cell_write(CELL_JSON, STATUSWIRE_TEXT, &value, out),
	    CELL_SIZE);
	ck_assert_int_eq(out[strlen(out) - 1], '"');
	memset(bytes, '"', sizeof(bytes));
	ck_assert_uint_eq(cell_write(CELL_CSV, STATUSWIRE_TEXT, &value, out),
	    2 * sizeof(bytes) + 2);
}
END_TEST

START_TEST(test_width_is_characters)
{
	ck_assert_uint_eq(cell_width(""), 0);
	ck_assert_uint_eq(cell_width("abc"), 3);
	ck_assert_uint_eq(cell_width("\xc3\xa4\xe2\x82\xac"), 2);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cell");
	TCase *tc = tcase_create("cell");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, test_rows, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(tc, test_random_bytes_keep_their_line, 0, 50);
	tcase_add_test(tc, test_the_longest_value_fits);
	tcase_add_test(tc, test_width_is_characters);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
