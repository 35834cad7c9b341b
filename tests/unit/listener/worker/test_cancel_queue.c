/* SPDX-License-Identifier: ISC */
/*
 * test_cancel_queue: whose turn it is, and the two bounds.
 * Runs in: make check.
 */
#include "listener/worker/cancel_queue.h"

#include <check.h>
#include <stdlib.h>

static struct cancel_queue queue;
static struct cancel_turn going[CANCEL_QUEUE_GOING_MAX];
static struct cancel_turn waiting[CANCEL_QUEUE_WAITING_MAX];

/* As many go as may go at once. */
static void
set_up(void)
{
	int i;

	cancel_queue_open(&queue);
	for (i = 0; i < CANCEL_QUEUE_GOING_MAX; i++) {
		ck_assert_int_eq(cancel_queue_add(&queue, &going[i]), 0);
		ck_assert_ptr_eq(cancel_queue_next(&queue), &going[i]);
		ck_assert_int_eq(going[i].state, CANCEL_TURN_GOING);
	}
}

static void
add(int len)
{
	int i;

	for (i = 0; i < len; i++) {
		ck_assert_int_eq(cancel_queue_add(&queue, &waiting[i]), 0);
		ck_assert_int_eq(waiting[i].state, CANCEL_TURN_WAITING);
	}
}

START_TEST(one_more_goes_when_one_has_left)
{
	add(2);
	ck_assert_ptr_null(cancel_queue_next(&queue));
	cancel_queue_remove(&queue, &going[7]);
	ck_assert_int_eq(going[7].state, CANCEL_TURN_NONE);
	ck_assert_ptr_eq(cancel_queue_next(&queue), &waiting[0]);
	ck_assert_ptr_null(cancel_queue_next(&queue));
	cancel_queue_remove(&queue, &waiting[0]);
	ck_assert_ptr_eq(cancel_queue_next(&queue), &waiting[1]);
}
END_TEST

START_TEST(nobody_goes_where_nobody_waits)
{
	cancel_queue_remove(&queue, &going[0]);
	ck_assert_ptr_null(cancel_queue_next(&queue));
}
END_TEST

START_TEST(who_leaves_while_waiting_gets_no_turn)
{
	add(3);
	cancel_queue_remove(&queue, &waiting[0]);
	cancel_queue_remove(&queue, &waiting[1]);
	ck_assert_ptr_null(cancel_queue_next(&queue));
	cancel_queue_remove(&queue, &going[0]);
	ck_assert_ptr_eq(cancel_queue_next(&queue), &waiting[2]);
}
END_TEST

START_TEST(who_has_no_turn_may_be_removed)
{
	struct cancel_turn turn = { .state = CANCEL_TURN_NONE };

	cancel_queue_remove(&queue, &turn);
	cancel_queue_remove(&queue, &going[0]);
	cancel_queue_remove(&queue, &going[0]);
	add(2);
	ck_assert_ptr_eq(cancel_queue_next(&queue), &waiting[0]);
	ck_assert_ptr_null(cancel_queue_next(&queue));
}
END_TEST

START_TEST(no_more_wait_than_the_bound)
{
	struct cancel_turn late = { .state = CANCEL_TURN_NONE };

	add(CANCEL_QUEUE_WAITING_MAX);
	ck_assert_int_eq(cancel_queue_add(&queue, &late), -1);
	ck_assert_int_eq(late.state, CANCEL_TURN_NONE);
	cancel_queue_remove(&queue, &waiting[512]);
	ck_assert_int_eq(cancel_queue_add(&queue, &late), 0);
	ck_assert_int_eq(cancel_queue_add(&queue, &waiting[512]), -1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cancel_queue");
	TCase *tcase = tcase_create("cancel_queue");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, one_more_goes_when_one_has_left);
	tcase_add_test(tcase, nobody_goes_where_nobody_waits);
	tcase_add_test(tcase, who_leaves_while_waiting_gets_no_turn);
	tcase_add_test(tcase, who_has_no_turn_may_be_removed);
	tcase_add_test(tcase, no_more_wait_than_the_bound);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
