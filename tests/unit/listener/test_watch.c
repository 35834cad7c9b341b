/* SPDX-License-Identifier: ISC */
/*
 * test_watch: who is ready is called, in order, and nobody else.
 */
#include "listener/watch.h"

#include <sys/socket.h>

#include <check.h>
#include <stdlib.h>
#include <unistd.h>

#define MANY 200	/* more than the list begins with */

static struct watch watch;
static int ends[MANY][2];
static int called[MANY], calls;

static void
call(void *owner, void *which)
{
	ck_assert_ptr_eq(owner, &watch);
	called[calls++] = (int)((int (*)[2])which - ends);
}

static void
add(int i)
{
	watch_add(&watch, ends[i][0], call, &watch, &ends[i]);
}

static void
setup(void)
{
	int i;

	for (i = 0; i < MANY; i++)
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends[i]),
		    0);
	calls = 0;
}

static void
teardown(void)
{
	int i;

	for (i = 0; i < MANY; i++) {
		close(ends[i][0]);
		close(ends[i][1]);
	}
	watch_close(&watch);
}

START_TEST(test_who_is_ready_is_called_in_order)
{
	int i;

	for (i = 0; i < MANY; i++)
		add(i);
	ck_assert_int_eq(send(ends[150][1], "x", 1, 0), 1);
	ck_assert_int_eq(send(ends[3][1], "x", 1, 0), 1);
	/* The end of a descriptor is something to be told, too. */
	shutdown(ends[70][1], SHUT_RDWR);
	watch_wait(&watch, -1);
	ck_assert_int_eq(calls, 3);
	ck_assert_int_eq(called[0], 3);
	ck_assert_int_eq(called[1], 70);
	ck_assert_int_eq(called[2], 150);
}
END_TEST

START_TEST(test_a_turn_knows_nothing_of_the_one_before)
{
	add(1);
	ck_assert_int_eq(send(ends[1][1], "x", 1, 0), 1);
	watch_clear(&watch);
	add(2);
	watch_add(&watch, -1, call, &watch, &ends[1]);
	watch_wait(&watch, 0);
	ck_assert_int_eq(calls, 0);
	ck_assert_int_eq(send(ends[2][1], "x", 1, 0), 1);
	watch_wait(&watch, -1);
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(called[0], 2);
}
END_TEST

START_TEST(test_an_empty_one_only_waits)
{
	watch_wait(&watch, 1);
	ck_assert_int_eq(calls, 0);
	watch_close(&watch);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("watch");
	TCase *tc = tcase_create("watch");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_who_is_ready_is_called_in_order);
	tcase_add_test(tc, test_a_turn_knows_nothing_of_the_one_before);
	tcase_add_test(tc, test_an_empty_one_only_waits);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
