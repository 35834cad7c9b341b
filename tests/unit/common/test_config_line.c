/* SPDX-License-Identifier: ISC */
/*
 * test_config_line: lines are read as PostgreSQL reads them, and what it
 * refuses is refused with the same words.
 * Runs in: make check.
 */
#include "common/config_line.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static struct config_line line;

static int
read_first(const char *text, size_t len, struct fault *fault)
{
	struct config_line_reader reader = {
		.bytes = text,
		.len = len,
		.path = "p.conf",
		.line = 1,
	};

	fault_clear(fault);
	return config_line_read(&reader, &line, fault);
}

static const struct {
	const char *proved;
	const char *text;
	const char *name, *value;
} good[] = {
	{ "an equals sign", "port = 5432\n", "port", "5432" },
	{ "none is needed", "port 5432\n", "port", "5432" },
	{ "no blanks are needed", "port=5432", "port", "5432" },
	{ "nor a last newline", "port = 5432", "port", "5432" },
	{ "blanks around", " \t port \t=\t 5432 \t\r\n", "port", "5432" },
	{ "a comment behind", "port = 5432# here\n", "port", "5432" },
	{ "a comment and empty lines before", "# a\n\n  \n#b\nport = 1", "port",
	    "1" },
	{ "the name as it is written", "Log_Min = x", "Log_Min", "x" },
	{ "a name of an extension", "pg_x.y = 1", "pg_x.y", "1" },
	{ "a name beyond ASCII", "\xc3\xa4 = 1", "\xc3\xa4", "1" },
	{ "a bare word", "level = TLSv1.2", "level", "TLSv1.2" },
	{ "all that a bare word may hold", "a = b-._:/9\xc3\xa4", "a",
	    "b-._:/9\xc3\xa4" },
	{ "a number with its unit", "t = 60s", "t", "60s" },
	{ "a fraction with its unit", "t = 1.5min", "t", "1.5min" },
	{ "a fraction that begins with its point", "t = .5", "t", ".5" },
	{ "a sign", "t = -1", "t", "-1" },
	{ "a hexadecimal number", "t = 0x1F", "t", "0x1F" },
	{ "quotes", "a = 'b c'", "a", "b c" },
	{ "nothing in quotes", "a = ''", "a", "" },
	{ "a number sign in quotes", "a = 'b#c'", "a", "b#c" },
	{ "a doubled quote", "a = 'it''s'", "a", "it's" },
	{ "a quote alone", "a = ''''", "a", "'" },
	{ "an escaped quote", "a = 'it\\'s'", "a", "it's" },
	{ "an escaped backslash at the end", "a = 'b\\\\'", "a", "b\\" },
	{ "the letters that mean a control", "a = '\\b\\f\\n\\r\\t'", "a",
	    "\b\f\n\r\t" },
	{ "another letter means itself", "a = '\\x\\%'", "a", "x%" },
	{ "octal digits, up to three", "a = '\\1012\\60\\78'", "a",
	    "A2" "0" "\x07" "8" },
	{ "bytes beyond ASCII", "a = '\xc3\xa4'", "a", "\xc3\xa4" },
};

START_TEST(a_line_is_read_as_postgresql_does)
{
	struct fault fault;
	int rc;

	rc = read_first(good[_i].text, strlen(good[_i].text), &fault);
	ck_assert_msg(rc == 1, "%s: %s", good[_i].proved, fault.what);
	ck_assert_msg(strcmp(line.name, good[_i].name) == 0, "%s: \"%s\"",
	    good[_i].proved, line.name);
	ck_assert_msg(strcmp(line.value, good[_i].value) == 0, "%s: \"%s\"",
	    good[_i].proved, line.value);
}
END_TEST

/* No byte behind the end is looked at (the address sanitizer sees it). */
START_TEST(every_truncation_is_survived)
{
	size_t len, whole = strlen(good[_i].text);
	struct fault fault;
	char *copy;
	int rc;

	for (len = 0; len <= whole; len++) {
		copy = malloc(len + (len == 0));
		ck_assert(copy != NULL);
		memcpy(copy, good[_i].text, len);
		rc = read_first(copy, len, &fault);
		ck_assert(rc >= -1 && rc <= 1);
		ck_assert((rc == -1) == fault_is_set(&fault));
		free(copy);
	}
}
END_TEST

#define NEAR(token) "syntax error in file \"p.conf\" line 1, near token \"" \
    token "\""
#define NEAR_END "syntax error in file \"p.conf\" line 1, near end of line"

static const struct {
	const char *proved;
	const char *text;
	const char *what;
	const char *hint;
} bad[] = {
	{ "a name alone", "port\n", NEAR_END, "" },
	{ "a name and a sign", "port =", NEAR_END, "" },
	{ "a name and a comment", "port = # 5432\n", NEAR_END, "" },
	{ "two signs", "port == 1", NEAR("="), "" },
	{ "no name", "= 1", NEAR("="), "" },
	{ "a number for a name", "1 = 1", NEAR("1"), "" },
	{ "a quoted name", "'a' = 1", NEAR("'a'"), "" },
	{ "a name with a hyphen", "a-b = 1", NEAR("a-b"), "" },
	{ "two values", "a = b c", NEAR("c"), "" },
	{ "a list without quotes", "a = b, c", NEAR(","),
	    "Enclose the value in single quotes." },
	{ "a path without quotes", "a = /tmp", NEAR("/"),
	    "Enclose the value in single quotes." },
	{ "an address without quotes", "a = ::1", NEAR(":"),
	    "Enclose the value in single quotes." },
	{ "a star without quotes", "a = *", NEAR("*"),
	    "Enclose the value in single quotes." },
	{ "double quotes", "a = \"b\"", NEAR("\""),
	    "Enclose the value in single quotes." },
	{ "a quote that does not end", "a = 'b", NEAR("'"),
	    "The closing quote is missing." },
	{ "a quote over two lines", "a = 'b\nc'", NEAR("'"),
	    "The closing quote is missing." },
	{ "an escaped end", "a = 'b\\'", NEAR("'"),
	    "The closing quote is missing." },
	{ "a line end that is escaped", "a = 'b\\\nc'", NEAR("'"),
	    "The closing quote is missing." },
	{ "something behind the quotes", "a = 'b'c", NEAR("c"), "" },
	{ "a sign without a number", "a = -", NEAR("-"),
	    "Enclose the value in single quotes." },
	{ "an octal zero byte", "a = 'b\\0c'",
	    "value for parameter \"a\" contains a zero byte", "" },
};

START_TEST(a_bad_line_is_refused)
{
	struct fault fault;
	int rc;

	rc = read_first(bad[_i].text, strlen(bad[_i].text), &fault);
	ck_assert_msg(rc == -1, "%s", bad[_i].proved);
	ck_assert_str_eq(fault.what, bad[_i].what);
	ck_assert_str_eq(fault.hint, bad[_i].hint);
	ck_assert_uint_eq(line.number, 1);
}
END_TEST

START_TEST(a_zero_byte_is_refused_wherever_it_stands)
{
	struct fault fault;

	ck_assert_int_eq(read_first("a = 'b\0c'", 9, &fault), -1);
	ck_assert_int_eq(read_first("a = b\0c", 7, &fault), -1);
	ck_assert_int_eq(read_first("a\0 = b", 6, &fault), -1);
	ck_assert_int_eq(read_first("\0", 1, &fault), -1);
	ck_assert_int_eq(read_first("a = b", 5, &fault), 1);
}
END_TEST

START_TEST(reading_goes_on_behind_a_bad_line)
{
	static const char text[] =
	    "a = 1\n"
	    "b = 'x\n"
	    "\n"
	    "c ! d e\n"
	    "e = 5\n";
	struct config_line_reader reader = {
		.bytes = text,
		.len = sizeof(text) - 1,
		.path = "p.conf",
		.line = 1,
	};
	static const struct {
		int rc;
		unsigned int number;
	} expected[] = { { 1, 1 }, { -1, 2 }, { -1, 4 }, { 1, 5 } };
	struct fault fault;
	size_t i;

	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		ck_assert_int_eq(config_line_read(&reader, &line, &fault),
		    expected[i].rc);
		ck_assert_uint_eq(line.number, expected[i].number);
	}
	ck_assert_str_eq(line.name, "e");
	ck_assert_int_eq(config_line_read(&reader, &line, &fault), 0);
	ck_assert_int_eq(config_line_read(&reader, &line, &fault), 0);
}
END_TEST

/* A value of so many bytes in quotes. */
static int
read_long(size_t len, struct fault *fault)
{
	static char text[CONFIG_LINE_VALUE_MAX + 64];

	memcpy(text, "a = '", 5);
	memset(text + 5, 'x', len);
	text[5 + len] = '\'';
	return read_first(text, len + 6, fault);
}

START_TEST(a_value_has_a_longest_length)
{
	struct fault fault;

	ck_assert_int_eq(read_long(CONFIG_LINE_VALUE_MAX, &fault), 1);
	ck_assert_uint_eq(strlen(line.value), CONFIG_LINE_VALUE_MAX);
	ck_assert_int_eq(read_long(CONFIG_LINE_VALUE_MAX + 1, &fault), -1);
	ck_assert_str_eq(fault.what, "value for parameter \"a\" is too long");
}
END_TEST

START_TEST(a_long_name_is_cut)
{
	static const char text[] =
	    "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff"
	    "gggggggggg = 1";
	struct fault fault;

	ck_assert_int_eq(read_first(text, strlen(text), &fault), 1);
	ck_assert_uint_eq(strlen(line.name), CONFIG_LINE_NAME_MAX);
	ck_assert_str_eq(line.value, "1");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config_line");
	TCase *tcase = tcase_create("lines");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, a_line_is_read_as_postgresql_does, 0,
	    LEN(good));
	tcase_add_loop_test(tcase, every_truncation_is_survived, 0,
	    LEN(good));
	tcase_add_loop_test(tcase, a_bad_line_is_refused, 0, LEN(bad));
	tcase_add_test(tcase, a_zero_byte_is_refused_wherever_it_stands);
	tcase_add_test(tcase, reading_goes_on_behind_a_bad_line);
	tcase_add_test(tcase, a_value_has_a_longest_length);
	tcase_add_test(tcase, a_long_name_is_cut);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
