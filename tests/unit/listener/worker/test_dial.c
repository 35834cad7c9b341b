/* SPDX-License-Identifier: ISC */
/*
 * test_dial: requests to the dialer and what becomes of them; the test plays
 * the dialer's end of the channel.
 * Runs in: make check.
 */
#include "listener/worker/dial.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct event_base *base;
static struct dial dial;
static int dialer;	/* the other end */

/* What a request's answer was. */
struct asker {
	struct dial_request request;
	int answers, fd, error;
	char address[DIALWIRE_ADDRESS_MAX + 1];
};

static void
on_answer(struct dial_request *request, int fd, int error, const char *address)
{
	struct asker *asker = (struct asker *)(void *)request;

	asker->answers++;
	asker->fd = fd;
	asker->error = error;
	(void)strncpy(asker->address, address, DIALWIRE_ADDRESS_MAX);
}

static int
open_pair(int *out_ours)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
	    pair), 0);
	*out_ours = pair[0];
	return pair[1];
}

static void
set_up(void)
{
	int ours;

	(void)signal(SIGPIPE, SIG_IGN);
	base = event_base_new();
	dialer = open_pair(&ours);
	memset(&dial, 0, sizeof(dial));
	dial_open(&dial, base, ours);
}

static void
turn(void)
{
	ck_assert_int_ge(event_base_loop(base, EVLOOP_NONBLOCK), 0);
}

/* Takes the next message that the dialer would see; false if there is none. */
static bool
receive(struct dialwire_message *out)
{
	unsigned char bytes[DIALWIRE_MESSAGE_MAX];
	ssize_t n = recv(dialer, bytes, sizeof(bytes), 0);

	if (n <= 0)
		return false;
	ck_assert_int_eq(dialwire_decode(bytes, (size_t)n, out), 0);
	return true;
}

static void
reply(uint64_t id, uint32_t error, int fd)
{
	struct dialwire_message message = { .type = DIALWIRE_REPLY,
	    .route = DIALWIRE_BACKEND, .id = id, .error = error,
	    .address = "127.0.0.1:5432" };
	unsigned char bytes[DIALWIRE_MESSAGE_MAX];
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { .iov_base = bytes };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;

	iov.iov_len = dialwire_encode(&message, bytes, sizeof(bytes));
	if (fd != -1) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	}
	ck_assert_int_gt(sendmsg(dialer, &msg, 0), 0);
}

START_TEST(test_a_connected_socket_reaches_its_asker)
{
	struct asker asker = { .fd = -2 };
	struct dialwire_message message;

	dial_start(&dial, &asker.request, DIALWIRE_BACKEND, on_answer);
	ck_assert(receive(&message));
	ck_assert_uint_eq(message.type, DIALWIRE_DIAL);
	ck_assert_uint_eq(message.route, DIALWIRE_BACKEND);
	reply(message.id, 0, STDERR_FILENO);
	turn();
	ck_assert_int_eq(asker.answers, 1);
	ck_assert_int_ge(asker.fd, 0);
	ck_assert_int_eq(asker.request.state, DIAL_IDLE);
	(void)close(asker.fd);
}
END_TEST

START_TEST(test_a_failure_comes_with_the_address_tried)
{
	struct asker asker = { .fd = -2 };
	struct dialwire_message message;

	dial_start(&dial, &asker.request, DIALWIRE_BACKEND, on_answer);
	ck_assert(receive(&message));
	reply(message.id, ECONNREFUSED, -1);
	turn();
	ck_assert_int_eq(asker.fd, -1);
	ck_assert_int_eq(asker.error, ECONNREFUSED);
	ck_assert_str_eq(asker.address, "127.0.0.1:5432");
}
END_TEST

START_TEST(test_success_without_a_socket_is_a_failure)
{
	struct asker asker = { .fd = -2 };
	struct dialwire_message message;

	dial_start(&dial, &asker.request, DIALWIRE_BACKEND, on_answer);
	ck_assert(receive(&message));
	reply(message.id, 0, -1);
	turn();
	ck_assert_int_eq(asker.fd, -1);
	ck_assert_int_eq(asker.error, EMFILE);
}
END_TEST

START_TEST(test_an_abandoned_request_is_not_answered)
{
	struct asker asker = { .fd = -2 };
	struct dialwire_message message;

	dial_start(&dial, &asker.request, DIALWIRE_BACKEND, on_answer);
	ck_assert(receive(&message));
	dial_abandon(&dial, &asker.request);
	reply(message.id, 0, STDERR_FILENO);
	turn();
	ck_assert_int_eq(asker.answers, 0);
	ck_assert(receive(&message));
	ck_assert_uint_eq(message.type, DIALWIRE_ABANDON);
	dial_abandon(&dial, &asker.request);
	ck_assert(!receive(&message));
}
END_TEST

START_TEST(test_no_more_than_the_bound_are_with_the_dialer)
{
	static struct asker askers[DIALWIRE_PENDING_MAX + 2];
	struct dialwire_message message;
	uint64_t first = 0;
	int i, sent = 0;

	for (i = 0; i < DIALWIRE_PENDING_MAX + 2; i++)
		dial_start(&dial, &askers[i].request, DIALWIRE_BACKEND,
		    on_answer);
	for (; receive(&message); sent++)
		if (sent == 0)
			first = message.id;
	ck_assert_int_eq(sent, DIALWIRE_PENDING_MAX);
	reply(first, ECONNREFUSED, -1);
	turn();
	ck_assert_int_eq(askers[0].answers, 1);
	ck_assert(receive(&message));
	ck_assert(!receive(&message));
}
END_TEST

START_TEST(test_a_new_dialer_gets_what_the_old_one_owed)
{
	struct asker askers[2] = { { .fd = -2 }, { .fd = -2 } };
	struct dialwire_message message;
	int ours;

	dial_start(&dial, &askers[0].request, DIALWIRE_BACKEND, on_answer);
	(void)close(dialer);
	turn();
	ck_assert_int_eq(dial.fd, -1);
	dial_start(&dial, &askers[1].request, DIALWIRE_KEY, on_answer);
	dialer = open_pair(&ours);
	dial_replace(&dial, ours);
	ck_assert(receive(&message));
	ck_assert_uint_eq(message.route, DIALWIRE_BACKEND);
	reply(message.id, ENOENT, -1);
	ck_assert(receive(&message));
	ck_assert_uint_eq(message.route, DIALWIRE_KEY);
	turn();
	ck_assert_int_eq(askers[0].error, ENOENT);
	ck_assert_int_eq(askers[1].answers, 0);
}
END_TEST

START_TEST(test_a_malformed_reply_costs_the_dialer_its_channel)
{
	struct asker asker = { .fd = -2 };

	dial_start(&dial, &asker.request, DIALWIRE_BACKEND, on_answer);
	ck_assert_int_eq(send(dialer, "nonsense", 8, 0), 8);
	turn();
	ck_assert_int_eq(dial.fd, -1);
	ck_assert_int_eq(asker.request.state, DIAL_QUEUED);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dial");
	TCase *tcase = tcase_create("dial");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, test_a_connected_socket_reaches_its_asker);
	tcase_add_test(tcase, test_a_failure_comes_with_the_address_tried);
	tcase_add_test(tcase, test_success_without_a_socket_is_a_failure);
	tcase_add_test(tcase, test_an_abandoned_request_is_not_answered);
	tcase_add_test(tcase, test_no_more_than_the_bound_are_with_the_dialer);
	tcase_add_test(tcase, test_a_new_dialer_gets_what_the_old_one_owed);
	tcase_add_test(tcase,
	    test_a_malformed_reply_costs_the_dialer_its_channel);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
