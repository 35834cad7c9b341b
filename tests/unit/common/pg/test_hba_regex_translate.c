/* SPDX-License-Identifier: ISC */
/*
 * test_hba_regex_translate: PostgreSQL's expressions hold as they do there, or
 * are refused.
 */
#include "common/pg/hba_regex_translate.h"

#include <check.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* An expression, a text in which it holds, one in which it does not. */
static const struct expression_case {
	const char *expression, *yes, *no;
} expressions[] = {
	{ "^a.c$", "abc", "abbc" },
	{ "a|b", "xb", "xc" },
	{ "^(ab)+$", "abab", "aba" },
	{ "^a{2,3}$", "aaa", "aaaa" },
	{ "^a?b*c+$", "bbc", "ab" },
	{ "^\\d+$", "123", "12d" },
	{ "^\\D$", "d", "1" },
	{ "^\\s$", " ", "s" },
	{ "^\\S$", "s", " " },
	{ "^\\w+$", "a_1", "a-1" },
	{ "^\\W$", "-", "_" },
	{ "\\mfoo\\M", "a foo b", "afoo b" },
	{ "\\yfoo\\y", "a-foo.b", "foob" },
	{ "o\\Yo", "foo", "o o" },
	{ "\\Ab", "bob", "ab" },
	{ "b\\Z", "ab", "ba" },
	{ "^\\.\\*\\[\\(\\)\\{\\}\\|\\^\\$\\+\\?$", ".*[(){}|^$+?", "x" },
	{ "^\\<\\>\\'\\`$", "<>'`", "" },
	{ "^\\/\\-\\@$", "/-@", "\\" },
	{ "^\\\\$", "\\", "\\\\" },
	{ "^[a-c]$", "b", "d" },
	{ "^[^a-c]$", "d", "b" },
	{ "^[]a]$", "]", "b" },
	{ "^[^]a]$", "b", "]" },
	{ "^[\\d_]+$", "1_", "\\" },
	{ "^[\\w.]+$", "a_.", "\\" },
	{ "^[\\s]$", " ", "s" },
	{ "^[\\.]$", ".", "\\" },
	{ "^[\\\\]$", "\\", "x" },
	{ "^[a\\]b]$", "]", "\\" },
	{ "^[a\\-z]$", "-", "m" },
	{ "^[\\^a]$", "^", "b" },
	{ "^[\\[]$", "[", "\\" },
	{ "^[[:alpha:]]$", "a", ":" },
	{ "^[[:alpha:]\\d]$", "1", "\\" },
	{ "^(a)\\1$", "aa", "ab" },
	{ "", "anything", NULL },
};

START_TEST(expression)
{
	const struct expression_case *c = &expressions[_i];
	struct fault fault = { .what = "" };
	char *posix;
	regex_t regex;

	ck_assert_msg(hba_regex_translate_to_posix(c->expression, &posix,
	    &fault) == 0, "%s", fault.what);
	ck_assert_msg(regcomp(&regex, posix, REG_EXTENDED) == 0, "%s: %s",
	    c->expression, posix);
	ck_assert_msg(regexec(&regex, c->yes, 0, NULL, 0) == 0, "%s: %s",
	    c->expression, posix);
	if (c->no != NULL)
		ck_assert_msg(regexec(&regex, c->no, 0, NULL, 0) != 0,
		    "%s: %s", c->expression, posix);
	regfree(&regex);
	free(posix);
}
END_TEST

/* What means nothing, or something else, in the C library. */
static const struct refused_case {
	const char *expression, *part;
} refused_cases[] = {
	{ "(?i)a", "(?" }, { "(?:a)", "(?" }, { "a(?=b)", "(?" },
	{ "***=a", "***" }, { "***:a", "***" },
	{ "a*?", "?" }, { "a+?", "?" }, { "a??", "?" }, { "a{1,2}?", "?" },
	{ "a**", "*" }, { "a+*", "*" },
	{ "\\a", "\\a" }, { "\\b", "\\b" }, { "\\B", "\\B" }, { "\\e", "\\e" },
	{ "\\n", "\\n" }, { "\\t", "\\t" }, { "\\x41", "\\x" },
	{ "\\u0041", "\\u" }, { "\\0", "\\0" },
	{ "[\\D]", "\\D" }, { "[\\n]", "\\n" }, { "[\\1]", "\\1" },
	{ "[\\", "\\" },
};

START_TEST(refused)
{
	const struct refused_case *c = &refused_cases[_i];
	struct fault fault = { .what = "" };
	char *posix = NULL, what[128];

	ck_assert_msg(hba_regex_translate_to_posix(c->expression, &posix,
	    &fault) == -1, "%s: %s", c->expression, posix);
	snprintf(what, sizeof(what), "invalid regular expression \"%s\": "
	    "\"%s\" is not supported here", c->expression, c->part);
	ck_assert_str_eq(fault.what, what);
	ck_assert_str_eq(fault.hint, "Write it as a POSIX extended regular "
	    "expression.");
}
END_TEST

/* Cut anywhere, an expression is translated or refused within its bytes. */
START_TEST(truncated)
{
	const char *whole = expressions[_i].expression;
	struct fault fault = { .what = "" };
	size_t len, full = strlen(whole);
	char *exact, *posix;

	for (len = 0; len < full; len++) {
		exact = malloc(len + 1);	/* so that a sanitizer sees */
		memcpy(exact, whole, len);
		exact[len] = '\0';
		if (hba_regex_translate_to_posix(exact, &posix, &fault) == 0)
			free(posix);
		free(exact);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("common/pg/hba_regex_translate");
	TCase *tc = tcase_create("hba_regex_translate");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, expression, 0, LEN(expressions));
	tcase_add_loop_test(tc, refused, 0, LEN(refused_cases));
	tcase_add_loop_test(tc, truncated, 0, LEN(expressions));
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
