/* SPDX-License-Identifier: ISC */
/*
 * test_key_pending: where requests are, and which replies they accept.
 */
#include "common/provider/key_pending.h"

#include <check.h>
#include <limits.h>
#include <stdlib.h>

static struct key_pending pending;

static void
set_up(void)
{
	key_pending_init(&pending);
}

static void
tear_down(void)
{
	key_pending_clear(&pending);
}

static int
never_called(void *owner)
{
	ck_abort_msg("called back");
	return 0;
}

static struct key_request *
add(int64_t deadline_ms, void *owner)
{
	struct key_request *request = key_pending_add(&pending);

	ck_assert_ptr_nonnull(request);
	request->deadline_ms = deadline_ms;
	request->callback = owner == NULL ? NULL : never_called;
	request->owner = owner;
	return request;
}

static struct key_request *
add_sent(int64_t deadline_ms, void *owner)
{
	struct key_request *request = add(deadline_ms, owner);

	key_pending_mark_sent(&pending, request);
	return request;
}

START_TEST(a_reply_finds_what_was_sent_and_nothing_else)
{
	struct key_request *request = add(1, NULL);
	uint64_t id = request->id;

	ck_assert_uint_ne(id, 0);
	ck_assert_ptr_null(key_pending_find(&pending, id));
	key_pending_mark_sent(&pending, request);
	ck_assert_ptr_eq(key_pending_find(&pending, id), request);
	ck_assert_ptr_null(key_pending_find(&pending, 0));
	ck_assert_ptr_null(key_pending_find(&pending, id + 1));
	ck_assert_ptr_null(key_pending_find(&pending, id + (1ULL << 32)));
	ck_assert_ptr_null(key_pending_find(&pending, KEY_LINK_PENDING_MAX));
	ck_assert_ptr_null(key_pending_find(&pending, UINT64_MAX));
	key_pending_finish(&pending, request, KEY_LINK_SIGNED);
	ck_assert_ptr_null(key_pending_find(&pending, id));
}
END_TEST

START_TEST(a_late_reply_does_not_find_the_slots_next_request)
{
	struct key_request *request = add_sent(1, NULL);
	uint64_t old = request->id;

	key_pending_remove(&pending, request);
	ck_assert_ptr_null(key_pending_find(&pending, old));
	request = add_sent(1, NULL);
	ck_assert_uint_eq(request->id & UINT32_MAX, old & UINT32_MAX);
	ck_assert_uint_ne(request->id, old);
	ck_assert_ptr_null(key_pending_find(&pending, old));
	ck_assert_ptr_eq(key_pending_find(&pending, request->id), request);
}
END_TEST

START_TEST(generations_go_round_without_zero)
{
	struct key_request *request;

	pending.slot[0].generation = UINT32_MAX;
	request = add(1, NULL);
	ck_assert_uint_eq(request->id, (uint64_t)UINT32_MAX << 32);
	key_pending_remove(&pending, request);
	ck_assert_uint_eq(pending.slot[0].generation, 1);
}
END_TEST

START_TEST(one_more_than_the_limit_is_refused)
{
	struct key_request *last = NULL;
	size_t i;

	for (i = 0; i < KEY_LINK_PENDING_MAX; i++)
		last = add(1, NULL);
	ck_assert_ptr_null(key_pending_add(&pending));
	key_pending_remove(&pending, last);
	ck_assert_ptr_nonnull(key_pending_add(&pending));
	ck_assert_ptr_null(key_pending_add(&pending));
}
END_TEST

START_TEST(finished_ones_are_taken_once_and_in_order)
{
	struct key_request *first = add_sent(1, NULL);
	struct key_request *second = add_sent(1, NULL);

	ck_assert_ptr_null(key_pending_take_finished(&pending));
	key_pending_finish(&pending, second, KEY_LINK_SIGNED);
	key_pending_finish(&pending, first, KEY_LINK_REFUSED);
	ck_assert_ptr_eq(key_pending_take_finished(&pending), second);
	ck_assert_int_eq(second->result, KEY_LINK_SIGNED);
	ck_assert_ptr_eq(key_pending_take_finished(&pending), first);
	ck_assert_int_eq(first->result, KEY_LINK_REFUSED);
	ck_assert_ptr_null(key_pending_take_finished(&pending));
}
END_TEST

START_TEST(a_lost_connection_keeps_the_order)
{
	struct key_request *sent1 = add_sent(1, NULL);
	struct key_request *sent2 = add_sent(2, NULL);
	struct key_request *unsent = add(3, NULL);
	struct key_request *in_order[] = { sent1, sent2, unsent };
	size_t i;

	key_pending_lose_connection(&pending);
	ck_assert_ptr_null(key_pending_first(&pending, KEY_PENDING_SENT));
	for (i = 0; i < 3; i++) {
		ck_assert_ptr_eq(key_pending_first(&pending,
		    KEY_PENDING_UNSENT), in_order[i]);
		key_pending_mark_sent(&pending, in_order[i]);
	}
}
END_TEST

START_TEST(the_last_loss_ends_a_request)
{
	struct key_request *request = add(1, NULL);
	int i;

	for (i = 1; i < KEY_LINK_SENDS_MAX; i++) {
		key_pending_mark_sent(&pending, request);
		key_pending_lose_connection(&pending);
		ck_assert_int_eq(request->place, KEY_PENDING_UNSENT);
		/* Losses without a sending do not count. */
		key_pending_lose_connection(&pending);
	}
	key_pending_mark_sent(&pending, request);
	key_pending_lose_connection(&pending);
	ck_assert_int_eq(request->place, KEY_PENDING_FINISHED);
	ck_assert_int_eq(request->result, KEY_LINK_LOST);
}
END_TEST

START_TEST(deadlines_end_requests_sent_or_not)
{
	struct key_request *sent = add_sent(100, NULL);
	struct key_request *unsent = add(200, NULL);

	ck_assert_int_eq(key_pending_expire(&pending, 99), 1);
	ck_assert_int_eq(sent->result, KEY_LINK_PENDING);
	ck_assert_int_eq(key_pending_expire(&pending, 100), 100);
	ck_assert_int_eq(sent->result, KEY_LINK_TIMEOUT);
	ck_assert_int_eq(unsent->result, KEY_LINK_PENDING);
	ck_assert_int_eq(key_pending_expire(&pending, 1000), -1);
	ck_assert_int_eq(unsent->result, KEY_LINK_TIMEOUT);
	ck_assert_int_eq(key_pending_expire(&pending, 1000), -1);
	(void)add(INT64_MAX - 1, NULL);
	ck_assert_int_eq(key_pending_expire(&pending, 0), INT_MAX);
}
END_TEST

START_TEST(cancel_ends_that_owners_wherever_they_are)
{
	char mine, other;
	struct key_request *blocking = add_sent(1, NULL);
	struct key_request *others = add_sent(1, &other);
	struct key_request *owned[] = { add(1, &mine), add_sent(1, &mine),
		add_sent(1, &mine), add_sent(1, &mine) };
	size_t i;

	key_pending_finish(&pending, owned[3], KEY_LINK_SIGNED);
	ck_assert_ptr_eq(key_pending_take_finished(&pending), owned[3]);
	key_pending_finish(&pending, owned[2], KEY_LINK_SIGNED);
	key_pending_cancel(&pending, &mine);
	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(owned[i]->result, KEY_LINK_CANCELLED);
		ck_assert_int_eq(owned[i]->place, KEY_PENDING_CALLED);
	}
	ck_assert_int_eq(others->result, KEY_LINK_PENDING);
	key_pending_cancel(&pending, NULL);
	ck_assert_int_eq(blocking->result, KEY_LINK_PENDING);
	ck_assert_ptr_null(key_pending_take_finished(&pending));
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("key_pending");
	TCase *tcase = tcase_create("key_pending");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_reply_finds_what_was_sent_and_nothing_else);
	tcase_add_test(tcase,
	    a_late_reply_does_not_find_the_slots_next_request);
	tcase_add_test(tcase, generations_go_round_without_zero);
	tcase_add_test(tcase, one_more_than_the_limit_is_refused);
	tcase_add_test(tcase, finished_ones_are_taken_once_and_in_order);
	tcase_add_test(tcase, a_lost_connection_keeps_the_order);
	tcase_add_test(tcase, the_last_loss_ends_a_request);
	tcase_add_test(tcase, deadlines_end_requests_sent_or_not);
	tcase_add_test(tcase, cancel_ends_that_owners_wherever_they_are);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(make_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
