/* SPDX-License-Identifier: ISC */
/*
 * test_peer: a datagram has its sender's credentials and nothing else.
 * Runs in: make check.
 */
#include "common/peer.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int pair[2];

static void
set_up(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    pair), 0);
}

static void
tear_down(void)
{
	close(pair[0]);
	close(pair[1]);
}

START_TEST(a_socket_names_its_peer)
{
	struct peer peer;

	ck_assert_int_eq(peer_of_socket(pair[0], &peer), 0);
	ck_assert_int_eq(peer.pid, getpid());
	ck_assert_uint_eq(peer.uid, geteuid());
	ck_assert_uint_eq(peer.gid, getegid());
}
END_TEST

START_TEST(what_has_no_peer_is_refused)
{
	struct peer peer = { .pid = 42 };
	int fd;

	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(peer_of_socket(fd, &peer), -1);
	ck_assert_int_eq(errno, ENOTCONN);
	close(fd);
	ck_assert_int_eq(peer_of_socket(fd, &peer), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(peer.pid, 42);
}
END_TEST

/* The sender is another process than the one that made the socket. */
START_TEST(a_datagram_names_its_sender)
{
	struct peer peer;
	char bytes[8];
	int status;
	pid_t pid;

	ck_assert_int_eq(peer_pass_credentials(pair[0]), 0);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0)
		_exit(send(pair[1], "hello", 5, 0) != 5);
	waitpid(pid, &status, 0);
	ck_assert_int_eq(peer_receive(pair[0], bytes, sizeof(bytes), &peer),
	    5);
	ck_assert_mem_eq(bytes, "hello", 5);
	ck_assert_int_eq(peer.pid, pid);
	ck_assert_uint_eq(peer.uid, geteuid());
}
END_TEST

START_TEST(a_socket_that_passes_none_says_so)
{
	struct peer peer = { 0 };
	char bytes[8];

	ck_assert_int_eq(send(pair[1], "hello", 5, 0), 5);
	ck_assert_int_eq(peer_receive(pair[0], bytes, sizeof(bytes), &peer),
	    5);
	ck_assert_int_eq(peer.pid, -1);
	ck_assert_uint_eq(peer.uid, (uid_t)-1);
	ck_assert_uint_eq(peer.gid, (gid_t)-1);
}
END_TEST

START_TEST(every_length_up_to_the_size_is_received)
{
	struct peer peer;
	char bytes[9];
	ssize_t len;

	for (len = 1; len <= 8; len++) {
		memset(bytes, 'x', sizeof(bytes));
		ck_assert_int_eq(send(pair[1], "abcdefgh", (size_t)len, 0),
		    len);
		ck_assert_int_eq(peer_receive(pair[0], bytes, 8, &peer), len);
		ck_assert_mem_eq(bytes, "abcdefgh", (size_t)len);
		ck_assert_int_eq(bytes[len], 'x');
	}
}
END_TEST

START_TEST(a_longer_datagram_is_discarded)
{
	struct peer peer = { .pid = 42 };
	char bytes[9];

	memset(bytes, 'x', sizeof(bytes));
	ck_assert_int_eq(send(pair[1], "abcdefghi", 9, 0), 9);
	ck_assert_int_eq(send(pair[1], "next", 4, 0), 4);
	ck_assert_int_eq(peer_receive(pair[0], bytes, 8, &peer), -1);
	ck_assert_int_eq(errno, EMSGSIZE);
	ck_assert_int_eq(bytes[8], 'x');
	ck_assert_int_eq(peer.pid, 42);
	ck_assert_int_eq(peer_receive(pair[0], bytes, 8, &peer), 4);
}
END_TEST

START_TEST(an_empty_socket_does_not_block)
{
	struct peer peer;
	char bytes[8];

	ck_assert_int_eq(peer_receive(pair[0], bytes, sizeof(bytes), &peer),
	    -1);
	ck_assert_int_eq(errno, EAGAIN);
}
END_TEST

START_TEST(the_end_is_zero)
{
	struct peer peer;
	char bytes[8];

	close(pair[1]);
	pair[1] = -1;
	ck_assert_int_eq(peer_receive(pair[0], bytes, sizeof(bytes), &peer),
	    0);
}
END_TEST

static void
send_descriptors(size_t count)
{
	char control[CMSG_SPACE(64 * sizeof(int))] = { 0 };
	char byte = 'x';
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = CMSG_SPACE(count * sizeof(int)),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	size_t i;

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(count * sizeof(int));
	for (i = 0; i < count; i++)
		memcpy(CMSG_DATA(cmsg) + i * sizeof(int), &pair[1],
		    sizeof(int));
	ck_assert_int_eq(sendmsg(pair[1], &msg, 0), 1);
}

/* The lowest free number shows whether one stayed open. */
static int
lowest_free(void)
{
	int fd = dup(pair[0]);

	close(fd);
	return fd;
}

static const size_t descriptor_counts[] = { 0, 1, 2, 31, 32, 33, 64 };

START_TEST(descriptors_sent_along_are_closed)
{
	struct peer peer;
	char bytes[8];
	int before;

	ck_assert_int_eq(peer_pass_credentials(pair[0]), 0);
	before = lowest_free();
	if (descriptor_counts[_i] == 0)
		ck_assert_int_eq(send(pair[1], "x", 1, 0), 1);
	else
		send_descriptors(descriptor_counts[_i]);
	ck_assert_int_eq(peer_receive(pair[0], bytes, sizeof(bytes), &peer),
	    1);
	ck_assert_int_eq(peer.pid, getpid());
	ck_assert_int_eq(lowest_free(), before);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("peer");
	TCase *tcase = tcase_create("sockets");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_socket_names_its_peer);
	tcase_add_test(tcase, what_has_no_peer_is_refused);
	tcase_add_test(tcase, a_datagram_names_its_sender);
	tcase_add_test(tcase, a_socket_that_passes_none_says_so);
	tcase_add_test(tcase, every_length_up_to_the_size_is_received);
	tcase_add_test(tcase, a_longer_datagram_is_discarded);
	tcase_add_test(tcase, an_empty_socket_does_not_block);
	tcase_add_test(tcase, the_end_is_zero);
	tcase_add_loop_test(tcase, descriptors_sent_along_are_closed, 0,
	    (int)(sizeof(descriptor_counts) / sizeof(descriptor_counts[0])));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
