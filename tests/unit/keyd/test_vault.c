/* SPDX-License-Identifier: ISC */
/*
 * test_vault: the ring of keys: which is the first, and that what leaves it is
 * closed.
 * Runs in: make check.
 */
#include "keyd/vault.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"
#include "keyd/settings.h"
#include "keyd/unlocking.h"

static struct vault_ring ring;
static struct fault fault;
static int descriptors[KEYWIRE_KEYS_MAX];	/* of keys 1, 2, ... */

/* The key whose id is full of that number. */
static void
add(unsigned char number)
{
	const struct settings settings = { .key_memory = SECRET_AUTO };
	struct vault vault = VAULT_EMPTY;

	ck_assert_msg(vault_open(&settings, &vault, &fault) == 0, "%s",
	    fault.what);
	memset(vault.key.identity.id, number, KEYWIRE_KEY_ID_LEN);
	descriptors[number - 1] = vault.secret.fd;
	vault_ring_add(&ring, &vault);
	ck_assert_int_eq(vault.secret.fd, -1);
}

static bool
is_open(unsigned char number)
{
	return fcntl(descriptors[number - 1], F_GETFD) != -1;
}

static size_t
find(unsigned char number)
{
	unsigned char id[KEYWIRE_KEY_ID_LEN];

	memset(id, number, sizeof(id));
	return vault_ring_find(&ring, id);
}

static void
add_three(void)
{
	add(1);
	add(2);
	add(3);
}

static void
empty_ring(void)
{
	vault_ring_keep_first(&ring);
	vault_ring_remove_first(&ring);
	ck_assert_uint_eq(ring.len, 0);
	vault_ring_remove_first(&ring);
	vault_ring_keep_first(&ring);
}

START_TEST(the_newest_is_the_first)
{
	ck_assert_uint_eq(ring.len, 3);
	ck_assert_uint_eq(find(3), 0);
	ck_assert_uint_eq(find(2), 1);
	ck_assert_uint_eq(find(1), 2);
	ck_assert_uint_eq(find(4), 3);
}
END_TEST

START_TEST(another_may_be_preferred)
{
	vault_ring_prefer(&ring, 2);
	ck_assert_uint_eq(find(1), 0);
	ck_assert_uint_eq(find(3), 1);
	ck_assert_uint_eq(find(2), 2);
	vault_ring_prefer(&ring, 0);
	ck_assert_uint_eq(find(1), 0);
}
END_TEST

START_TEST(what_leaves_is_closed)
{
	vault_ring_remove_first(&ring);
	ck_assert(!is_open(3) && is_open(2) && is_open(1));
	ck_assert_uint_eq(find(2), 0);
	add(4);
	vault_ring_keep_first(&ring);
	ck_assert_uint_eq(ring.len, 1);
	ck_assert_uint_eq(find(4), 0);
	ck_assert(!is_open(2) && !is_open(1));
}
END_TEST

START_TEST(a_list_is_a_part_of_it)
{
	struct vault first = VAULT_EMPTY;
	struct vault_keys keys = { .len = 1, .vault = { &first } };

	vault_ring_list(&ring, 1, &keys);
	ck_assert_uint_eq(keys.len, 3);
	ck_assert_ptr_eq(keys.vault[1], &ring.vault[1]);
	ck_assert_ptr_eq(keys.vault[2], &ring.vault[2]);
	/* Never more than a signer takes. */
	vault_ring_list(&ring, 0, &keys);
	ck_assert_uint_eq(keys.len, KEYWIRE_KEYS_MAX);
}
END_TEST

START_TEST(a_key_out_of_its_bounds_is_refused)
{
	struct handoff_key key = { .key_len = 1, .identity.spki_len = 1 };

	memset(key.kind, 'x', sizeof(key.kind));
	ck_assert_int_eq(unlocking_check_key(&key, &fault), 0);
	ck_assert_uint_eq(strlen(key.kind), sizeof(key.kind) - 1);
	key.key_len = HANDOFF_SECRET_SIZE + 1;
	ck_assert_int_eq(unlocking_check_key(&key, &fault), -1);
	key.key_len = 0;
	ck_assert_int_eq(unlocking_check_key(&key, &fault), -1);
	key.key_len = HANDOFF_SECRET_SIZE;
	key.identity.spki_len = KEYWIRE_SPKI_MAX + 1;
	ck_assert_int_eq(unlocking_check_key(&key, &fault), -1);
	key.identity.spki_len = 0;
	ck_assert_int_eq(unlocking_check_key(&key, &fault), -1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("vault");
	TCase *tcase = tcase_create("ring");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, add_three, empty_ring);
	tcase_add_test(tcase, the_newest_is_the_first);
	tcase_add_test(tcase, another_may_be_preferred);
	tcase_add_test(tcase, what_leaves_is_closed);
	tcase_add_test(tcase, a_list_is_a_part_of_it);
	tcase_add_test(tcase, a_key_out_of_its_bounds_is_refused);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
