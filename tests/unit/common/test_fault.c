/* SPDX-License-Identifier: ISC */
/*
 * test_fault: a failure's words are whole, bounded and never mixed with those
 * of the failure before.
 * Runs in: make check.
 */
#include "common/fault.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

START_TEST(zeroes_are_no_fault)
{
	struct fault fault = { 0 };

	ck_assert(!fault_is_set(&fault));
	fault_set(&fault, "it broke");
	ck_assert(fault_is_set(&fault));
	fault_clear(&fault);
	ck_assert(!fault_is_set(&fault));
	ck_assert_str_eq(fault.what, "");
}
END_TEST

START_TEST(a_finder_can_return_what_each_call_returns)
{
	struct fault_list list = { 0 };
	struct fault fault;

	ck_assert_int_eq(fault_set(&fault, "what %d", 1), -1);
	ck_assert_int_eq(fault_detail(&fault, "detail %d.", 2), -1);
	ck_assert_int_eq(fault_hint(&fault, "hint %d.", 3), -1);
	ck_assert_int_eq(fault_code(&fault, "08P01"), -1);
	ck_assert_int_eq(fault_list_add(&list, &fault), -1);
	ck_assert_str_eq(fault.what, "what 1");
	ck_assert_str_eq(fault.detail, "detail 2.");
	ck_assert_str_eq(fault.hint, "hint 3.");
	ck_assert_str_eq(fault.sqlstate, "08P01");
	ck_assert_str_eq(list.item[0].hint, "hint 3.");
}
END_TEST

START_TEST(a_new_fault_keeps_nothing_of_the_old)
{
	struct fault fault;

	memset(&fault, 'x', sizeof(fault));
	fault_set(&fault, "new");
	ck_assert_str_eq(fault.what, "new");
	ck_assert_str_eq(fault.detail, "");
	ck_assert_str_eq(fault.hint, "");
	ck_assert_str_eq(fault.sqlstate, "");
}
END_TEST

START_TEST(a_text_may_quote_its_own_fault)
{
	struct fault fault;

	fault_set(&fault, "inner");
	fault_detail(&fault, "why");
	fault_set(&fault, "outer: %s", fault.what);
	ck_assert_str_eq(fault.what, "outer: inner");
	fault_detail(&fault, "%s, really", fault.what);
	ck_assert_str_eq(fault.detail, "outer: inner, really");
}
END_TEST

START_TEST(errno_is_told_and_kept)
{
	struct fault fault;

	errno = ENOENT;
	fault_set(&fault, "no: %m");
	ck_assert_str_eq(fault.what, "no: No such file or directory");
	fault_detail(&fault, "%s", "d");
	fault_hint(&fault, "%s", "h");
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

/* A text of len bytes 'a' and then tail, and how much of it is to remain. */
static const struct cut {
	const char *proved;
	size_t len;
	const char *tail;
	size_t remains;
} cuts[] = {
	{ "the longest text is whole", 511, "", 511 },
	{ "one byte more is cut", 512, "", 511 },
	{ "a character at the end is whole", 509, "\xc3\xa4", 511 },
	{ "a character over the end is left out", 510, "\xc3\xa4", 510 },
	{ "one of four bytes too", 508, "\xf0\x9f\x90\x98", 508 },
	{ "a byte that begins no character stays", 510, "\xff\xff", 511 },
};

START_TEST(a_long_text_is_cut_to_its_array)
{
	const struct cut *c = &cuts[_i];
	char text[600] = { 0 };
	struct fault fault;

	memset(text, 'a', c->len);
	memcpy(text + c->len, c->tail, strlen(c->tail));
	fault_set(&fault, "%s", text);
	ck_assert_msg(strlen(fault.what) == c->remains, "%s", c->proved);
	ck_assert(memcmp(fault.what, text, c->remains) == 0);
	fault_hint(&fault, "%s", text);
	ck_assert_uint_eq(strlen(fault.hint), c->remains);
	fault_detail(&fault, "%s", text);
	ck_assert_str_eq(fault.detail, text);
}
END_TEST

START_TEST(a_long_sqlstate_is_cut)
{
	struct fault fault = { 0 };

	fault_code(&fault, "08P01 and more");
	ck_assert_str_eq(fault.sqlstate, "08P01");
	fault_code(&fault, "");
	ck_assert_str_eq(fault.sqlstate, "");
}
END_TEST

START_TEST(a_fault_from_elsewhere_is_bounded)
{
	struct fault fault;

	memset(&fault, 'x', sizeof(fault));
	fault_bound(&fault);
	ck_assert_uint_eq(strlen(fault.sqlstate), sizeof(fault.sqlstate) - 1);
	ck_assert_uint_eq(strlen(fault.what), sizeof(fault.what) - 1);
	ck_assert_uint_eq(strlen(fault.detail), sizeof(fault.detail) - 1);
	ck_assert_uint_eq(strlen(fault.hint), sizeof(fault.hint) - 1);
}
END_TEST

START_TEST(a_list_keeps_the_first_and_counts_all)
{
	struct fault_list list = { 0 };
	struct fault fault;
	int i;

	for (i = 0; i < FAULT_LIST_MAX + 3; i++) {
		fault_set(&fault, "number %d", i);
		fault_list_add(&list, &fault);
	}
	ck_assert_uint_eq(list.count, FAULT_LIST_MAX + 3);
	ck_assert_str_eq(list.item[0].what, "number 0");
	ck_assert_str_eq(list.item[FAULT_LIST_MAX - 1].what, "number 15");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("fault");
	TCase *tcase = tcase_create("faults");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, zeroes_are_no_fault);
	tcase_add_test(tcase, a_finder_can_return_what_each_call_returns);
	tcase_add_test(tcase, a_new_fault_keeps_nothing_of_the_old);
	tcase_add_test(tcase, a_text_may_quote_its_own_fault);
	tcase_add_test(tcase, errno_is_told_and_kept);
	tcase_add_loop_test(tcase, a_long_text_is_cut_to_its_array, 0,
	    LEN(cuts));
	tcase_add_test(tcase, a_long_sqlstate_is_cut);
	tcase_add_test(tcase, a_fault_from_elsewhere_is_bounded);
	tcase_add_test(tcase, a_list_keeps_the_first_and_counts_all);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
