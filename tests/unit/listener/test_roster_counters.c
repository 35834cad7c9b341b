/* SPDX-License-Identifier: ISC */
/*
 * test_roster_counters: durations fall into their bucket, handshakes into
 * their row, and the counters of several workers add up, whatever they hold.
 */
#include "listener/roster_counters.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct roster_counters a, b, sum;

static void
setup(void)
{
	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	memset(&sum, 0, sizeof(sum));
}

static const struct duration {
	const char *sentence;
	int64_t us;
	size_t bucket;
	uint64_t sum_us;
} durations[] = {
	{ "a clock that goes backwards counts as 0", -5, 0, 0 },
	{ "a bound belongs to its bucket", 250, 0, 250 },
	{ "what is longer to the next one", 251, 1, 251 },
	{ "a second", 1000000, 11, 1000000 },
	{ "longer than all bounds", 3600000000, ROSTER_COUNTERS_BOUNDS,
	    3600000000 },
};

START_TEST(test_durations)
{
	const struct duration *row = &durations[_i];

	roster_counters_observe(&a.handshake, row->us);
	ck_assert_msg(atomic_load(&a.handshake.bucket[row->bucket]) == 1,
	    "%s", row->sentence);
	ck_assert_uint_eq(atomic_load(&a.handshake.sum_us), row->sum_us);
}
END_TEST

START_TEST(test_bounds_ascend_and_are_named_as_they_are)
{
	size_t i;

	for (i = 0; i < ROSTER_COUNTERS_BOUNDS; i++) {
		if (i > 0)
			ck_assert_int_gt(roster_counters_bound_us(i),
			    roster_counters_bound_us(i - 1));
		ck_assert_double_eq_tol(1e6 *
		    strtod(roster_counters_bound_name(i), NULL),
		    (double)roster_counters_bound_us(i), 1e-3);
	}
}
END_TEST

START_TEST(test_every_number_has_a_name)
{
	uint32_t i;

	for (i = 0; i < ROSTER_RESULTS; i++)
		ck_assert_ptr_nonnull(roster_counters_result_name(i));
	ck_assert_str_eq(roster_counters_result_name(i), "unknown");
	for (i = 0; i < ROSTER_REFUSALS; i++)
		ck_assert_ptr_nonnull(roster_counters_refusal_name(i));
	ck_assert_str_eq(roster_counters_refusal_name(i), "unknown");
}
END_TEST

static uint64_t
count_of(struct roster_counters *counters, const char *version,
    const char *cipher, uint32_t result)
{
	struct roster_handshakes *row;
	uint32_t i;

	for (i = 0; i < atomic_load(&counters->rows_len); i++) {
		row = &counters->rows[i];
		if (strcmp(row->version, version) == 0 &&
		    strcmp(row->cipher, cipher) == 0 && row->result == result)
			return atomic_load(&row->count);
	}
	return 0;
}

START_TEST(test_workers_add_up)
{
	roster_counters_handshake(&a, "TLSv1.3", "X", ROSTER_RESULT_OK);
	roster_counters_handshake(&a, "TLSv1.3", "X", ROSTER_RESULT_OK);
	roster_counters_handshake(&a, NULL, NULL, ROSTER_RESULT_VERSION);
	roster_counters_handshake(&b, "TLSv1.2", "Y", ROSTER_RESULT_OK);
	roster_counters_handshake(&b, "TLSv1.3", "X", ROSTER_RESULT_OK);
	roster_counters_handshake(&b, "TLSv1.3", "X", ROSTER_RESULT_KEY);
	roster_counters_add(&a.bytes_in, 5);
	roster_counters_add(&b.bytes_in, 7);
	roster_counters_add(&b.refusals[ROSTER_REFUSAL_RULES], 2);
	atomic_store(&a.peak, 9);
	atomic_store(&b.peak, 4);
	atomic_store(&b.states[CLIENT_RELAY], 3);

	roster_counters_merge(&sum, &a);
	roster_counters_merge(&sum, &b);
	ck_assert_uint_eq(count_of(&sum, "TLSv1.3", "X", ROSTER_RESULT_OK), 3);
	ck_assert_uint_eq(count_of(&sum, "TLSv1.3", "X", ROSTER_RESULT_KEY),
	    1);
	ck_assert_uint_eq(count_of(&sum, "TLSv1.2", "Y", ROSTER_RESULT_OK), 1);
	ck_assert_uint_eq(count_of(&sum, "", "", ROSTER_RESULT_VERSION), 1);
	ck_assert_uint_eq(atomic_load(&sum.bytes_in), 12);
	ck_assert_uint_eq(atomic_load(&sum.refusals[ROSTER_REFUSAL_RULES]),
	    2);
	ck_assert_uint_eq(atomic_load(&sum.peak), 9);
	/* What is now is nobody's past. */
	ck_assert_uint_eq(atomic_load(&sum.states[CLIENT_RELAY]), 0);
}
END_TEST

START_TEST(test_too_many_rows_share_the_last)
{
	char cipher[32];
	uint64_t all = 0;
	uint32_t i;

	for (i = 0; i < 3 * ROSTER_COUNTERS_ROWS; i++) {
		snprintf(cipher, sizeof(cipher), "C%u", i);
		roster_counters_handshake(&a, "TLSv1.3", cipher,
		    ROSTER_RESULT_OK);
	}
	ck_assert_uint_eq(atomic_load(&a.rows_len), ROSTER_COUNTERS_ROWS);
	for (i = 0; i < ROSTER_COUNTERS_ROWS; i++)
		all += atomic_load(&a.rows[i].count);
	ck_assert_uint_eq(all, 3 * ROSTER_COUNTERS_ROWS);
	ck_assert_str_eq(a.rows[ROSTER_COUNTERS_ROWS - 1].cipher, "other");
}
END_TEST

START_TEST(test_random_bytes_are_added_without_harm)
{
	unsigned char *bytes = (unsigned char *)&a;
	struct roster_handshakes *row;
	uint32_t i;
	size_t at;

	srandom((unsigned int)_i);
	for (at = 0; at < sizeof(a); at++)
		bytes[at] = (unsigned char)random();
	roster_counters_merge(&sum, &a);
	roster_counters_merge(&sum, &a);
	ck_assert_uint_le(atomic_load(&sum.rows_len), ROSTER_COUNTERS_ROWS);
	for (i = 0; i < atomic_load(&sum.rows_len); i++) {
		row = &sum.rows[i];
		ck_assert_uint_lt(strnlen(row->version, sizeof(row->version)),
		    sizeof(row->version));
		ck_assert_uint_lt(strnlen(row->cipher, sizeof(row->cipher)),
		    sizeof(row->cipher));
		ck_assert_uint_lt(row->result, ROSTER_RESULTS);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("roster_counters");
	TCase *tc = tcase_create("roster_counters");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, test_durations, 0,
	    sizeof(durations) / sizeof(durations[0]));
	tcase_add_test(tc, test_bounds_ascend_and_are_named_as_they_are);
	tcase_add_test(tc, test_every_number_has_a_name);
	tcase_add_test(tc, test_workers_add_up);
	tcase_add_test(tc, test_too_many_rows_share_the_last);
	tcase_add_loop_test(tc, test_random_bytes_are_added_without_harm, 0,
	    50);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
