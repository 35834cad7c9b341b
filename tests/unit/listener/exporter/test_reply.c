/* SPDX-License-Identifier: ISC */
/*
 * test_reply: a slot becomes a row that posternctl can read, whatever is in it.
 */
#include "listener/exporter/reply.h"

#include <event2/buffer.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "listener/roster.h"

static unsigned char bytes[STATUSWIRE_MESSAGE_MAX];
static struct statuswire_message seen;

static const char *
text(enum statuswire_column column)
{
	static char copy[STATUSWIRE_MESSAGE_MAX];

	if (seen.value[column].bytes == NULL)
		return "NULL";
	memcpy(copy, seen.value[column].bytes, seen.value[column].len);
	copy[seen.value[column].len] = '\0';
	return copy;
}

START_TEST(test_a_session_over_tls)
{
	struct roster_client client = { .backend_pid = 4711, .port = 5000,
		.state = CLIENT_RELAY, .bits = 256, .since_us = 17,
		.address = "::1", .user = "alice", .database = "gate",
		.version = "TLSv1.3", .cipher = "X" };
	size_t len = reply_row(&client, 3, 4, bytes);

	ck_assert_int_eq(statuswire_decode(bytes, len, &seen), 0);
	ck_assert_str_eq(text(STATUSWIRE_PID), "4711");
	ck_assert_str_eq(text(STATUSWIRE_CLIENT_ADDR), "::1");
	ck_assert_str_eq(text(STATUSWIRE_CLIENT_PORT), "5000");
	ck_assert_str_eq(text(STATUSWIRE_USENAME), "alice");
	ck_assert_str_eq(text(STATUSWIRE_APPLICATION_NAME), "");
	ck_assert_str_eq(text(STATUSWIRE_SSL), "t");
	ck_assert_str_eq(text(STATUSWIRE_BITS), "256");
	ck_assert_str_eq(text(STATUSWIRE_CLIENT_DN), "NULL");
	ck_assert_str_eq(text(STATUSWIRE_STATE), "relay");
	ck_assert_str_eq(text(STATUSWIRE_SINCE), "17");
	ck_assert_str_eq(text(STATUSWIRE_BYTES_IN), "3");
	ck_assert_str_eq(text(STATUSWIRE_BYTES_OUT), "4");
}
END_TEST

START_TEST(test_a_client_that_has_said_nothing)
{
	struct roster_client client = { .address = "127.0.0.1" };

	ck_assert_int_eq(statuswire_decode(bytes, reply_row(&client, 0, 0,
	    bytes), &seen), 0);
	ck_assert_str_eq(text(STATUSWIRE_PID), "NULL");
	ck_assert_str_eq(text(STATUSWIRE_USENAME), "NULL");
	ck_assert_str_eq(text(STATUSWIRE_APPLICATION_NAME), "NULL");
	ck_assert_str_eq(text(STATUSWIRE_SSL), "f");
	ck_assert_str_eq(text(STATUSWIRE_BITS), "NULL");
	ck_assert_str_eq(text(STATUSWIRE_STATE), "first-bytes");
}
END_TEST

START_TEST(test_random_bytes_are_a_row_all_the_same)
{
	struct roster_slot slot;
	struct roster_client client;
	unsigned char *wild = (unsigned char *)&slot;
	size_t i, len;

	srandom((unsigned int)_i);
	for (i = 0; i < sizeof(slot); i++)
		wild[i] = (unsigned char)(1 + random() % 255);
	atomic_store(&slot.sequence, 0);
	ck_assert_int_eq(roster_look(&slot, &client), ROSTER_TAKEN);
	len = reply_row(&client, UINT64_MAX, UINT64_MAX, bytes);
	ck_assert_uint_gt(len, 0);
	ck_assert_int_eq(statuswire_decode(bytes, len, &seen), 0);
}
END_TEST

START_TEST(test_fields_come_in_their_order)
{
	struct evbuffer *buffer = evbuffer_new();
	const struct reply_group group = { buffer, "worker", "7" };

	reply_number(&group, "slot", -1);
	reply_bool(&group, "is", 1);
	ck_assert_int_eq(statuswire_decode(bytes, reply_take(buffer, bytes),
	    &seen), 0);
	ck_assert_uint_eq(seen.type, STATUSWIRE_FIELD);
	ck_assert_int_eq(strncmp(seen.value[STATUSWIRE_FIELD_VALUE].bytes,
	    "-1", 2), 0);
	ck_assert_int_eq(statuswire_decode(bytes, reply_take(buffer, bytes),
	    &seen), 0);
	ck_assert_int_eq(statuswire_kind_of(
	    &seen.value[STATUSWIRE_FIELD_KIND]), STATUSWIRE_BOOL);
	ck_assert_uint_eq(reply_take(buffer, bytes), 0);
	evbuffer_free(buffer);
	ck_assert_int_eq(statuswire_decode(bytes, reply_end(bytes), &seen),
	    0);
	ck_assert_uint_eq(seen.type, STATUSWIRE_END);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("reply");
	TCase *tc = tcase_create("reply");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, test_a_session_over_tls);
	tcase_add_test(tc, test_a_client_that_has_said_nothing);
	tcase_add_loop_test(tc, test_random_bytes_are_a_row_all_the_same, 0,
	    50);
	tcase_add_test(tc, test_fields_come_in_their_order);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
