/* SPDX-License-Identifier: ISC */
/*
 * test_address_table: which addresses count together, and what becomes of an
 * entry when nobody counts in it.
 */
#include "listener/address_table.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/pg/hba_address.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static struct address_table table;

static void
set_up(void)
{
	memset(&table, 0, sizeof(table));
}

static uint64_t
key_of(const char *text)
{
	struct hba_address address;

	ck_assert_int_eq(hba_address_parse(text, &address), 0);
	return address_table_key(&address);
}

static struct address_counts
read_counts(uint64_t key, uint32_t second, uint32_t cap)
{
	struct address_counts counts = { 0 };

	address_table_add(&table, key, second, cap, &counts);
	return counts;
}

static const struct {
	const char *sentence, *one, *other;
	bool together;
} pairs[] = {
	{ "an IPv4 address is one client", "192.0.2.1", "192.0.2.2", false },
	{ "and the same", "192.0.2.1", "192.0.2.1", true },
	{ "an IPv6 /64 is one client", "2001:db8::1", "2001:db8::ffff:2",
	    true },
	{ "the next /64 is another", "2001:db8::1", "2001:db8:0:1::1",
	    false },
	{ "IPv6's loopback is its own", "::1", "127.0.0.1", false },
	{ "and not the first of IPv4", "::1", "0.0.0.0", false },
};

START_TEST(which_count_together)
{
	ck_assert_msg((key_of(pairs[_i].one) == key_of(pairs[_i].other)) ==
	    pairs[_i].together, "%s", pairs[_i].sentence);
	ck_assert_uint_ne(key_of(pairs[_i].one), 0);
}
END_TEST

START_TEST(counts_are_of_one_key)
{
	struct address_entry *entry = address_table_take(&table, 7);

	ck_assert_ptr_eq(address_table_take(&table, 7), entry);
	entry->unfinished = 3;
	entry->sessions = 2;
	ck_assert_uint_eq(read_counts(7, 0, 100).unfinished, 3);
	ck_assert_uint_eq(read_counts(7, 0, 100).sessions, 2);
	ck_assert_uint_eq(read_counts(8, 0, 100).unfinished, 0);
}
END_TEST

/* Another worker may write what it likes. */
START_TEST(nobody_is_believed_more_than_the_cap)
{
	struct address_entry *entry = address_table_take(&table, 7);
	struct address_counts counts = { .sessions = UINT32_MAX - 1 };

	entry->unfinished = entry->sessions = UINT32_MAX;
	ck_assert_uint_eq(read_counts(7, 0, 5).unfinished, 5);
	address_table_add(&table, 7, 0, 5, &counts);
	ck_assert_uint_eq(counts.sessions, UINT32_MAX);
}
END_TEST

START_TEST(cancels_are_of_one_second)
{
	struct address_entry *entry = address_table_take(&table, 7);

	address_table_note_cancel(entry, 10);
	address_table_note_cancel(entry, 10);
	ck_assert_uint_eq(read_counts(7, 10, 100).cancels, 2);
	ck_assert_uint_eq(read_counts(7, 11, 100).cancels, 0);
	address_table_note_cancel(entry, 11);
	ck_assert_uint_eq(read_counts(7, 11, 100).cancels, 1);
}
END_TEST

/* Keys enough for each bucket to be full more than once. */
START_TEST(a_full_bucket_has_no_place_until_one_leaves)
{
	struct address_entry *entry;
	uint64_t key, refused = 0;

	for (key = 1; key < 50000; key++) {
		entry = address_table_take(&table, key);
		if (entry == NULL)
			refused = key;
		else
			entry->sessions = 1;
	}
	ck_assert_uint_ne(refused, 0);
	ck_assert_uint_eq(read_counts(refused, 0, 9).sessions, 0);
	for (key = 1; key < 50000; key++)
		if (read_counts(key, 0, 9).sessions == 1)
			address_table_take(&table, key)->sessions = 0;
	entry = address_table_take(&table, refused);
	ck_assert_ptr_nonnull(entry);
	entry->unfinished = 1;
	ck_assert_uint_eq(read_counts(refused, 0, 9).unfinished, 1);
}
END_TEST

START_TEST(a_new_owner_has_no_cancels_of_the_old)
{
	struct address_entry *entry;
	uint64_t key;

	for (key = 1; key < 50000; key++) {
		entry = address_table_take(&table, key);
		ck_assert_ptr_nonnull(entry);
		ck_assert_uint_eq(read_counts(key, 10, 9).cancels, 0);
		address_table_note_cancel(entry, 10);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("listener/address_table");
	TCase *tc = tcase_create("address_table");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_loop_test(tc, which_count_together, 0, LEN(pairs));
	tcase_add_test(tc, counts_are_of_one_key);
	tcase_add_test(tc, nobody_is_believed_more_than_the_cap);
	tcase_add_test(tc, cancels_are_of_one_second);
	tcase_add_test(tc, a_full_bucket_has_no_place_until_one_leaves);
	tcase_add_test(tc, a_new_owner_has_no_cancels_of_the_old);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
