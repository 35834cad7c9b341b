/* SPDX-License-Identifier: ISC */
/*
 * test_scoreboard: a board is its worker's to write and the others' to read.
 */
#include "listener/scoreboard.h"

#include <sys/mman.h>

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/fault.h"
#include "listener/boards.h"

static struct fault fault;
static int writable, readable;

static void
setup(void)
{
	ck_assert_int_eq(boards_open(&writable, &readable, &fault), 0);
}

static void
teardown(void)
{
	close(writable);
	close(readable);
}

START_TEST(test_what_one_writes_the_other_reads)
{
	struct scoreboard *own = scoreboard_map_own(writable, &fault);
	const struct scoreboard *other = scoreboard_map_other(readable, &fault);

	ck_assert_ptr_nonnull(own);
	ck_assert_ptr_nonnull(other);
	ck_assert_uint_eq(atomic_load(&other->sessions), 0);
	atomic_fetch_add(&own->sessions, 3);
	ck_assert_uint_eq(atomic_load(&other->sessions), 3);

	ck_assert_int_eq(boards_clear(writable, &fault), 0);
	ck_assert_uint_eq(atomic_load(&other->sessions), 0);
	ck_assert_int_eq(boards_clear(readable, &fault), -1);
}
END_TEST

START_TEST(test_the_readable_end_is_not_writable)
{
	ck_assert_ptr_null(scoreboard_map_own(readable, &fault));
	ck_assert_ptr_eq(mmap(NULL, sizeof(struct scoreboard), PROT_WRITE,
	    MAP_SHARED, readable, 0), MAP_FAILED);
	ck_assert_int_eq(write(readable, "x", 1), -1);
}
END_TEST

START_TEST(test_its_size_is_sealed)
{
	ck_assert_int_eq(ftruncate(writable, 0), -1);
	ck_assert_int_eq(ftruncate(writable, 1 << 20), -1);
	ck_assert_int_eq(fcntl(writable, F_ADD_SEALS, F_SEAL_WRITE), -1);
}
END_TEST

START_TEST(test_another_file_is_no_board)
{
	int plain = memfd_create("plain", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(ftruncate(plain, 4096), 0);
	ck_assert_ptr_null(scoreboard_map_own(plain, &fault));
	ck_assert_ptr_null(scoreboard_map_other(plain, &fault));
	ck_assert_ptr_null(scoreboard_map_other(null, &fault));
	ck_assert_ptr_null(scoreboard_map_own(-1, &fault));
	ck_assert_str_eq(fault.what, "descriptor -1 is not a scoreboard");
	close(plain);
	close(null);
}
END_TEST

START_TEST(test_a_lying_board_counts_no_more_than_the_cap)
{
	struct scoreboard honest, liar;
	const struct scoreboard *boards[] = { &honest, &liar };

	atomic_init(&honest.sessions, 7);
	atomic_init(&liar.sessions, UINT32_MAX);
	ck_assert_uint_eq(scoreboard_sessions(boards, 2, 100), 107);
	ck_assert_uint_eq(scoreboard_sessions(boards, 1, 100), 7);
	ck_assert_uint_eq(scoreboard_sessions(boards, 0, 100), 0);
	atomic_init(&honest.sessions, UINT32_MAX);
	ck_assert_uint_eq(scoreboard_sessions(boards, 2, UINT32_MAX),
	    UINT32_MAX);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("scoreboard");
	TCase *tc = tcase_create("scoreboard");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_what_one_writes_the_other_reads);
	tcase_add_test(tc, test_the_readable_end_is_not_writable);
	tcase_add_test(tc, test_its_size_is_sealed);
	tcase_add_test(tc, test_another_file_is_no_board);
	tcase_add_test(tc, test_a_lying_board_counts_no_more_than_the_cap);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
