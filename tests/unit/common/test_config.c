/* SPDX-License-Identifier: ISC */
/*
 * test_config: a table's settings get their values, and every error says
 * which, where and what would be accepted.
 * Runs in: make check.
 */
#include "common/config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

struct settings {
	bool ssl;
	int port;
	int timeout_s;
	int level;
	char host[9];
	char odd[8];
};

static const struct config_word levels[] = {
	{ "low", 1 }, { "high", 2 }, { NULL, 0 },
};

static int
check_odd(const char *value, struct fault *out)
{
	if (strcmp(value, "bare") == 0)
		return fault_set(out, "odd is bare");
	if (strcmp(value, "even") != 0)
		return 0;
	fault_set(out, "odd is even");
	return fault_detail(out, "It must not be.");
}

static int
check_port(const char *value, struct fault *out)
{
	if (strcmp(value, "1") == 0)
		return fault_set(out, "port 1 is taken");
	return 0;
}

static const struct config_setting table[] = {
	{ .name = "ssl", .type = CONFIG_BOOL, .boot = "on",
	    .offset = offsetof(struct settings, ssl) },
	{ .name = "port", .type = CONFIG_INT, .boot = "5432", .min = 1,
	    .max = 65535, .offset = offsetof(struct settings, port),
	    .check = check_port },
	{ .name = "authentication_timeout", .type = CONFIG_INT,
	    .boot = "1min", .unit = CONFIG_UNIT_S, .min = 1, .max = 600,
	    .offset = offsetof(struct settings, timeout_s) },
	{ .name = "level", .type = CONFIG_ENUM, .boot = "high",
	    .words = levels, .offset = offsetof(struct settings, level) },
	{ .name = "host", .type = CONFIG_STRING, .boot = "here",
	    .size = sizeof(((struct settings *)0)->host),
	    .offset = offsetof(struct settings, host) },
	/* the check is not asked about the default */
	{ .name = "odd", .type = CONFIG_STRING, .boot = "even",
	    .size = sizeof(((struct settings *)0)->odd), .check = check_odd,
	    .offset = offsetof(struct settings, odd) },
	{ .name = "signers", .type = CONFIG_FOREIGN },
	{ .name = NULL },
};

static struct settings settings;
static struct fault_list faults;

static void
set_up(void)
{
	memset(&settings, 0xee, sizeof(settings));
	memset(&faults, 0, sizeof(faults));
	config_set_defaults(table, &settings);
}

static void
tear_down(void)
{
}

static int
parse(const char *text)
{
	struct config_text file = {
		.path = "/etc/p.conf",
		.bytes = text,
		.len = strlen(text),
	};

	return config_parse(table, &file, &settings, &faults);
}

START_TEST(every_setting_has_its_default)
{
	ck_assert(settings.ssl);
	ck_assert_int_eq(settings.port, 5432);
	ck_assert_int_eq(settings.timeout_s, 60);
	ck_assert_int_eq(settings.level, 2);
	ck_assert_str_eq(settings.host, "here");
	ck_assert_str_eq(settings.odd, "even");
}
END_TEST

START_TEST(a_file_sets_what_it_names)
{
	ck_assert_int_eq(parse("SSL = off\n"
	    "port 5433\n"
	    "authentication_timeout = 1.5min # long\n"
	    "Level = LOW\n"
	    "signers = 'anything at all'\n"
	    "host = 'it''s'"), 0);
	ck_assert_uint_eq(faults.count, 0);
	ck_assert(!settings.ssl);
	ck_assert_int_eq(settings.port, 5433);
	ck_assert_int_eq(settings.timeout_s, 90);
	ck_assert_int_eq(settings.level, 1);
	ck_assert_str_eq(settings.host, "it's");
	ck_assert_str_eq(settings.odd, "even");
}
END_TEST

START_TEST(an_empty_file_changes_nothing)
{
	ck_assert_int_eq(parse(""), 0);
	ck_assert_int_eq(parse("# nothing\n\n"), 0);
	ck_assert_int_eq(settings.port, 5432);
}
END_TEST

START_TEST(the_last_line_wins)
{
	ck_assert_int_eq(parse("port = 1000\nhost = longer\nPORT = 2000\n"
	    "host = x\n"), 0);
	ck_assert_int_eq(settings.port, 2000);
	ck_assert_str_eq(settings.host, "x");
	ck_assert_int_eq(settings.host[2], '\0');
}
END_TEST

#define PLACE "In file \"/etc/p.conf\", line 2."

static const struct {
	const char *proved;
	const char *text;	/* stands in line 2 */
	const char *what, *detail, *hint;
} bad[] = {
	{ "a syntax error", "port = ,",
	    "syntax error in file \"/etc/p.conf\" line 2, near token \",\"",
	    PLACE, "Enclose the value in single quotes." },
	{ "an unknown name", "wallpaper = 1",
	    "unrecognized configuration parameter \"wallpaper\"", PLACE, "" },
	{ "a letter too few", "prt = 1",
	    "unrecognized configuration parameter \"prt\"", PLACE,
	    "Perhaps you meant \"port\"." },
	{ "two letters changed", "AUTHENTICATION_TIMOEUT = 1",
	    "unrecognized configuration parameter \"AUTHENTICATION_TIMOEUT\"",
	    PLACE, "Perhaps you meant \"authentication_timeout\"." },
	{ "another daemon's name", "signer = 1",
	    "unrecognized configuration parameter \"signer\"", PLACE,
	    "Perhaps you meant \"signers\"." },
	{ "three letters are too many", "authntctn_timeout = 1",
	    "unrecognized configuration parameter \"authntctn_timeout\"",
	    PLACE, "" },
	{ "a short name is near to nothing", "x = 1",
	    "unrecognized configuration parameter \"x\"", PLACE, "" },
	{ "an extension's name", "auth.port = 1",
	    "unrecognized configuration parameter \"auth.port\"", PLACE, "" },
	{ "a bad bool", "ssl = maybe",
	    "parameter \"ssl\" requires a Boolean value", PLACE, "" },
	{ "a bad number", "port = abc",
	    "invalid value for parameter \"port\": \"abc\"", PLACE, "" },
	{ "a number out of range", "authentication_timeout = 1h",
	    "3600 s is outside the valid range for parameter "
	    "\"authentication_timeout\" (1 .. 600)", PLACE, "" },
	{ "a bad word", "level = middle",
	    "invalid value for parameter \"level\": \"middle\"", PLACE,
	    "Available values: low, high." },
	{ "a string too long", "host = 'nine long'",
	    "value for parameter \"host\" is too long",
	    "It has 9 bytes, and at most 8 are accepted. " PLACE, "" },
	{ "what the check refuses", "odd = bare", "odd is bare", PLACE, "" },
	{ "with its own detail", "odd = even", "odd is even",
	    "It must not be. " PLACE, "" },
	{ "a check behind the type", "port = 1", "port 1 is taken", PLACE,
	    "" },
	{ "an included file", "include 'more.conf'",
	    "directive \"include\" is not supported", PLACE,
	    "Write the settings of \"more.conf\" into this file." },
	{ "an included directory", "Include_Dir = 'conf.d'",
	    "directive \"Include_Dir\" is not supported", PLACE,
	    "Write the settings of \"conf.d\" into this file." },
};

START_TEST(an_error_says_what_and_where)
{
	struct settings before = settings;
	char text[256];

	snprintf(text, sizeof(text), "# first\n%s\n", bad[_i].text);
	ck_assert_msg(parse(text) == -1, "%s", bad[_i].proved);
	ck_assert_uint_eq(faults.count, 1);
	ck_assert_str_eq(faults.item[0].what, bad[_i].what);
	ck_assert_str_eq(faults.item[0].detail, bad[_i].detail);
	ck_assert_str_eq(faults.item[0].hint, bad[_i].hint);
	ck_assert_mem_eq(&before, &settings, sizeof(before));
}
END_TEST

START_TEST(every_error_is_reported)
{
	ck_assert_int_eq(parse("nonsense = 1\nport = 7\nssl = x\nhost =\n"
	    "level = low"), -1);
	ck_assert_uint_eq(faults.count, 3);
	ck_assert(strstr(faults.item[0].detail, "line 1.") != NULL);
	ck_assert(strstr(faults.item[1].detail, "line 3.") != NULL);
	ck_assert(strstr(faults.item[2].detail, "line 4.") != NULL);
	ck_assert_int_eq(settings.port, 7);
	ck_assert_int_eq(settings.level, 1);
}
END_TEST

START_TEST(a_string_may_fill_its_array)
{
	ck_assert_int_eq(parse("host = '12345678'"), 0);
	ck_assert_str_eq(settings.host, "12345678");
}
END_TEST

START_TEST(the_command_line_overrides)
{
	struct fault fault;

	ck_assert_int_eq(config_override(table, "port=99", &settings, &fault),
	    0);
	ck_assert_int_eq(settings.port, 99);
	ck_assert_int_eq(config_override(table, "Authentication-Timeout=2 min",
	    &settings, &fault), 0);
	ck_assert_int_eq(settings.timeout_s, 120);
	ck_assert_int_eq(config_override(table, "host=a='b", &settings,
	    &fault), 0);
	ck_assert_str_eq(settings.host, "a='b");
	ck_assert_int_eq(config_override(table, "host=", &settings, &fault),
	    0);
	ck_assert_str_eq(settings.host, "");
	ck_assert_int_eq(config_override(table, "signers=4", &settings,
	    &fault), 0);
}
END_TEST

START_TEST(settings_are_compared_row_by_row)
{
	static const char *const changes[] = { "ssl=off", "port=6000",
		"authentication_timeout=2min", "level=low", "host=there" };
	struct settings before = settings;
	struct fault fault;
	char name[32];
	int i, row;

	for (i = 0; i < LEN(changes); i++) {
		settings = before;
		ck_assert_int_eq(config_override(table, changes[i], &settings,
		    &fault), 0);
		for (row = 0; table[row].name != NULL; row++) {
			snprintf(name, sizeof(name), "%s=", table[row].name);
			ck_assert_int_eq(config_is_equal(&table[row],
			    &before, &settings), strncmp(changes[i], name,
			    strlen(name)) != 0);
		}
	}
	ck_assert_ptr_eq(config_find(table, "PORT"), &table[1]);
	ck_assert_ptr_null(config_find(table, "ports"));
}
END_TEST

static const struct {
	const char *text;
	const char *what, *detail, *hint;
} bad_overrides[] = {
	{ "port", "-c \"port\" is not of the form name=value",
	    "On the command line.", "" },
	{ "=5", "-c \"=5\" is not of the form name=value",
	    "On the command line.", "" },
	{ "", "-c \"\" is not of the form name=value",
	    "On the command line.", "" },
	{ "ports=5", "unrecognized configuration parameter \"ports\"",
	    "On the command line.", "Perhaps you meant \"port\"." },
	{ "port=x", "invalid value for parameter \"port\": \"x\"",
	    "On the command line.", "" },
	{ "level=x", "invalid value for parameter \"level\": \"x\"",
	    "On the command line.", "Available values: low, high." },
	{ "host=nine long", "value for parameter \"host\" is too long",
	    "It has 9 bytes, and at most 8 are accepted. "
	    "On the command line.", "" },
};

START_TEST(a_bad_override_is_refused)
{
	struct settings before = settings;
	struct fault fault;

	ck_assert_int_eq(config_override(table, bad_overrides[_i].text,
	    &settings, &fault), -1);
	ck_assert_str_eq(fault.what, bad_overrides[_i].what);
	ck_assert_str_eq(fault.detail, bad_overrides[_i].detail);
	ck_assert_str_eq(fault.hint, bad_overrides[_i].hint);
	ck_assert_mem_eq(&before, &settings, sizeof(before));
}
END_TEST

START_TEST(no_length_of_an_override_overflows)
{
	static char text[20000];
	struct fault fault;

	memset(text, 'x', sizeof(text) - 1);
	ck_assert_int_eq(config_override(table, text, &settings, &fault), -1);
	text[10000] = '=';
	ck_assert_int_eq(config_override(table, text, &settings, &fault), -1);
	text[10000] = 'x';
	memcpy(text, "host=", 5);
	ck_assert_int_eq(config_override(table, text, &settings, &fault), -1);
	ck_assert_str_eq(fault.what,
	    "value for parameter \"host\" is too long");
	ck_assert_str_eq(settings.host, "here");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config");
	TCase *tcase = tcase_create("settings");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, every_setting_has_its_default);
	tcase_add_test(tcase, a_file_sets_what_it_names);
	tcase_add_test(tcase, an_empty_file_changes_nothing);
	tcase_add_test(tcase, the_last_line_wins);
	tcase_add_loop_test(tcase, an_error_says_what_and_where, 0, LEN(bad));
	tcase_add_test(tcase, every_error_is_reported);
	tcase_add_test(tcase, a_string_may_fill_its_array);
	tcase_add_test(tcase, the_command_line_overrides);
	tcase_add_test(tcase, settings_are_compared_row_by_row);
	tcase_add_loop_test(tcase, a_bad_override_is_refused, 0,
	    LEN(bad_overrides));
	tcase_add_test(tcase, no_length_of_an_override_overflows);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
