/* SPDX-License-Identifier: ISC */
/*
 * test_utf8: characters are found as Unicode's table 3-7 has them.
 * Runs in: make check.
 */
#include "common/utf8.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *proved;
	const char *text;
	size_t len;		/* what utf8_character is to say */
} characters[] = {
	{ "a letter", "a", 1 },
	{ "the last of one byte", "\x7f", 1 },
	{ "a continuation byte begins nothing", "\x80", 0 },
	{ "an overlong of two bytes", "\xc0\x80", 0 },
	{ "another", "\xc1\xbf", 0 },
	{ "the first of two bytes", "\xc2\x80", 2 },
	{ "two bytes, the second none", "\xc2z", 0 },
	{ "the last of two bytes", "\xdf\xbf", 2 },
	{ "an overlong of three bytes", "\xe0\x9f\xbf", 0 },
	{ "the first of three bytes", "\xe0\xa0\x80", 3 },
	{ "before the surrogates", "\xed\x9f\xbf", 3 },
	{ "a surrogate", "\xed\xa0\x80", 0 },
	{ "behind the surrogates", "\xee\x80\x80", 3 },
	{ "three bytes, the third none", "\xe2\x82z", 0 },
	{ "an overlong of four bytes", "\xf0\x8f\xbf\xbf", 0 },
	{ "the first of four bytes", "\xf0\x90\x80\x80", 4 },
	{ "the last character", "\xf4\x8f\xbf\xbf", 4 },
	{ "beyond the last character", "\xf4\x90\x80\x80", 0 },
	{ "a byte that is never used", "\xf5\x80\x80\x80", 0 },
	{ "another", "\xff", 0 },
};

START_TEST(a_character_has_its_length)
{
	const char *text = characters[_i].text;

	ck_assert_msg(utf8_character(text, strlen(text)) ==
	    characters[_i].len, "%s", characters[_i].proved);
}
END_TEST

START_TEST(every_truncation_is_no_character)
{
	const char *text = characters[_i].text;
	size_t len;

	for (len = 0; len < characters[_i].len; len++)
		ck_assert_uint_eq(utf8_character(text, len), 0);
	if (characters[_i].len > 0)
		ck_assert_uint_eq(utf8_character(text, len), len);
}
END_TEST

static const struct {
	const char *proved;
	const char *text;
	size_t whole;
} ends[] = {
	{ "nothing", "", 0 },
	{ "letters stay", "abc", 3 },
	{ "a whole character stays", "a\xc3\xa4", 3 },
	{ "one of two bytes goes", "a\xc3", 1 },
	{ "one of three bytes goes", "a\xe2", 1 },
	{ "two of three bytes go", "a\xe2\x82", 1 },
	{ "three of four bytes go", "a\xf0\x9f\x90", 1 },
	{ "bad bytes are no cut", "a\xff", 2 },
	{ "nor are bytes that cannot go on", "a\xe0\x80", 3 },
	{ "nor is a tail without a head", "\x80\x80\x80\x80", 4 },
	{ "a cut alone", "\xf0\x9f\x90", 0 },
};

START_TEST(a_cut_at_the_end_is_left_out)
{
	const char *text = ends[_i].text;

	ck_assert_msg(utf8_whole(text, strlen(text)) == ends[_i].whole, "%s",
	    ends[_i].proved);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("utf8");
	TCase *tcase = tcase_create("characters");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, a_character_has_its_length, 0,
	    LEN(characters));
	tcase_add_loop_test(tcase, every_truncation_is_no_character, 0,
	    LEN(characters));
	tcase_add_loop_test(tcase, a_cut_at_the_end_is_left_out, 0,
	    LEN(ends));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
