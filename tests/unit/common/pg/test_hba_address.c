/* SPDX-License-Identifier: ISC */
/*
 * test_hba_address: addresses from sockets, and the machine's own networks.
 */
#include "common/pg/hba_address.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static void
set_sockaddr(const char *text, struct sockaddr_storage *out)
{
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
		memcpy(out, &four, sizeof(four));
	else {
		ck_assert_int_eq(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
		memcpy(out, &six, sizeof(six));
	}
}

static const struct socket_case {
	const char *socket, *same;
} socket_cases[] = {
	{ "192.0.2.1", "192.0.2.1" },
	{ "2001:db8::1", "2001:db8::1" },
	{ "::ffff:192.0.2.1", "192.0.2.1" },	/* one client, one address */
	{ "::1", "::1" },
};

START_TEST(from_socket)
{
	const struct socket_case *c = &socket_cases[_i];
	struct sockaddr_storage storage;
	struct hba_address got, same;

	memset(&got, 0xff, sizeof(got));
	set_sockaddr(c->socket, &storage);
	ck_assert_int_eq(hba_address_set(&got, (struct sockaddr *)&storage),
	    0);
	ck_assert_int_eq(hba_address_parse(c->same, &same), 0);
	ck_assert_mem_eq(&got, &same, sizeof(got));
}
END_TEST

START_TEST(unix_socket_has_none)
{
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	struct hba_address got;
	struct hba_network network;

	ck_assert_int_eq(hba_address_set(&got, (struct sockaddr *)&local), -1);
	ck_assert_int_eq(hba_address_set_interface(&network,
	    (struct sockaddr *)&local, NULL), -1);
}
END_TEST

static const struct interface_case {
	const char *address, *mask;	/* mask NULL: none */
	const char *in, *out;
} interface_cases[] = {
	{ "192.0.2.10", "255.255.255.0", "192.0.2.99", "192.0.3.1" },
	{ "192.0.2.10", NULL, "192.0.2.10", "192.0.2.11" },
	{ "192.0.2.10", "0.0.0.0", "192.0.2.10", "192.0.2.11" },
	{ "192.0.2.10", "ffff::", "192.0.2.10", "192.0.2.11" },
	{ "2001:db8::1", "ffff:ffff::", "2001:db8:1::", "2001:db9::" },
	{ "::1", "::", "::1", "::2" },
};

START_TEST(interface)
{
	const struct interface_case *c = &interface_cases[_i];
	struct sockaddr_storage address, mask;
	struct hba_network network;
	struct hba_address client;

	set_sockaddr(c->address, &address);
	if (c->mask != NULL)
		set_sockaddr(c->mask, &mask);
	ck_assert_int_eq(hba_address_set_interface(&network,
	    (struct sockaddr *)&address, c->mask != NULL ?
	    (struct sockaddr *)&mask : NULL), 0);
	ck_assert_int_eq(hba_address_parse(c->in, &client), 0);
	ck_assert(hba_address_is_in(&client, &network));
	ck_assert_int_eq(hba_address_parse(c->out, &client), 0);
	ck_assert(!hba_address_is_in(&client, &network));
	ck_assert(!hba_address_is_same_host(&client, &network));
	ck_assert_int_eq(hba_address_parse(c->address, &client), 0);
	ck_assert(hba_address_is_same_host(&client, &network));
}
END_TEST

static const char *const no_addresses[] = { "", "x", "1.2.3.4.5", "256.0.0.1",
	"1.2.3.4 x", " 1.2.3.4", ":", "1:2", "::1%", "fe80::1 ", "::g",
	"1.2.3.4/8", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };

START_TEST(no_address)
{
	struct hba_address got;

	ck_assert_msg(hba_address_parse(no_addresses[_i], &got) == -1, "%s",
	    no_addresses[_i]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("common/pg/hba_address");
	TCase *tc = tcase_create("hba_address");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, from_socket, 0, LEN(socket_cases));
	tcase_add_test(tc, unix_socket_has_none);
	tcase_add_loop_test(tc, interface, 0, LEN(interface_cases));
	tcase_add_loop_test(tc, no_address, 0, LEN(no_addresses));
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
