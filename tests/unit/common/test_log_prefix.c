/* SPDX-License-Identifier: ISC */
/*
 * test_log_prefix: each escape of log_line_prefix, in a session's message and
 * in another; whatever a client calls itself, a line stays one line.
 * Runs in: make check.
 */
#include "common/log_prefix.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define TEXT(literal) literal, sizeof(literal) - 1

static const char session[] = "\4text\0\20bob\0\21app\0\22psql\0"
    "\0231.2.3.4\0\0245432\0\025777\0\02628000";
static const char early[] = "\4text\0\0231.2.3.4\0\0245432";
static const char odd[] = "\4text\0\20a\n\x1b[2Jb\0\023x";
static const char plain[] = "\4text";

static const struct row {
	const char *proved;
	const char *format;
	const char *packed;
	size_t len;
	const char *prefix;
} rows[] = {
	{ "no escape", "gate: ", TEXT(plain), "gate: " },
	{ "the default without the time", LOG_PREFIX_WITHOUT_TIME, TEXT(plain),
	    "listener-worker[42]: " },
	{ "who, where", "%u@%d/%a ", TEXT(session), "bob@app/psql " },
	{ "from where", "%h %r ", TEXT(session), "1.2.3.4 1.2.3.4(5432) " },
	{ "the server's process", "%p-%P ", TEXT(session), "42-777 " },
	{ "SQLSTATE", "%e ", TEXT(session), "28000 " },
	{ "no SQLSTATE", "%e ", TEXT(plain), "00000 " },
	{ "a time without a fraction", "%t|", TEXT(plain),
	    "2026-11-24 05:06:38 UTC|" },
	{ "a time with one", "%m|", TEXT(plain),
	    "2026-11-24 05:06:38.123 UTC|" },
	{ "a time as a number", "%n|", TEXT(plain), "1795496798.123|" },
	{ "a percent sign", "%%%p%%", TEXT(plain), "%42%" },
	{ "of no session", "[%u%d%a%h%r%P]", TEXT(plain), "[]" },
	{ "a name that is not yet known", "%u@%d %h %P|", TEXT(early),
	    "[unknown]@[unknown] 1.2.3.4 |" },
	{ "the rest is for sessions", "%b%q %u@%d", TEXT(plain),
	    "listener-worker" },
	{ "in a session it is there", "%b%q %u@%d", TEXT(session),
	    "listener-worker bob@app" },
	{ "a width", "%8u|%-8u|%2u|", TEXT(session), "     bob|bob     |bob|" },
	{ "a width of nothing", "%4P|", TEXT(plain), "    |" },
	{ "a name with control characters", "%u|", TEXT(odd),
	    "a\\x0a\\x1b[2Jb|" },
	{ "an escape that is cut", "x%", TEXT(plain), "x" },
	{ "a width that is cut", "x%-5", TEXT(plain), "x" },
	{ "an escape that is none", "x%zy", TEXT(plain), "xy" },
};

static const struct log_origin origin = { .program = "listener-worker",
	.pid = 42, .at = { .tv_sec = 1795496798, .tv_nsec = 123456789 } };

START_TEST(an_escape_is_what_it_stands_for)
{
	const struct row *row = &rows[_i];
	struct log_record record;
	char prefix[LOG_PREFIX_MAX];

	setenv("TZ", "UTC", 1);
	log_record_unpack(row->packed, row->len, &record);
	log_prefix_format(row->format, &origin, &record, prefix);
	ck_assert_msg(strcmp(prefix, row->prefix) == 0, "%s: %s", row->proved,
	    prefix);
}
END_TEST

START_TEST(a_long_prefix_is_cut)
{
	struct log_record record;
	char format[256], prefix[LOG_PREFIX_MAX];
	int i;

	log_record_unpack(TEXT(session), &record);
	for (i = 0; i < 50; i++)
		memcpy(format + (size_t)i * 5, "%199u", 5);
	format[250] = '\0';
	log_prefix_format(format, &origin, &record, prefix);
	ck_assert_uint_eq(strlen(prefix), LOG_PREFIX_MAX - 1);
}
END_TEST

static const struct refusal {
	const char *format, *detail;	/* "": it is good */
} refusals[] = {
	{ "", "" }, { LOG_PREFIX_DEFAULT, "" },
	{ "%a%u%d%r%h%b%p%P%t%m%n%e%q%%", "" }, { "%-20u %5d", "" },
	{ "%x", "There is no escape \"%x\"." },
	{ "%m %", "It ends within an escape." },
	{ "%-", "It ends within an escape." },
	{ "%m %-5i", "There is no escape \"%i\"." },
	{ "%\n", "There is no escape \"%?\"." },
};

START_TEST(an_escape_that_is_none_is_refused)
{
	const struct refusal *row = &refusals[_i];
	struct fault fault = { 0 };
	int rc = log_prefix_check(row->format, &fault);

	ck_assert_msg(rc == (row->detail[0] == '\0' ? 0 : -1), "%s",
	    row->format);
	ck_assert_str_eq(fault.detail, row->detail);
	ck_assert_str_eq(fault.sqlstate, rc == -1 ? "22023" : "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log_prefix");
	TCase *tcase = tcase_create("log_prefix");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, an_escape_is_what_it_stands_for, 0,
	    LEN(rows));
	tcase_add_test(tcase, a_long_prefix_is_cut);
	tcase_add_loop_test(tcase, an_escape_that_is_none_is_refused, 0,
	    LEN(refusals));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
