/* SPDX-License-Identifier: ISC */
/*
 * test_config_value: a text means what it means in postgresql.conf.
 * Runs in: make check.
 */
#include "common/config_value.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/config.h"
#include "common/fault.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define UNTOUCHED -12345

#define TIME_UNITS "Valid units for this parameter are \"us\", \"ms\", " \
    "\"s\", \"min\", \"h\", and \"d\"."
#define MEMORY_UNITS "Valid units for this parameter are \"B\", \"kB\", " \
    "\"MB\", \"GB\", and \"TB\"."

static const struct {
	const char *text;
	int value;		/* -1: refused */
} bools[] = {
	{ "on", 1 }, { "ON", 1 }, { "true", 1 }, { "t", 1 }, { "tru", 1 },
	{ "yes", 1 }, { "y", 1 }, { "1", 1 },
	{ "off", 0 }, { "of", 0 }, { "Off", 0 }, { "false", 0 }, { "f", 0 },
	{ "no", 0 }, { "n", 0 }, { "0", 0 },
	{ "", -1 }, { "o", -1 }, { "onn", -1 }, { "offf", -1 }, { "2", -1 },
	{ "10", -1 }, { "truee", -1 }, { " on", -1 }, { "maybe", -1 },
};

START_TEST(a_bool_is_one_of_the_words)
{
	static const struct config_setting setting = { .name = "ssl" };
	struct fault fault = { 0 };
	bool value = bools[_i].value == 0;
	int rc;

	rc = config_value_bool(&setting, bools[_i].text, &value, &fault);
	if (bools[_i].value == -1) {
		ck_assert_msg(rc == -1, "%s", bools[_i].text);
		ck_assert_str_eq(fault.what,
		    "parameter \"ssl\" requires a Boolean value");
		ck_assert(!value);
		return;
	}
	ck_assert_msg(rc == 0 && value == bools[_i].value, "%s",
	    bools[_i].text);
}
END_TEST

static const struct {
	const char *text;
	enum config_unit unit;
	int value;
} numbers[] = {
	{ "0", CONFIG_UNIT_NONE, 0 },
	{ "5432", CONFIG_UNIT_NONE, 5432 },
	{ "+7", CONFIG_UNIT_NONE, 7 },
	{ "-7", CONFIG_UNIT_NONE, -7 },
	{ " 7 ", CONFIG_UNIT_NONE, 7 },
	{ "0x1F", CONFIG_UNIT_NONE, 31 },
	{ "017", CONFIG_UNIT_NONE, 15 },
	{ "1e3", CONFIG_UNIT_NONE, 1000 },
	{ "1.4", CONFIG_UNIT_NONE, 1 },
	{ "1.6", CONFIG_UNIT_NONE, 2 },
	{ "-1.6", CONFIG_UNIT_NONE, -2 },
	{ ".6", CONFIG_UNIT_NONE, 1 },
	{ "60", CONFIG_UNIT_S, 60 },
	{ "60s", CONFIG_UNIT_S, 60 },
	{ "60 s", CONFIG_UNIT_S, 60 },
	{ "1min", CONFIG_UNIT_S, 60 },
	{ "1.5min", CONFIG_UNIT_S, 90 },
	{ "1500ms", CONFIG_UNIT_S, 2 },
	{ "2h", CONFIG_UNIT_S, 7200 },
	{ "1d", CONFIG_UNIT_S, 86400 },
	{ "250", CONFIG_UNIT_MS, 250 },
	{ "1s", CONFIG_UNIT_MS, 1000 },
	{ "0.25s", CONFIG_UNIT_MS, 250 },
	{ "2000us", CONFIG_UNIT_MS, 2 },
	{ "8", CONFIG_UNIT_KB, 8 },
	{ "8kB", CONFIG_UNIT_KB, 8 },
	{ "2MB", CONFIG_UNIT_KB, 2048 },
	{ "1GB", CONFIG_UNIT_KB, 1048576 },
	{ "4096B", CONFIG_UNIT_KB, 4 },
};

START_TEST(a_number_is_read_in_its_unit)
{
	struct config_setting setting = {
		.name = "n",
		.unit = numbers[_i].unit,
		.min = -100,
		.max = 2000000000,
	};
	struct fault fault = { 0 };
	int value = UNTOUCHED;

	errno = ENOTTY;
	ck_assert_msg(config_value_int(&setting, numbers[_i].text, &value,
	    &fault) == 0, "%s: %s", numbers[_i].text, fault.what);
	ck_assert_msg(value == numbers[_i].value, "%s: %d", numbers[_i].text,
	    value);
	ck_assert_int_eq(errno, ENOTTY);
}
END_TEST

static const struct {
	const char *text;
	enum config_unit unit;
	const char *what;
	const char *hint;
} bad_numbers[] = {
	{ "", CONFIG_UNIT_NONE, "invalid value for parameter \"n\": \"\"",
	    "" },
	{ "abc", CONFIG_UNIT_NONE,
	    "invalid value for parameter \"n\": \"abc\"", "" },
	{ "5s", CONFIG_UNIT_NONE, "invalid value for parameter \"n\": \"5s\"",
	    "" },
	{ "5 6", CONFIG_UNIT_NONE,
	    "invalid value for parameter \"n\": \"5 6\"", "" },
	{ "5S", CONFIG_UNIT_S, "invalid value for parameter \"n\": \"5S\"",
	    TIME_UNITS },
	{ "5 parsecs", CONFIG_UNIT_MS,
	    "invalid value for parameter \"n\": \"5 parsecs\"", TIME_UNITS },
	{ "5s s", CONFIG_UNIT_S, "invalid value for parameter \"n\": \"5s s\"",
	    TIME_UNITS },
	{ "5KB", CONFIG_UNIT_KB, "invalid value for parameter \"n\": \"5KB\"",
	    MEMORY_UNITS },
	{ "nan", CONFIG_UNIT_NONE,
	    "invalid value for parameter \"n\": \"nan\"", "" },
	{ "3000000000", CONFIG_UNIT_NONE,
	    "invalid value for parameter \"n\": \"3000000000\"",
	    "Value exceeds integer range." },
	{ "-3000000000", CONFIG_UNIT_NONE,
	    "invalid value for parameter \"n\": \"-3000000000\"",
	    "Value exceeds integer range." },
	{ "99999999999999999999", CONFIG_UNIT_NONE,
	    "invalid value for parameter \"n\": \"99999999999999999999\"",
	    "Value exceeds integer range." },
	{ "1e999", CONFIG_UNIT_NONE,
	    "invalid value for parameter \"n\": \"1e999\"", "" },
	{ "100000d", CONFIG_UNIT_S,
	    "invalid value for parameter \"n\": \"100000d\"",
	    "Value exceeds integer range." },
	{ "601", CONFIG_UNIT_S, "601 s is outside the valid range for "
	    "parameter \"n\" (1 .. 600)", "" },
	{ "11min", CONFIG_UNIT_S, "660 s is outside the valid range for "
	    "parameter \"n\" (1 .. 600)", "" },
	{ "0", CONFIG_UNIT_NONE, "0 is outside the valid range for "
	    "parameter \"n\" (1 .. 600)", "" },
	{ "0.4", CONFIG_UNIT_MS, "0 ms is outside the valid range for "
	    "parameter \"n\" (1 .. 600)", "" },
	{ "1MB", CONFIG_UNIT_KB, "1024 kB is outside the valid range for "
	    "parameter \"n\" (1 .. 600)", "" },
};

START_TEST(a_bad_number_is_refused)
{
	struct config_setting setting = {
		.name = "n",
		.unit = bad_numbers[_i].unit,
		.min = 1,
		.max = 600,
	};
	struct fault fault = { 0 };
	int value = UNTOUCHED;

	ck_assert_msg(config_value_int(&setting, bad_numbers[_i].text, &value,
	    &fault) == -1, "%s", bad_numbers[_i].text);
	ck_assert_str_eq(fault.what, bad_numbers[_i].what);
	ck_assert_str_eq(fault.hint, bad_numbers[_i].hint);
	ck_assert_int_eq(value, UNTOUCHED);
}
END_TEST

START_TEST(the_bounds_are_within_the_range)
{
	struct config_setting setting = { .name = "n", .min = 1, .max = 600 };
	struct fault fault;
	int value;

	ck_assert_int_eq(config_value_int(&setting, "1", &value, &fault), 0);
	ck_assert_int_eq(config_value_int(&setting, "600", &value, &fault),
	    0);
	setting.min = -2147483647 - 1;
	setting.max = 2147483647;
	ck_assert_int_eq(config_value_int(&setting, "2147483647", &value,
	    &fault), 0);
	ck_assert_int_eq(value, 2147483647);
	ck_assert_int_eq(config_value_int(&setting, "-2147483648", &value,
	    &fault), 0);
	ck_assert_int_eq(value, setting.min);
	ck_assert_int_eq(config_value_int(&setting, "2147483648", &value,
	    &fault), -1);
	ck_assert_int_eq(config_value_int(&setting, "-2147483649", &value,
	    &fault), -1);
}
END_TEST

static const struct config_word words[] = {
	{ "TLSv1.2", 12 }, { "TLSv1.3", 13 }, { NULL, 0 },
};

START_TEST(an_enum_is_one_of_its_words)
{
	static const struct config_setting setting = {
		.name = "v",
		.words = words,
	};
	struct fault fault = { 0 };
	int value = UNTOUCHED;

	ck_assert_int_eq(config_value_enum(&setting, "TLSv1", &value, &fault),
	    -1);
	ck_assert_int_eq(value, UNTOUCHED);
	ck_assert_str_eq(fault.what,
	    "invalid value for parameter \"v\": \"TLSv1\"");
	ck_assert_str_eq(fault.hint, "Available values: TLSv1.2, TLSv1.3.");
	ck_assert_int_eq(config_value_enum(&setting, "tlsV1.3", &value,
	    &fault), 0);
	ck_assert_int_eq(value, 13);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config_value");
	TCase *tcase = tcase_create("values");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, a_bool_is_one_of_the_words, 0, LEN(bools));
	tcase_add_loop_test(tcase, a_number_is_read_in_its_unit, 0,
	    LEN(numbers));
	tcase_add_loop_test(tcase, a_bad_number_is_refused, 0,
	    LEN(bad_numbers));
	tcase_add_test(tcase, the_bounds_are_within_the_range);
	tcase_add_test(tcase, an_enum_is_one_of_its_words);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
