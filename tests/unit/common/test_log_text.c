/* SPDX-License-Identifier: ISC */
/*
 * test_log_text: no byte of a stranger's text moves a terminal or a log line.
 * Runs in: make check.
 */
#include "common/log_text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define TEXT(literal) literal, sizeof(literal) - 1

static const struct {
	const char *proved;
	const char *text;
	size_t len;
	const char *safe;
} cases[] = {
	{ "plain text stays", TEXT("could not open \"x\": 7%"),
	    "could not open \"x\": 7%" },
	{ "nothing stays nothing", TEXT(""), "" },
	{ "a newline makes no second line", TEXT("a\nLOG:  b"),
	    "a\\x0aLOG:  b" },
	{ "a zero byte ends no text", TEXT("a\0b"), "a\\x00b" },
	{ "an escape sequence is shown", TEXT("\x1b[2J\x7f\t"),
	    "\\x1b[2J\\x7f\\x09" },
	{ "good UTF-8 stays", TEXT("gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\x98"),
	    "gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\x98" },
	{ "a C1 control is shown", TEXT("\xc2\x9b" "2J"),
	    "\\xc2\\x9b" "2J" },
	{ "the character behind C1 stays", TEXT("\xc2\xa0"), "\xc2\xa0" },
	{ "a lone tail byte is shown", TEXT("a\x80z"), "a\\x80z" },
	{ "an overlong slash is shown", TEXT("\xc0\xaf"), "\\xc0\\xaf" },
	{ "a cut character is shown", TEXT("a\xe2\x82"), "a\\xe2\\x82" },
	{ "a surrogate is shown", TEXT("\xed\xa0\x80"),
	    "\\xed\\xa0\\x80" },
};

START_TEST(a_text_becomes_safe)
{
	char out[128];
	size_t n;

	n = log_text_escape(cases[_i].text, cases[_i].len, out, sizeof(out));
	ck_assert_msg(strcmp(out, cases[_i].safe) == 0, "%s: \"%s\"",
	    cases[_i].proved, out);
	ck_assert_uint_eq(n, strlen(out));
}
END_TEST

/* What remains is whole characters and whole escapes. */
static const struct {
	const char *proved;
	size_t size;
	const char *safe;
} sizes[] = {
	{ "all of it", 11, "a\xc3\xa4\\x0a" "bcd" },
	{ "a byte less", 10, "a\xc3\xa4\\x0a" "bc" },
	{ "the escape just fits", 8, "a\xc3\xa4\\x0a" },
	{ "no part of an escape", 7, "a\xc3\xa4" },
	{ "the character just fits", 4, "a\xc3\xa4" },
	{ "no part of a character", 3, "a" },
	{ "the NUL alone", 1, "" },
};

START_TEST(a_small_buffer_gets_whole_characters)
{
	static const char text[] = "a\xc3\xa4\nbcd";
	char out[16];
	size_t n;

	memset(out, 'x', sizeof(out));
	n = log_text_escape(text, sizeof(text) - 1, out, sizes[_i].size);
	ck_assert_msg(strcmp(out, sizes[_i].safe) == 0, "%s: \"%s\"",
	    sizes[_i].proved, out);
	ck_assert_uint_eq(n, strlen(out));
	ck_assert_int_eq(out[sizes[_i].size], 'x');
}
END_TEST

START_TEST(every_single_byte_becomes_printable)
{
	char byte, out[8];
	int i;

	for (i = 0; i < 256; i++) {
		byte = (char)i;
		log_text_escape(&byte, 1, out, sizeof(out));
		if (i >= 0x20 && i < 0x7f)
			ck_assert(out[0] == byte && out[1] == '\0');
		else
			ck_assert(strlen(out) == 4 && out[0] == '\\');
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log_text");
	TCase *tcase = tcase_create("texts");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, a_text_becomes_safe, 0, LEN(cases));
	tcase_add_loop_test(tcase, a_small_buffer_gets_whole_characters, 0,
	    LEN(sizes));
	tcase_add_test(tcase, every_single_byte_becomes_printable);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
