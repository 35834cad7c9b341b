/* SPDX-License-Identifier: ISC */
/*
 * test_roster: a slot is read whole or not at all, whoever writes it.
 */
#include "listener/roster.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "listener/memory_pair.h"

#define SLOTS 8
#define WHOLE 2000

static struct fault fault;
static int writable, readable;
static struct roster *own;
static const struct roster *other;
static size_t slots;

static void
setup(void)
{
	ck_assert_int_eq(memory_pair_open("roster",
	    roster_size(SLOTS), &writable, &readable, &fault), 0);
	own = roster_map_own(writable, &slots, &fault);
	other = roster_map_other(readable, &slots, &fault);
	ck_assert_ptr_nonnull(own);
	ck_assert_ptr_nonnull(other);
	ck_assert_uint_eq(slots, SLOTS);
}

static void
teardown(void)
{
	roster_unmap(own, slots);
	roster_unmap(other, slots);
	close(writable);
	close(readable);
}

START_TEST(test_what_a_worker_writes_the_exporter_reads)
{
	struct roster_client seen;

	ck_assert_int_eq(roster_look(&other->slots[3], &seen), ROSTER_FREE);
	roster_begin(&own->slots[3]);
	own->slots[3].is_taken = 1;
	own->slots[3].client.backend_pid = 4711;
	own->slots[3].client.state = CLIENT_RELAY;
	strcpy(own->slots[3].client.user, "alice");
	ck_assert_int_eq(roster_look(&other->slots[3], &seen), ROSTER_BUSY);
	roster_end(&own->slots[3]);
	ck_assert_int_eq(roster_look(&other->slots[3], &seen), ROSTER_TAKEN);
	ck_assert_uint_eq(seen.backend_pid, 4711);
	ck_assert_uint_eq(seen.state, CLIENT_RELAY);
	ck_assert_str_eq(seen.user, "alice");
}
END_TEST

START_TEST(test_the_exporter_cannot_write_and_nobody_resizes)
{
	ck_assert_ptr_null(roster_map_own(readable, &slots, &fault));
	ck_assert_ptr_eq(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, readable, 0),
	    MAP_FAILED);
	ck_assert_int_eq(ftruncate(writable, 0), -1);
	ck_assert_int_eq(ftruncate(writable, 1 << 20), -1);
	ck_assert_int_eq(fcntl(writable, F_ADD_SEALS, F_SEAL_WRITE), -1);
}
END_TEST

START_TEST(test_another_file_is_no_roster)
{
	int plain = memfd_create("plain", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int small = memfd_create("small", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_eq(ftruncate(plain, 1 << 20), 0);
	ck_assert_ptr_null(roster_map_other(plain, &slots, &fault));
	ck_assert_int_eq(ftruncate(small, 4096), 0);
	ck_assert_int_eq(fcntl(small, F_ADD_SEALS, F_SEAL_SHRINK |
	    F_SEAL_GROW | F_SEAL_SEAL), 0);
	ck_assert_ptr_null(roster_map_other(small, &slots, &fault));
	ck_assert_ptr_null(roster_map_other(-1, &slots, &fault));
	ck_assert_str_eq(fault.what, "descriptor -1 is not a roster");
	close(plain);
	close(small);
}
END_TEST

/* Every text of the slot is one letter, the numbers say which. */
static void
write_round(struct roster_slot *slot, unsigned int round)
{
	struct roster_client *client = &slot->client;
	char letter = (char)('a' + round % 26);

	roster_begin(slot);
	slot->is_taken = 1;
	client->backend_pid = round % 26;
	memset(client->user, letter, sizeof(client->user) - 1);
	memset(client->cipher, letter, sizeof(client->cipher) - 1);
	memset(client->issuer_dn, letter, sizeof(client->issuer_dn) - 1);
	roster_end(slot);
}

static bool
is_all(const char *text, size_t size, char letter)
{
	size_t i;

	for (i = 0; i < size - 1; i++)
		if (text[i] != letter)
			return false;
	return text[size - 1] == '\0';
}

START_TEST(test_a_slot_that_is_being_written_is_never_seen_half)
{
	struct roster_client seen;
	unsigned int i, whole = 0, busy = 0;
	pid_t writer;
	char letter;

	write_round(&own->slots[0], 0);
	writer = fork();
	if (writer == 0)
		for (i = 0;; i++)
			write_round(&own->slots[0], i);
	/* Until there were enough of both: how many depends on the machine. */
	while (whole < WHOLE || busy == 0) {
		if (roster_look(&other->slots[0], &seen) != ROSTER_TAKEN) {
			busy++;
			continue;
		}
		whole++;
		letter = (char)('a' + seen.backend_pid);
		ck_assert(is_all(seen.user, sizeof(seen.user), letter));
		ck_assert(is_all(seen.cipher, sizeof(seen.cipher), letter));
		ck_assert(is_all(seen.issuer_dn, sizeof(seen.issuer_dn),
		    letter));
	}
	kill(writer, SIGKILL);
	ck_assert_int_eq(waitpid(writer, NULL, 0), writer);
}
END_TEST

static void
fill_randomly(unsigned char *bytes, size_t len, unsigned int seed)
{
	size_t i;

	srandom(seed);
	for (i = 0; i < len; i++)
		bytes[i] = (unsigned char)random();
}

/* Lengths that end within the array, for whatever bytes. */
#define CK_BOUNDED(text) \
	ck_assert_uint_lt(strnlen(text, sizeof(text)), sizeof(text))

START_TEST(test_random_bytes_are_bounded)
{
	struct roster_client seen;
	struct roster_about about;
	size_t i;

	fill_randomly((unsigned char *)own, roster_size(slots),
	    (unsigned int)_i);
	ck_assert_uint_le(roster_used(other, slots), SLOTS);
	for (i = 0; i < SLOTS; i++) {
		atomic_store(&own->slots[i].sequence, 2 * (uint32_t)i);
		ck_assert_int_eq(roster_look(&other->slots[i], &seen),
		    ROSTER_TAKEN);
		ck_assert_uint_lt(seen.state, CLIENT_STATES);
		CK_BOUNDED(seen.address);
		CK_BOUNDED(seen.user);
		CK_BOUNDED(seen.database);
		CK_BOUNDED(seen.application_name);
		CK_BOUNDED(seen.version);
		CK_BOUNDED(seen.cipher);
		CK_BOUNDED(seen.client_dn);
		CK_BOUNDED(seen.client_serial);
		CK_BOUNDED(seen.issuer_dn);
	}
	ck_assert(roster_read_about(other, &about));
	CK_BOUNDED(about.layers_in_force);
	CK_BOUNDED(about.layers_lacking);
	CK_BOUNDED(about.subject);
	CK_BOUNDED(about.issuer);
	CK_BOUNDED(about.names);
	CK_BOUNDED(about.key_id);
}
END_TEST

START_TEST(test_an_odd_number_for_ever_is_skipped)
{
	struct roster_client seen;

	atomic_store(&own->slots[0].sequence, 1);
	ck_assert_int_eq(roster_look(&other->slots[0], &seen), ROSTER_BUSY);
}
END_TEST

START_TEST(test_nothing_is_told_before_it_is_there)
{
	struct roster_about about;

	ck_assert(!roster_read_about(other, &about));
	strcpy(own->about.subject, "/CN=db");
	atomic_store(&own->about.is_told, 1);
	ck_assert(roster_read_about(other, &about));
	ck_assert_str_eq(about.subject, "/CN=db");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("roster");
	TCase *tc = tcase_create("roster");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_what_a_worker_writes_the_exporter_reads);
	tcase_add_test(tc, test_the_exporter_cannot_write_and_nobody_resizes);
	tcase_add_test(tc, test_another_file_is_no_roster);
	tcase_add_test(tc,
	    test_a_slot_that_is_being_written_is_never_seen_half);
	tcase_add_loop_test(tc, test_random_bytes_are_bounded, 0, 50);
	tcase_add_test(tc, test_an_odd_number_for_ever_is_skipped);
	tcase_add_test(tc, test_nothing_is_told_before_it_is_there);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
