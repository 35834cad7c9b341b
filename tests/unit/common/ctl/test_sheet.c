/* SPDX-License-Identifier: ISC */
/*
 * test_sheet: rows and columns in each of the three forms.
 */
#include "common/ctl/sheet.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct sheet sheet;
static char *text;

static void
add_row(const char *pid, const char *user, const char *bytes)
{
	const char *cells[] = { pid, user, bytes };
	struct statuswire_value values[3] = { { NULL, 0 } };
	size_t i;

	for (i = 0; i < 3; i++)
		if (cells[i] != NULL)
			values[i] = (struct statuswire_value){ cells[i],
				strlen(cells[i]) };
	ck_assert_int_eq(sheet_add_row(&sheet, values), 0);
}

static void
setup(void)
{
	memset(&sheet, 0, sizeof(sheet));
	sheet_add_column(&sheet, "pid", STATUSWIRE_NUMBER);
	sheet_add_column(&sheet, "usename", STATUSWIRE_TEXT);
	sheet_add_column(&sheet, "bytes", STATUSWIRE_NUMBER);
}

static void
teardown(void)
{
	sheet_close(&sheet);
	free(text);
	text = NULL;
}

static const char *
print(enum cell_format format, bool is_coloured, size_t width)
{
	const struct sheet_style style = { format, is_coloured, width };
	size_t size;
	FILE *out = open_memstream(&text, &size);

	sheet_print(&sheet, &style, out);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

START_TEST(test_aligned)
{
	add_row("7", "\xc3\xa4nne", "1");
	add_row("4711", NULL, "22");
	ck_assert_str_eq(print(CELL_ALIGNED, false, 0),
	    " pid  usename  bytes\n"
	    "   7  \xc3\xa4nne         1\n"
	    "4711              22\n");
}
END_TEST

START_TEST(test_aligned_to_a_terminal)
{
	add_row("7", "\xc3\xa4nne", "1");
	ck_assert_str_eq(print(CELL_ALIGNED, true, 7),
	    "\033[1mpid  us\033[0m\n"
	    "  7  \xc3\xa4n\n");
}
END_TEST

START_TEST(test_csv)
{
	add_row("7", "a \"b\"", "1");
	add_row(NULL, "", NULL);
	ck_assert_str_eq(print(CELL_CSV, true, 3),
	    "pid,usename,bytes\n7,\"a \"\"b\"\"\",1\n,\"\",\n");
}
END_TEST

START_TEST(test_json)
{
	ck_assert_str_eq(print(CELL_JSON, false, 0), "[\n]\n");
	free(text);
	add_row("7", "a", "1");
	add_row(NULL, "", NULL);
	ck_assert_str_eq(print(CELL_JSON, false, 0), "[\n"
	    " {\"pid\": 7, \"usename\": \"a\", \"bytes\": 1},\n"
	    " {\"pid\": null, \"usename\": \"\", \"bytes\": null}\n]\n");
}
END_TEST

START_TEST(test_many_rows)
{
	int i;

	for (i = 0; i < 1000; i++)
		add_row("1", "u", "2");
	ck_assert_uint_eq(sheet.rows, 1000);
	ck_assert_str_eq(sheet_value(&sheet, 999, 1)->bytes, "u");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sheet");
	TCase *tc = tcase_create("sheet");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_aligned);
	tcase_add_test(tc, test_aligned_to_a_terminal);
	tcase_add_test(tc, test_csv);
	tcase_add_test(tc, test_json);
	tcase_add_test(tc, test_many_rows);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
