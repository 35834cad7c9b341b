/* SPDX-License-Identifier: ISC */
/*
 * test_tally: a reply is counted by what it says and by who asked.
 * Runs in: make check.
 */
#include "keyd/signer/tally.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/fault.h"
#include "keyd/counters.h"
#include "keyd/signer/session.h"

#define P256 3		/* its index in tls_scheme_at() */
#define RSAE_SHA256 6

static struct counters counters;
static struct tally tally;
static struct counters_sum sum;

static void
set_up(void)
{
	struct counters_board *board;
	struct fault fault = { 0 };
	int fd;

	ck_assert_int_eq(counters_open(&counters, &fd, &fault), 0);
	board = tally_map_board(fd, &fault);
	ck_assert_ptr_nonnull(board);
	close(fd);
	tally = (struct tally){ .thread = &board->thread[7] };
}

static void
tear_down(void)
{
	counters_close(&counters);
}

static void
reply_to(int pid, unsigned int scheme, int reason)
{
	struct session_request request = { .act = SESSION_SIGN,
		.sender = { .pid = pid, .uid = 64201 },
		.message = { .type = KEYWIRE_SIGN_TLS13 } };
	struct keywire_message reply = { .type = KEYWIRE_SIGNED };

	request.message.body.tls13.scheme = (uint16_t)scheme;
	if (reason != 0) {
		reply.type = KEYWIRE_REFUSED;
		reply.body.reason = (uint8_t)reason;
	}
	tally_reply(&tally, &request, &reply);
}

static const struct counters_sum *
read_all(void)
{
	sum = (struct counters_sum){ 0 };
	counters_add(&counters, &sum);
	return &sum;
}

START_TEST(replies_are_counted_by_scheme_reason_and_peer)
{
	reply_to(100, 0x0403, 0);
	reply_to(100, 0x0403, 0);
	reply_to(200, 0x0804, 0);
	reply_to(200, 0x0804, KEYWIRE_BAD_SCHEME);
	ck_assert_uint_eq(read_all()->made[P256], 2);
	ck_assert_uint_eq(sum.made[RSAE_SHA256], 1);
	ck_assert_uint_eq(counters_made(&sum), 3);
	ck_assert_uint_eq(sum.refused[KEYWIRE_BAD_SCHEME], 1);
	ck_assert_uint_eq(counters_refused(&sum), 1);
	ck_assert_uint_eq(sum.peers_len, 2);
	ck_assert_int_eq(sum.peer[1].pid, 200);
	ck_assert_uint_eq(sum.peer[1].made, 1);
	ck_assert_uint_eq(sum.peer[1].refused, 1);
}
END_TEST

START_TEST(scheme_of_tls12_counts_too)
{
	struct session_request request = { .act = SESSION_SIGN,
		.message = { .type = KEYWIRE_SIGN_TLS12 } };
	struct keywire_message reply = { .type = KEYWIRE_SIGNED };

	request.message.body.tls12.scheme = 0x0804;
	tally_reply(&tally, &request, &reply);
	ck_assert_uint_eq(read_all()->made[RSAE_SHA256], 1);
	ck_assert_uint_eq(sum.peers_len, 0);
}
END_TEST

START_TEST(connections_and_other_replies)
{
	struct session_request request = { .act = SESSION_KEYS };
	struct keywire_message reply = { .type = KEYWIRE_KEYS };

	tally_connection(&tally, true);
	tally_connection(&tally, true);
	tally_connection(&tally, false);
	tally_reply(&tally, &request, &reply);
	ck_assert_uint_eq(read_all()->accepted, 2);
	ck_assert_uint_eq(sum.turned_away, 1);
	ck_assert_uint_eq(counters_made(&sum) + counters_refused(&sum), 0);
}
END_TEST

/* The busiest of many stays; the totals lose nothing. */
START_TEST(the_peer_that_is_silent_the_longest_makes_room)
{
	int pid;

	for (pid = 1; pid <= 3 * COUNTERS_PEERS; pid++) {
		reply_to(5000, 0x0403, 0);
		reply_to(pid, 0x0403, 0);
	}
	ck_assert_uint_eq(read_all()->peers_len, COUNTERS_PEERS);
	ck_assert_uint_eq(counters_made(&sum), 6 * COUNTERS_PEERS);
	ck_assert_int_eq(sum.peer[0].pid, 5000);
	ck_assert_uint_eq(sum.peer[0].made, 3 * COUNTERS_PEERS);
	for (pid = 1; pid < COUNTERS_PEERS; pid++)
		ck_assert_uint_eq(sum.peer[pid].made, 1);
}
END_TEST

START_TEST(without_a_board_nothing_is_counted)
{
	tally.thread = NULL;
	tally_connection(&tally, true);
	reply_to(100, 0x0403, 0);
	ck_assert_uint_eq(read_all()->accepted, 0);
	ck_assert_uint_eq(counters_made(&sum), 0);
}
END_TEST

START_TEST(another_memory_is_no_board)
{
	struct fault fault = { 0 };
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	ck_assert_ptr_null(tally_map_board(fd, &fault));
	ck_assert_str_eq(fault.what,
	    "postern-keyd gave no memory for counters");
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tally");
	TCase *tcase = tcase_create("tally");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, replies_are_counted_by_scheme_reason_and_peer);
	tcase_add_test(tcase, scheme_of_tls12_counts_too);
	tcase_add_test(tcase, connections_and_other_replies);
	tcase_add_test(tcase, the_peer_that_is_silent_the_longest_makes_room);
	tcase_add_test(tcase, without_a_board_nothing_is_counted);
	tcase_add_test(tcase, another_memory_is_no_board);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
