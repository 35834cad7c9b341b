/* SPDX-License-Identifier: ISC */
/*
 * test_limits: two workers that count together, and one client too many.
 */
#include "listener/worker/limits.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"
#include "common/pg/hba_address.h"
#include "listener/handoff_settings.h"
#include "listener/scoreboard.h"

#define WORKERS 2

static struct handoff_settings settings;
static struct scoreboard boards[WORKERS];
static const struct scoreboard *all[WORKERS] = { &boards[0], &boards[1] };
static struct limits limits[WORKERS];
static struct limits_place places[8];
static struct fault fault;

static void
set_up(void)
{
	int i;

	memset(&settings, 0, sizeof(settings));
	memset(boards, 0, sizeof(boards));
	memset(places, 0, sizeof(places));
	settings.max_connections = 4;
	settings.max_handshakes = 3;
	for (i = 0; i < WORKERS; i++) {
		limits[i] = (struct limits){ .settings = &settings,
			.own = &boards[i], .boards = all,
			.boards_len = WORKERS };
		limits_open(&limits[i]);
	}
}

static void
parse(const char *text, struct networks *out)
{
	ck_assert_int_eq(networks_parse("x", text, out, &fault), 0);
}

/* The client of that number comes to that worker. */
static int
enter(int worker, int client, const char *text)
{
	struct hba_address address;

	ck_assert_int_eq(hba_address_parse(text, &address), 0);
	return limits_enter(&limits[worker], &places[client], &address,
	    &fault);
}

static int
begin(int worker, int client)
{
	struct limits_place *place = &places[client];

	limits_note_arrived(&limits[worker], place);
	if (limits_may_begin_session(&limits[worker], place, "h",
	    &fault) != 0)
		return -1;
	limits_begin_session(&limits[worker], place);
	return 0;
}

START_TEST(unfinished_of_an_address_in_all_workers)
{
	settings.max_unfinished_per_address = 2;
	ck_assert_int_eq(enter(0, 0, "192.0.2.1"), 0);
	ck_assert_int_eq(enter(1, 1, "192.0.2.1"), 0);
	ck_assert_int_eq(enter(1, 2, "192.0.2.1"), -1);
	ck_assert_ptr_nonnull(strstr(fault.hint,
	    "max_unfinished_per_address"));
	limits_leave(&limits[1], &places[2]);
	/* Another address may; and the first, once one has been let in. */
	ck_assert_int_eq(enter(0, 3, "192.0.2.2"), 0);
	limits_note_let_in(&places[0]);
	limits_note_let_in(&places[0]);
	ck_assert_int_eq(enter(0, 4, "192.0.2.1"), 0);
	ck_assert_int_eq(enter(0, 5, "192.0.2.1"), -1);
}
END_TEST

START_TEST(no_limit_and_exceptions)
{
	ck_assert_int_eq(enter(0, 0, "192.0.2.1"), 0);
	ck_assert_int_eq(enter(0, 1, "192.0.2.1"), 0);
	settings.max_unfinished_per_address = 1;
	ck_assert_int_eq(enter(0, 2, "192.0.2.1"), -1);
	parse("192.0.2.0/24", &settings.address_limits_except);
	ck_assert_int_eq(enter(0, 3, "192.0.2.1"), 0);
	ck_assert_ptr_null(places[3].entry);
	ck_assert_int_eq(enter(0, 4, "198.51.100.1"), 0);
	ck_assert_int_eq(enter(0, 5, "198.51.100.1"), -1);
}
END_TEST

START_TEST(sessions_of_all_and_of_an_address)
{
	settings.max_connections_per_address = 2;
	ck_assert_int_eq(enter(0, 0, "::1") | begin(0, 0), 0);
	ck_assert_int_eq(enter(1, 1, "::1") | begin(1, 1), 0);
	ck_assert_int_eq(enter(1, 2, "::1"), 0);
	ck_assert_int_eq(begin(1, 2), -1);
	ck_assert_str_eq(fault.what,
	    "too many connections for address \"h\"");
	ck_assert_str_eq(fault.sqlstate, "53300");
	ck_assert_int_eq(enter(0, 3, "192.0.2.1") | begin(0, 3), 0);
	ck_assert_int_eq(enter(0, 4, "192.0.2.2") | begin(0, 4), 0);
	ck_assert_int_eq(enter(0, 5, "192.0.2.3"), 0);
	ck_assert_int_eq(begin(0, 5), -1);
	ck_assert_str_eq(fault.what, "sorry, too many clients already");
	limits_leave(&limits[0], &places[0]);
	limits_leave(&limits[0], &places[0]);
	ck_assert_uint_eq(boards[0].sessions, 2);
	ck_assert_int_eq(begin(1, 2), 0);
}
END_TEST

START_TEST(the_last_places_are_reserved)
{
	settings.reserved_connections = 3;
	parse("10.0.0.0/8", &settings.reserved_from);
	ck_assert_int_eq(enter(0, 0, "192.0.2.1") | begin(0, 0), 0);
	ck_assert_int_eq(enter(1, 1, "192.0.2.1"), 0);
	ck_assert_int_eq(begin(1, 1), -1);
	ck_assert_str_eq(fault.what, "remaining connection slots are "
	    "reserved for certain addresses");
	ck_assert_str_eq(fault.sqlstate, "53300");
	ck_assert_int_eq(enter(1, 2, "10.1.1.1") | begin(1, 2), 0);
	ck_assert_int_eq(enter(1, 3, "10.1.1.1") | begin(1, 3), 0);
	ck_assert_int_eq(enter(1, 4, "10.1.1.1") | begin(1, 4), 0);
	ck_assert_int_eq(enter(1, 5, "10.1.1.1"), 0);
	ck_assert_int_eq(begin(1, 5), -1);
}
END_TEST

START_TEST(the_oldest_that_says_nothing_goes)
{
	ck_assert_int_eq(enter(0, 0, "192.0.2.1"), 0);
	ck_assert_int_eq(enter(0, 1, "192.0.2.2"), 0);
	ck_assert_int_eq(enter(0, 2, "192.0.2.3"), 0);
	ck_assert_ptr_null(limits_overdue(&limits[0], &fault));
	/* Each worker for itself. */
	ck_assert_int_eq(enter(1, 3, "192.0.2.4"), 0);
	ck_assert_ptr_null(limits_overdue(&limits[0], &fault));
	/* Who has said what it wants is in nobody's way. */
	limits_note_arrived(&limits[0], &places[0]);
	ck_assert_int_eq(enter(0, 4, "192.0.2.5"), 0);
	ck_assert_ptr_null(limits_overdue(&limits[0], &fault));
	ck_assert_int_eq(enter(0, 5, "192.0.2.6"), 0);
	ck_assert_ptr_eq(limits_overdue(&limits[0], &fault), &places[1]);
	limits_leave(&limits[0], &places[1]);
	ck_assert_ptr_null(limits_overdue(&limits[0], &fault));
}
END_TEST

START_TEST(cancels_of_a_second_in_all_workers)
{
	int i;

	settings.max_cancels_per_address = 2;
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(enter(i % WORKERS, i, "192.0.2.1"), 0);
	ck_assert_int_eq(limits_count_cancel(&limits[0], &places[0], 5000,
	    &fault), 0);
	ck_assert_int_eq(limits_count_cancel(&limits[1], &places[1], 5999,
	    &fault), 0);
	ck_assert_int_eq(limits_count_cancel(&limits[0], &places[2], 5999,
	    &fault), -1);
	ck_assert_str_eq(fault.what,
	    "too many cancel requests of one address");
	ck_assert_int_eq(limits_count_cancel(&limits[0], &places[2], 6000,
	    &fault), 0);
}
END_TEST

START_TEST(nothing_is_left)
{
	struct address_counts counts = { 0 };

	ck_assert_int_eq(enter(0, 0, "192.0.2.1") | begin(0, 0), 0);
	limits_leave(&limits[0], &places[0]);
	address_table_add(&boards[0].addresses, places[0].key, 0, 9, &counts);
	ck_assert_uint_eq(counts.unfinished, 0);
	ck_assert_uint_eq(counts.sessions, 0);
	ck_assert_uint_eq(boards[0].sessions, 0);
	ck_assert_uint_eq(limits[0].arriving_len, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("listener/worker/limits");
	TCase *tc = tcase_create("limits");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, unfinished_of_an_address_in_all_workers);
	tcase_add_test(tc, no_limit_and_exceptions);
	tcase_add_test(tc, sessions_of_all_and_of_an_address);
	tcase_add_test(tc, the_last_places_are_reserved);
	tcase_add_test(tc, the_oldest_that_says_nothing_goes);
	tcase_add_test(tc, cancels_of_a_second_in_all_workers);
	tcase_add_test(tc, nothing_is_left);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
