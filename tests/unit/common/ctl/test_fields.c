/* SPDX-License-Identifier: ISC */
/*
 * test_fields: groups of named values, with items and without, in each form.
 */
#include "common/ctl/fields.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct fields fields;
static char *text;

static void
add(const char *group, const char *item, const char *name, const char *number)
{
	struct field field = { .kind = STATUSWIRE_NUMBER,
		.value = (char *)(uintptr_t)number, .len = strlen(number) };

	strcpy(field.group, group);
	strcpy(field.item, item);
	strcpy(field.name, name);
	ck_assert_int_eq(fields_add(&fields, &field), 0);
}

static void
setup(void)
{
	add("listener", "", "pid", "7");
	add("listener", "", "uptime_s", "60");
	add("worker", "8", "slot", "0");
	add("worker", "8", "connections", "5");
	add("worker", "9", "slot", "1");
	add("worker", "9", "connections", "0");
	add("refused", "", "tls", "1");
}

static void
teardown(void)
{
	fields_close(&fields);
	free(text);
	text = NULL;
}

static const char *
print(enum cell_format format)
{
	const struct sheet_style style = { .format = format };
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fields_print(&fields, &style, out);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

START_TEST(test_text)
{
	ck_assert_str_eq(print(CELL_ALIGNED),
	    "listener\n  pid       7\n  uptime_s  60\n\n"
	    "worker  slot  connections\n"
	    "8          0            5\n"
	    "9          1            0\n\n"
	    "refused\n  tls       1\n");
}
END_TEST

START_TEST(test_csv)
{
	ck_assert_str_eq(print(CELL_CSV), "group,item,name,value\n"
	    "listener,,pid,7\nlistener,,uptime_s,60\n"
	    "worker,8,slot,0\nworker,8,connections,5\n"
	    "worker,9,slot,1\nworker,9,connections,0\nrefused,,tls,1\n");
}
END_TEST

START_TEST(test_json)
{
	ck_assert_str_eq(print(CELL_JSON), "{\n"
	    " \"listener\": {\"pid\": 7, \"uptime_s\": 60},\n"
	    " \"worker\": {\"8\": {\"slot\": 0, \"connections\": 5}, "
	    "\"9\": {\"slot\": 1, \"connections\": 0}},\n"
	    " \"refused\": {\"tls\": 1}\n}\n");
}
END_TEST

START_TEST(test_items_that_have_fewer_fields)
{
	add("worker", "10", "slot", "2");
	ck_assert_ptr_nonnull(strstr(print(CELL_ALIGNED),
	    "worker  slot\n10         2\n"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("fields");
	TCase *tc = tcase_create("fields");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_text);
	tcase_add_test(tc, test_csv);
	tcase_add_test(tc, test_json);
	tcase_add_test(tc, test_items_that_have_fewer_fields);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
