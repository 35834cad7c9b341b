/* SPDX-License-Identifier: ISC */
/*
 * test_networks: lists of networks in a setting.
 */
#include "listener/networks.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *sentence, *text, *address;
	bool is_in;
} questions[] = {
	{ "nothing is no network", "", "192.0.2.1", false },
	{ "an address is itself", "192.0.2.1", "192.0.2.1", true },
	{ "and no other", "192.0.2.1", "192.0.2.2", false },
	{ "a network has its addresses", "10.0.0.0/8", "10.9.8.7", true },
	{ "and no others", "10.0.0.0/8", "11.0.0.0", false },
	{ "the second counts too", "10.0.0.0/8, 192.0.2.0/24", "192.0.2.9",
	    true },
	{ "blanks do not", " 10.0.0.0/8 ,192.0.2.0/24 ", "192.0.2.9", true },
	{ "IPv6", "2001:db8::/32,::1", "::1", true },
	{ "IPv6 is not IPv4", "::/0", "192.0.2.1", false },
	{ "all of IPv4", "0.0.0.0/0", "192.0.2.1", true },
};

START_TEST(who_is_in)
{
	struct networks networks;
	struct hba_address address;
	struct fault fault;

	ck_assert_int_eq(networks_parse("x", questions[_i].text, &networks,
	    &fault), 0);
	ck_assert_int_eq(hba_address_parse(questions[_i].address, &address),
	    0);
	ck_assert_msg(networks_have(&networks, &address) ==
	    questions[_i].is_in, "%s", questions[_i].sentence);
}
END_TEST

static const char *const bad[] = { "localhost", "10.0.0.0/33", "10.0.0.0/",
	"10.0.0.0/8 11.0.0.0/8", ",", "10.0.0.0/8,,::1", "::1/129", "1/8/8",
	"all", "10.0.0.0/x" };

START_TEST(what_is_none)
{
	struct networks networks = { .len = 77 };
	struct fault fault;

	ck_assert_msg(networks_parse("address_limits_except", bad[_i],
	    &networks, &fault) == -1, "%s", bad[_i]);
	ck_assert_uint_eq(networks.len, 77);
	ck_assert_ptr_nonnull(strstr(fault.what, "address_limits_except"));
	ck_assert_ptr_nonnull(strstr(fault.hint, "numeric"));
}
END_TEST

START_TEST(no_more_than_there_is_room_for)
{
	char text[NETWORKS_TEXT_MAX] = "";
	struct networks networks;
	struct fault fault;
	int i;

	for (i = 0; i < NETWORKS_MAX; i++)
		strcat(text, i == 0 ? "::1" : ",::1");
	ck_assert_int_eq(networks_parse("x", text, &networks, &fault), 0);
	ck_assert_uint_eq(networks.len, NETWORKS_MAX);
	strcat(text, ",::1");
	ck_assert_int_eq(networks_parse("x", text, &networks, &fault), -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("listener/networks");
	TCase *tc = tcase_create("networks");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, who_is_in, 0, LEN(questions));
	tcase_add_loop_test(tc, what_is_none, 0, LEN(bad));
	tcase_add_test(tc, no_more_than_there_is_room_for);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
