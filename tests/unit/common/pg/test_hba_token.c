/* SPDX-License-Identifier: ISC */
/*
 * test_hba_token: lines and words, as PostgreSQL takes them apart.
 */
#include "common/pg/hba_token.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* Words between bars; behind one: ' it was quoted, comma it ended at one. */
static const struct word_case {
	const char *line, *words;
} word_cases[] = {
	{ "", "" },
	{ "a b", "a|b|" },
	{ "\ta \r b\r", "a|b|" },
	{ "a,b", "a,|b|" },
	{ "a, b", "a,|b|" },
	{ "a ,b", "a|b|" },
	{ ",,a", "a|" },
	{ "a,", "a,|" },
	{ "# a", "" },
	{ "a# b", "a|" },
	{ "\"a b\" c", "a b'|c|" },
	{ "\"a\"\"b\"", "a\"b'|" },
	{ "\"\"", "'|" },
	{ "\"\"\"\"", "\"'|" },
	{ "\"\"a", "a'|" },
	{ "a\"b c\"d", "ab cd|" },
	{ "\"a,b\",c", "a,b',|c|" },
	{ "\"#a\"", "#a'|" },
	{ "\"a b", "a b'|" },
	{ "@\"a b\"", "@a b|" },
	{ "\"@a\"", "@a'|" },
	{ "x=\"a b\",y", "x=a b,|y|" },
};

START_TEST(words)
{
	const struct word_case *c = &word_cases[_i];
	char got[256] = "", word[256];
	const char *at = c->line;
	struct hba_token token;

	while (hba_token_read(&at, word, &token)) {
		ck_assert_uint_eq(token.len, strlen(word));
		strcat(got, word);
		strcat(got, token.quoted ? "'" : "");
		strcat(got, token.comma ? ",|" : "|");
	}
	ck_assert_msg(strcmp(got, c->words) == 0, "%s: %s", c->line, got);
	ck_assert_int_eq(*at, '\0');
}
END_TEST

/* Lines as number:text; */
static const struct line_case {
	const char *text, *lines;
} line_cases[] = {
	{ "", "" },
	{ "a", "1:a;" },
	{ "a\nb\n", "1:a;2:b;" },
	{ "a\r\nb\r\n", "1:a;2:b;" },
	{ "\n\na", "1:;2:;3:a;" },
	{ "a\\\nb\nc", "1:ab;3:c;" },
	{ "a\\\r\nb\n", "1:ab;" },
	{ "a\\\n\\\nb\nc", "1:ab;4:c;" },
	{ "a\\\\\nb\nc", "1:a\\b;3:c;" },
	{ "a\\\\\n\nc", "1:a\\;3:c;" },
	{ "a\\", "1:a;" },
	{ "a \\ \nb", "1:a \\ ;2:b;" },
};

START_TEST(lines)
{
	const struct line_case *c = &line_cases[_i];
	struct hba_token_reader reader = { .bytes = c->text,
		.len = strlen(c->text), .line = 1 };
	char got[256] = "", *line = malloc(reader.len + 1);
	unsigned int number;
	size_t len;

	while (hba_token_read_line(&reader, line, &len, &number)) {
		ck_assert_uint_eq(len, strlen(line));
		sprintf(got + strlen(got), "%u:%s;", number, line);
	}
	ck_assert_str_eq(got, c->lines);
	free(line);
}
END_TEST

START_TEST(open_quote)
{
	ck_assert(hba_token_is_open("a \"b"));
	ck_assert(hba_token_is_open("\"a\" \"b # c"));
	ck_assert(!hba_token_is_open("a \"b\""));
	ck_assert(!hba_token_is_open("\"a\"\"b\""));
	ck_assert(!hba_token_is_open("a # \"b"));
	ck_assert(hba_token_is_open("\"a # b"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("common/pg/hba_token");
	TCase *tc = tcase_create("hba_token");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, words, 0, LEN(word_cases));
	tcase_add_loop_test(tc, lines, 0, LEN(line_cases));
	tcase_add_test(tc, open_quote);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
