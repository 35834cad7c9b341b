/* SPDX-License-Identifier: ISC */
/*
 * test_metrics_address: this machine's own addresses are taken, all others
 * refused.
 */
#include "listener/metrics_address.h"

#include <sys/un.h>

#include <netinet/in.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"
#include "listener/handoff.h"

static const struct row {
	const char *value;
	int family;		/* 0: refused */
	uint16_t port;
	const char *detail;
} rows[] = {
	{ "127.0.0.1:9187", AF_INET, 9187, NULL },
	{ "127.1.2.3:1", AF_INET, 1, NULL },
	{ "localhost:65535", AF_INET, 65535, NULL },
	{ "[::1]:9187", AF_INET6, 9187, NULL },
	{ "/run/postern/metrics", AF_UNIX, 0, NULL },
	{ "0.0.0.0:9187", 0, 0, "this machine alone" },
	{ "[::]:9187", 0, 0, "this machine alone" },
	{ "10.0.0.1:9187", 0, 0, "this machine alone" },
	{ "[::ffff:127.0.0.1]:9187", 0, 0, "this machine alone" },
	{ "*:9187", 0, 0, "this machine alone" },
	{ "db.example.com:9187", 0, 0, "this machine alone" },
	{ "127.0.0.1", 0, 0, "no address and port" },
	{ ":9187", 0, 0, "no address and port" },
	{ "127.0.0.1:", 0, 0, "no address and port" },
	{ "127.0.0.1:0", 0, 0, "no address and port" },
	{ "127.0.0.1:65536", 0, 0, "no address and port" },
	{ "127.0.0.1:-1", 0, 0, "no address and port" },
	{ "127.0.0.1:9187x", 0, 0, "no address and port" },
	{ "::1", 0, 0, "this machine alone" },
	{ "9187", 0, 0, "no address and port" },
	{ "run/metrics", 0, 0, "no address and port" },
};

START_TEST(test_rows)
{
	const struct row *row = &rows[_i];
	struct handoff_address address;
	struct fault fault = { 0 };
	int ret = metrics_address_parse(row->value, &address, &fault);

	if (row->family == 0) {
		ck_assert_msg(ret == -1, "%s is accepted", row->value);
		ck_assert_ptr_nonnull(strstr(fault.what, "metrics_listen"));
		ck_assert_msg(strstr(fault.detail, row->detail) != NULL,
		    "%s: %s", row->value, fault.detail);
		ck_assert_str_ne(fault.hint, "");
		return;
	}
	ck_assert_msg(ret == 0, "%s: %s", row->value, fault.detail);
	ck_assert_int_eq(address.addr.ss_family, row->family);
	if (row->family == AF_INET)
		ck_assert_uint_eq(((struct sockaddr_in *)
		    &address.addr)->sin_port, htons(row->port));
	if (row->family == AF_INET6)
		ck_assert_uint_eq(((struct sockaddr_in6 *)
		    &address.addr)->sin6_port, htons(row->port));
	if (row->family == AF_UNIX)
		ck_assert_str_eq(((struct sockaddr_un *)
		    &address.addr)->sun_path, row->value);
}
END_TEST

START_TEST(test_a_path_that_no_socket_can_have)
{
	struct handoff_address address;
	struct fault fault = { 0 };
	char path[120];

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(metrics_address_parse(path, &address, &fault), -1);
	ck_assert_ptr_nonnull(strstr(fault.detail, "too long"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("metrics_address");
	TCase *tc = tcase_create("metrics_address");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, test_rows, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, test_a_path_that_no_socket_can_have);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
