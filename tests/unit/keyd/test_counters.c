/* SPDX-License-Identifier: ISC */
/*
 * test_counters: what a signer writes its supervisor reads and adds up, and
 * takes for no more than numbers.
 * Runs in: make check.
 */
#include "keyd/counters.h"

#include <sys/mman.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/wire/tls_scheme.h"

static struct counters counters;
static struct counters_board *board;
static struct counters_sum sum;
static int writable;

static void
set_up(void)
{
	struct fault fault = { 0 };

	ck_assert_int_eq(counters_open(&counters, &writable, &fault), 0);
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED,
	    writable, 0);
	ck_assert_ptr_ne(board, MAP_FAILED);
	sum = (struct counters_sum){ 0 };
}

static void
tear_down(void)
{
	munmap(board, sizeof(*board));
	close(writable);
	counters_close(&counters);
}

static void
fill_peer(size_t thread, size_t place, int pid, unsigned int made)
{
	struct counters_peer *peer = &board->thread[thread].peer[place];

	peer->pid = pid;
	peer->uid = 64201;
	peer->made = made;
	peer->refused = 1;
}

START_TEST(it_begins_with_nothing)
{
	counters_add(&counters, &sum);
	ck_assert_uint_eq(counters_made(&sum), 0);
	ck_assert_uint_eq(counters_refused(&sum), 0);
	ck_assert_uint_eq(sum.peers_len, 0);
}
END_TEST

START_TEST(its_size_is_sealed)
{
	ck_assert_int_eq(ftruncate(writable, 0), -1);
	ck_assert_int_eq(ftruncate(writable, 1 << 20), -1);
}
END_TEST

START_TEST(threads_and_peers_are_added_up)
{
	board->thread[0].accepted = 2;
	board->thread[63].turned_away = 1;
	board->thread[0].made[3] = 5;
	board->thread[63].made[3] = 6;
	board->thread[1].refused[KEYWIRE_BAD_SCHEME] = 7;
	fill_peer(0, 0, 100, 5);
	fill_peer(63, 31, 100, 6);
	fill_peer(63, 0, 200, 1);
	counters_add(&counters, &sum);
	ck_assert_uint_eq(sum.accepted, 2);
	ck_assert_uint_eq(sum.turned_away, 1);
	ck_assert_uint_eq(sum.made[3], 11);
	ck_assert_uint_eq(counters_made(&sum), 11);
	ck_assert_uint_eq(counters_refused(&sum), 7);
	ck_assert_uint_eq(sum.peers_len, 2);
	ck_assert_int_eq(sum.peer[0].pid, 100);
	ck_assert_uint_eq(sum.peer[0].uid, 64201);
	ck_assert_uint_eq(sum.peer[0].made, 11);
	ck_assert_uint_eq(sum.peer[0].refused, 2);
}
END_TEST

/* A signer that died, and the one after it. */
START_TEST(sums_are_added_to_sums)
{
	struct counters_sum before = { .accepted = 1, .turned_away = 2,
		.peers_len = 1, .peer = { { 64201, 100, 3, 4 } } };

	before.made[0] = 10;
	before.refused[KEYWIRE_RATE_LIMIT] = 20;
	board->thread[0].made[0] = 1;
	fill_peer(0, 0, 100, 1);
	counters_add(&counters, &sum);
	counters_add_sum(&before, &sum);
	ck_assert_uint_eq(sum.accepted, 1);
	ck_assert_uint_eq(sum.turned_away, 2);
	ck_assert_uint_eq(sum.made[0], 11);
	ck_assert_uint_eq(sum.refused[KEYWIRE_RATE_LIMIT], 20);
	ck_assert_uint_eq(sum.peers_len, 1);
	ck_assert_uint_eq(sum.peer[0].made, 4);
	ck_assert_uint_eq(sum.peer[0].refused, 5);
}
END_TEST

START_TEST(a_place_that_changes_hands_is_left_out)
{
	fill_peer(0, 0, 100, 5);
	board->thread[0].peer[0].turn = 1;
	counters_add(&counters, &sum);
	ck_assert_uint_eq(sum.peers_len, 0);
	board->thread[0].peer[0].turn = 2;
	counters_add(&counters, &sum);
	ck_assert_uint_eq(sum.peers_len, 1);
}
END_TEST

/* A signer that is another's writes what it likes. */
START_TEST(any_bytes_are_but_numbers)
{
	struct counters_sum full = { 0 };

	memset((void *)board, 0xa6, sizeof(*board));
	counters_add(&counters, &sum);
	for (int i = 0; i < COUNTERS_PEERS; i++)
		for (int thread = 0; thread < 3; thread++)
			fill_peer((size_t)thread, (size_t)i,
			    1000 * (thread + 1) + i, 1);
	counters_add(&counters, &full);
	ck_assert_uint_eq(full.peers_len, COUNTERS_PEERS_MAX);
	full.peers_len = UINT32_MAX;
	counters_add_sum(&full, &sum);
	ck_assert_uint_le(sum.peers_len, COUNTERS_PEERS_MAX);
}
END_TEST

START_TEST(users_of_keys_are_read)
{
	const struct counters none = { 0 };

	board->users.undecided = 3;
	board->users.of_key[KEYWIRE_KEYS_MAX - 1] = 4;
	ck_assert_uint_eq(counters_undecided(&counters), 3);
	ck_assert_uint_eq(counters_users_of(&counters, 0), 0);
	ck_assert_uint_eq(counters_users_of(&counters, KEYWIRE_KEYS_MAX - 1),
	    4);
	ck_assert_uint_eq(counters_users_of(&counters, KEYWIRE_KEYS_MAX), 0);
	ck_assert_uint_eq(counters_undecided(&none), 0);
	ck_assert_uint_eq(counters_users_of(&none, 0), 0);
}
END_TEST

START_TEST(every_scheme_has_a_place_and_a_name)
{
	size_t i;

	for (i = 0; tls_scheme_at(i) != NULL; i++)
		ck_assert_str_eq(counters_scheme_name(i),
		    tls_scheme_at(i)->name);
	ck_assert_uint_lt(i, COUNTERS_SCHEMES_MAX);
	ck_assert_ptr_null(counters_scheme_name(i));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("counters");
	TCase *tcase = tcase_create("counters");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, it_begins_with_nothing);
	tcase_add_test(tcase, its_size_is_sealed);
	tcase_add_test(tcase, threads_and_peers_are_added_up);
	tcase_add_test(tcase, sums_are_added_to_sums);
	tcase_add_test(tcase, a_place_that_changes_hands_is_left_out);
	tcase_add_test(tcase, any_bytes_are_but_numbers);
	tcase_add_test(tcase, users_of_keys_are_read);
	tcase_add_test(tcase, every_scheme_has_a_place_and_a_name);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
