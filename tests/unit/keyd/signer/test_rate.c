/* SPDX-License-Identifier: ISC */
/*
 * test_rate: a second's worth at once, then as time goes by; each peer for
 * itself.
 * Runs in: make check.
 */
#include "keyd/signer/rate.h"

#include <check.h>
#include <stdlib.h>

#include "common/peer.h"

#define A_SECOND 10

static struct rate *rate;

static void
set_up(void)
{
	rate = rate_new(A_SECOND, 4);
	ck_assert_ptr_nonnull(rate);
}

static void
tear_down(void)
{
	rate_free(rate);
}

/* How many of tries a process gets at that time. */
static int
take(pid_t pid, int tries, int64_t now_ms)
{
	struct peer peer = { .pid = pid, .uid = 64201 };
	int got = 0;

	while (tries-- > 0)
		got += rate_take(rate, &peer, now_ms);
	return got;
}

START_TEST(a_seconds_worth_may_come_at_once)
{
	ck_assert_int_eq(take(100, 2 * A_SECOND, 5000), A_SECOND);
}
END_TEST

START_TEST(one_more_for_each_tenth_of_a_second)
{
	take(100, A_SECOND, 5000);
	ck_assert_int_eq(take(100, 1, 5099), 0);
	ck_assert_int_eq(take(100, 2, 5100), 1);
	ck_assert_int_eq(take(100, 9, 5350), 2);
	ck_assert_int_eq(take(100, 1, 5399), 0);
	ck_assert_int_eq(take(100, 1, 5400), 1);
}
END_TEST

START_TEST(in_any_ten_seconds_no_more_than_eleven_seconds_worth)
{
	int got = 0;

	for (int64_t now = 0; now < 10000; now++)
		got += take(100, 3, now);
	ck_assert_int_ge(got, 10 * A_SECOND);
	ck_assert_int_le(got, 11 * A_SECOND);
}
END_TEST

START_TEST(silence_saves_up_one_second_at_most)
{
	take(100, A_SECOND, 5000);
	ck_assert_int_eq(take(100, 99, 3600000), A_SECOND);
}
END_TEST

START_TEST(peers_do_not_share)
{
	struct peer same_pid = { .pid = 100, .uid = 64202 };

	take(100, A_SECOND, 5000);
	ck_assert_int_eq(take(200, 99, 5000), A_SECOND);
	ck_assert(rate_take(rate, &same_pid, 5000));
	ck_assert_int_eq(take(100, 1, 5000), 0);
}
END_TEST

/* However many come: each has its own, or waits; nobody has more. */
START_TEST(a_place_is_anothers_after_a_second_of_silence)
{
	for (pid_t pid = 1; pid <= 4; pid++)
		ck_assert_int_eq(take(pid, 1, 5000), 1);
	ck_assert_int_eq(take(5, 1, 5000), 0);
	ck_assert_int_eq(take(1, 1, 5900), 1);
	ck_assert_int_eq(take(5, 1, 5999), 0);
	ck_assert_int_eq(take(5, 99, 6000), A_SECOND);
	ck_assert_int_eq(take(1, 99, 6000), A_SECOND);
}
END_TEST

START_TEST(a_clock_that_goes_back_gives_nothing)
{
	take(100, A_SECOND, 5000);
	ck_assert_int_eq(take(100, 1, 100), 0);
	ck_assert_int_eq(take(100, 1, 5099), 0);
	ck_assert_int_eq(take(100, 1, 5100), 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rate");
	TCase *tcase = tcase_create("rate");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_seconds_worth_may_come_at_once);
	tcase_add_test(tcase, one_more_for_each_tenth_of_a_second);
	tcase_add_test(tcase,
	    in_any_ten_seconds_no_more_than_eleven_seconds_worth);
	tcase_add_test(tcase, silence_saves_up_one_second_at_most);
	tcase_add_test(tcase, peers_do_not_share);
	tcase_add_test(tcase, a_place_is_anothers_after_a_second_of_silence);
	tcase_add_test(tcase, a_clock_that_goes_back_gives_nothing);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
