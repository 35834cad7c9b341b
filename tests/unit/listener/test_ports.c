/* SPDX-License-Identifier: ISC */
/*
 * test_ports: one socket per address and slot; who comes second is told.
 */
#include "listener/ports.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log.h"

static struct fault fault;
static struct ports ports, second, third;
static struct addresses wanted;

/* A port that was free a moment ago. */
static int
free_port(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&addr, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	close(fd);
	return ntohs(addr.sin_port);
}

static void
want(const char *list, int port)
{
	struct addresses_list set = { .setting = "listen_addresses",
		.value = list, .port = port };

	ck_assert_msg(addresses_parse_listen(&set, NULL, &wanted, &fault) == 0,
	    "%s", fault.what);
}

static int
connect_to(int port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void
setup(void)
{
	/* Absent addresses are logged, which is not asked here. */
	log_set_min_level(LOG_LEVEL_FATAL);
}

START_TEST(test_each_slot_has_its_own_sockets)
{
	int port = free_port(), fds[64], i, slot, accepted = 0;

	want("127.0.0.1, 127.0.0.2", port);
	ck_assert_msg(ports_open(&wanted, 4, NULL, &ports, &fault) == 0, "%s",
	    fault.what);
	ck_assert_uint_eq(ports.slots, 4);
	ck_assert_uint_eq(ports.len, 2);
	for (i = 0; i < 64; i++)
		ck_assert_int_ne(fds[i] = connect_to(port), -1);
	/* Non-blocking: an empty queue says so. */
	for (slot = 0; slot < 4; slot++) {
		ck_assert_int_ne(fcntl(ports.fds[slot][0], F_GETFD) &
		    FD_CLOEXEC, 0);
		while ((i = accept(ports.fds[slot][0], NULL, NULL)) != -1) {
			close(i);
			accepted++;
		}
		ck_assert_int_eq(errno, EAGAIN);
	}
	ck_assert_int_eq(accepted, 64);
	for (i = 0; i < 64; i++)
		close(fds[i]);
	ports_close(&ports);
	ck_assert_int_eq(connect_to(port), -1);
}
END_TEST

START_TEST(test_a_second_instance_is_told_what_to_do)
{
	int port = free_port();

	want("127.0.0.1", port);
	ck_assert_int_eq(ports_open(&wanted, 2, NULL, &ports, &fault), 0);
	ck_assert_int_eq(ports_open(&wanted, 2, NULL, &second, &fault), -1);
	ck_assert_str_eq(fault.what, "could not bind IPv4 address "
	    "\"127.0.0.1\": Address already in use");
	ck_assert_ptr_nonnull(strstr(fault.hint,
	    "Is another server already running on port"));
	ck_assert_ptr_nonnull(strstr(fault.hint, "listen_addresses = ''"));
	ports_close(&second);
	ports_close(&ports);
	/* And once the first is gone it may have the port. */
	ck_assert_int_eq(ports_open(&wanted, 2, NULL, &second, &fault), 0);
	ports_close(&second);
}
END_TEST

START_TEST(test_the_first_keeps_its_port_against_the_wildcard)
{
	int port = free_port();

	want("127.0.0.1", port);
	ck_assert_int_eq(ports_open(&wanted, 1, NULL, &ports, &fault), 0);
	want("0.0.0.0", port);
	ck_assert_int_eq(ports_open(&wanted, 1, NULL, &second, &fault), -1);
	ports_close(&ports);
}
END_TEST

START_TEST(test_an_address_of_another_machine_is_left_out)
{
	int port = free_port();

	want("192.0.2.1, 127.0.0.1", port);
	ck_assert_int_eq(ports_open(&wanted, 1, NULL, &ports, &fault), 0);
	ck_assert_uint_eq(ports.len, 1);
	ports_close(&ports);
	want("192.0.2.1", port);
	ck_assert_int_eq(ports_open(&wanted, 1, NULL, &ports, &fault), -1);
	ck_assert_str_eq(fault.what, "could not create any TCP/IP sockets");
	want("", port);
	ck_assert_int_eq(ports_open(&wanted, 1, NULL, &ports, &fault), -1);
	ck_assert_str_eq(fault.what, "no socket created for listening");
}
END_TEST

START_TEST(test_all_of_both_families_share_a_port)
{
	int port = free_port();

	want("*, 127.0.0.1", port);
	ck_assert_msg(ports_open(&wanted, 2, NULL, &ports, &fault) == 0, "%s",
	    fault.what);
	ports_close(&ports);
	ports_close(&ports);
}
END_TEST

/* How many of those sockets the two have in common. */
static size_t
count_shared(size_t i, size_t j)
{
	size_t slot, n = 0;
	struct stat a, b;

	for (slot = 0; slot < ports.slots; slot++) {
		ck_assert_int_eq(fstat(ports.fds[slot][i], &a), 0);
		ck_assert_int_eq(fstat(second.fds[slot][j], &b), 0);
		n += a.st_ino == b.st_ino;
	}
	return n;
}

START_TEST(test_a_generation_shares_the_sockets_of_the_one_before)
{
	int port = free_port(), other = free_port(), fd;

	want("127.0.0.1, 127.0.0.2", port);
	ck_assert_int_eq(ports_open(&wanted, 2, NULL, &ports, &fault), 0);
	ck_assert_int_ne(fd = connect_to(port), -1);
	want("127.0.0.3, 127.0.0.1", port);
	ck_assert_msg(ports_open(&wanted, 2, &ports, &second, &fault) == 0,
	    "%s", fault.what);
	ck_assert_uint_eq(second.len, 2);
	ck_assert_uint_eq(count_shared(0, 1), 2);
	ck_assert_uint_eq(count_shared(1, 0), 0);
	/* Who waits in a queue still waits, and there is a way in. */
	ports_close(&ports);
	ck_assert_int_eq(send(fd, "x", 1, MSG_NOSIGNAL), 1);
	ck_assert_int_ne(close(connect_to(port)), -1);
	want("127.0.0.1", other);
	ck_assert_int_eq(ports_open(&wanted, 2, &second, &ports, &fault), 0);
	ck_assert_int_ne(close(connect_to(port)), -1);
	ck_assert_int_ne(close(connect_to(other)), -1);
	ports_close(&second);
	ck_assert_int_eq(connect_to(port), -1);
	ports_close(&ports);
	close(fd);
}
END_TEST

START_TEST(test_fewer_workers_share_out_all_sockets)
{
	int fds[HANDOFF_SOCKETS_MAX], port = free_port();

	want("127.0.0.1, 127.0.0.2", port);
	ck_assert_int_eq(ports_open(&wanted, 5, NULL, &ports, &fault), 0);
	ck_assert_int_eq(ports_open(&wanted, 2, &ports, &second, &fault), 0);
	ck_assert_uint_eq(second.slots, 5);
	ck_assert_uint_eq(ports_count(&second, 0, 2), 6);
	ck_assert_uint_eq(ports_list(&second, 1, 2, fds), 4);
	ck_assert_int_eq(fds[0], second.fds[1][0]);
	ck_assert_int_eq(fds[3], second.fds[3][1]);
	ports_close(&ports);
	/* And more of them have more. */
	ck_assert_int_eq(ports_open(&wanted, 7, &second, &ports, &fault), 0);
	ck_assert_uint_eq(ports.slots, 7);
	ports_close(&ports);
	ports_close(&second);
}
END_TEST

START_TEST(test_a_wildcard_keeps_what_it_covers)
{
	int port = free_port(), fd;

	want("127.0.0.1", port);
	ck_assert_int_eq(ports_open(&wanted, 1, NULL, &ports, &fault), 0);
	ck_assert_int_ne(fd = connect_to(port), -1);
	want("*", port);
	ck_assert_msg(ports_open(&wanted, 1, &ports, &second, &fault) == 0,
	    "%s", fault.what);
	ck_assert_uint_ge(second.len, 2);
	ck_assert_uint_eq(count_shared(0, second.len - 1), 1);
	ports_close(&ports);
	ck_assert_int_ne(close(accept(second.fds[0][second.len - 1], NULL,
	    NULL)), -1);
	/* And back: the one of before is the new one's again. */
	want("127.0.0.1", port);
	ck_assert_int_eq(ports_open(&wanted, 1, &second, &ports, &fault), 0);
	ck_assert_uint_eq(ports.len, 1);
	ports_close(&ports);
	ports_close(&second);
	close(fd);
}
END_TEST

START_TEST(test_a_generation_is_told_who_has_its_address)
{
	int port = free_port(), other = free_port();

	want("127.0.0.1", port);
	ck_assert_int_eq(ports_open(&wanted, 1, NULL, &ports, &fault), 0);
	want("127.0.0.2", other);
	ck_assert_int_eq(ports_open(&wanted, 1, NULL, &second, &fault), 0);
	ports_close(&second);
	want("127.0.0.1", other);
	ck_assert_int_eq(ports_open(&wanted, 1, NULL, &third, &fault), 0);
	want("127.0.0.1, 127.0.0.2", other);
	ck_assert_int_eq(ports_open(&wanted, 1, &ports, &second, &fault), -1);
	ck_assert_str_eq(fault.what, "could not bind IPv4 address "
	    "\"127.0.0.1\": Address already in use");
	ports_close(&third);
	ports_close(&ports);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("ports");
	TCase *tc = tcase_create("ports");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, test_each_slot_has_its_own_sockets);
	tcase_add_test(tc, test_a_second_instance_is_told_what_to_do);
	tcase_add_test(tc, test_the_first_keeps_its_port_against_the_wildcard);
	tcase_add_test(tc, test_an_address_of_another_machine_is_left_out);
	tcase_add_test(tc, test_all_of_both_families_share_a_port);
	tcase_add_test(tc,
	    test_a_generation_shares_the_sockets_of_the_one_before);
	tcase_add_test(tc, test_fewer_workers_share_out_all_sockets);
	tcase_add_test(tc, test_a_wildcard_keeps_what_it_covers);
	tcase_add_test(tc, test_a_generation_is_told_who_has_its_address);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
