/* SPDX-License-Identifier: ISC */
/*
 * test_gallery: workers come and go, and what they counted stays, once.
 */
#include "listener/exporter/gallery.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "listener/memory_pair.h"

static struct fault fault;
static struct gallery gallery;
static struct gallery_sum sum;
static int past_writable, past_readable;

static void
open_gallery(void)
{
	memset(&gallery, 0, sizeof(gallery));
	ck_assert_int_eq(gallery_open(&gallery, past_writable, &fault), 0);
}

static void
setup(void)
{
	ck_assert_int_eq(memory_pair_open("past", sizeof(struct handoff_past),
	    &past_writable, &past_readable, &fault), 0);
	open_gallery();
}

/* A worker, its roster mapped for writing. */
static struct roster *
add(uint32_t number, int *out_readable)
{
	struct handoff_roster worker = { .number = number };
	struct roster *roster;
	int writable;
	size_t slots;

	ck_assert_int_eq(memory_pair_open("roster", roster_size(4), &writable,
	    out_readable, &fault), 0);
	roster = roster_map_own(writable, &slots, &fault);
	ck_assert_ptr_nonnull(roster);
	close(writable);
	ck_assert_int_eq(gallery_add(&gallery, &worker, dup(*out_readable),
	    &fault), 0);
	return roster;
}

static uint64_t
accepted(void)
{
	gallery_add_up(&gallery, &sum);
	return atomic_load(&sum.counters.accepted);
}

START_TEST(test_workers_add_up_and_stay_added)
{
	struct roster *one, *two;
	int fd;

	ck_assert_uint_eq(accepted(), 0);
	one = add(1, &fd);
	two = add(2, &fd);
	roster_counters_add(&one->counters.accepted, 5);
	roster_counters_add(&two->counters.accepted, 7);
	atomic_store(&one->counters.states[CLIENT_RELAY], 3);
	atomic_store(&one->counters.states[CLIENT_HANDSHAKE], 2);
	atomic_store(&one->counters.has_keyd, 1);
	ck_assert_uint_eq(accepted(), 12);
	ck_assert_uint_eq(sum.states[CLIENT_RELAY], 3);
	ck_assert_uint_eq(sum.now, 3);
	ck_assert_uint_eq(sum.workers, 2);
	ck_assert_uint_eq(sum.with_keyd, 1);

	ck_assert(gallery_end(&gallery, 1));
	ck_assert_uint_eq(accepted(), 12);
	ck_assert_uint_eq(sum.states[CLIENT_RELAY], 0);
	ck_assert_uint_eq(sum.workers, 1);
	ck_assert(!gallery_end(&gallery, 1));
	ck_assert(!gallery_end(&gallery, 3));
	ck_assert_uint_eq(accepted(), 12);
}
END_TEST

START_TEST(test_a_successor_counts_nothing_twice)
{
	struct handoff_roster worker = { .number = 1 };
	struct roster *roster;
	int fd;

	roster = add(1, &fd);
	roster_counters_add(&roster->counters.accepted, 5);
	ck_assert(!handoff_past_has(gallery.past, 1));
	ck_assert(gallery_end(&gallery, 1));
	ck_assert(handoff_past_has(gallery.past, 1));

	/* It ended before the supervisor knew, which tells its successor. */
	open_gallery();
	ck_assert_uint_eq(accepted(), 5);
	ck_assert_int_eq(gallery_add(&gallery, &worker, fd, &fault), 0);
	ck_assert(gallery_end(&gallery, 1));
	ck_assert_uint_eq(accepted(), 5);
}
END_TEST

START_TEST(test_they_are_found_by_their_number)
{
	int fd;

	add(5, &fd);
	add(2, &fd);
	add(9, &fd);
	ck_assert_uint_eq(gallery_from(&gallery, 1)->worker.number, 2);
	ck_assert_uint_eq(gallery_from(&gallery, 3)->worker.number, 5);
	ck_assert_uint_eq(gallery_from(&gallery, 9)->worker.number, 9);
	ck_assert_ptr_null(gallery_from(&gallery, 10));
}
END_TEST

START_TEST(test_another_memory_is_refused)
{
	struct handoff_roster worker = { .number = 1 };

	ck_assert_int_eq(gallery_add(&gallery, &worker, dup(past_readable),
	    &fault), -1);
	ck_assert_int_eq(gallery_add(&gallery, &worker, dup(0), &fault), -1);
	ck_assert_int_eq(gallery_open(&gallery, 0, &fault), -1);
}
END_TEST

START_TEST(test_random_bytes_do_no_harm)
{
	struct roster *roster;
	struct roster_about about;
	unsigned char *bytes;
	size_t i;
	int fd;

	roster = add(1, &fd);
	bytes = (unsigned char *)roster;
	srandom((unsigned int)_i);
	for (i = 0; i < roster_size(4); i++)
		bytes[i] = (unsigned char)random();
	gallery_add_up(&gallery, &sum);
	(void)gallery_read_about(&gallery, &about);
	ck_assert_uint_le(roster_used(gallery_from(&gallery, 1)->roster, 4),
	    4);
	ck_assert(gallery_end(&gallery, 1));
	gallery_add_up(&gallery, &sum);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("gallery");
	TCase *tc = tcase_create("gallery");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, test_workers_add_up_and_stay_added);
	tcase_add_test(tc, test_a_successor_counts_nothing_twice);
	tcase_add_test(tc, test_they_are_found_by_their_number);
	tcase_add_test(tc, test_another_memory_is_refused);
	tcase_add_loop_test(tc, test_random_bytes_do_no_harm, 0, 20);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
