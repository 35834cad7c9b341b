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
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COPIES_MAX 6	/* more than dial.c has room for */
#define DESCRIPTORS_MAX 256
#define BACKENDS_MAX (DIALWIRE_PENDING_MAX - 1)	/* one place is keyd's */

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

static int losses;

static void
on_lost(const struct dial *lost)
{
	ck_assert_ptr_eq(lost, &dial);
	losses++;
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
	losses = 0;
	dial_open(&dial, base, ours, on_lost);
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

/* With so many copies of fd beside it (0 for none), as SCM_RIGHTS. */
static void
reply_with(uint64_t id, uint32_t error, int fd, size_t copies)
{
	struct dialwire_message message = { .type = DIALWIRE_REPLY,
	    .route = DIALWIRE_BACKEND, .id = id, .error = error,
	    .address = "127.0.0.1:5432" };
	unsigned char bytes[DIALWIRE_MESSAGE_MAX];
	char control[CMSG_SPACE(COPIES_MAX * sizeof(int))] = { 0 };
	struct iovec iov = { .iov_base = bytes };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;
	size_t i;

	iov.iov_len = dialwire_encode(&message, bytes, sizeof(bytes));
	if (copies > 0) {
		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(copies * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(copies * sizeof(int));
		for (i = 0; i < copies; i++)
			memcpy(CMSG_DATA(cmsg) + i * sizeof(int), &fd,
			    sizeof(fd));
	}
	ck_assert_int_gt(sendmsg(dialer, &msg, 0), 0);
}

static void
reply(uint64_t id, uint32_t error, int fd)
{
	reply_with(id, error, fd, fd == -1 ? 0 : 1);
}

static int
count_descriptors(void)
{
	int fd, count = 0;

	for (fd = 0; fd < DESCRIPTORS_MAX; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			count++;
	return count;
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
	dial_abandon(&asker.request);
	reply(message.id, 0, STDERR_FILENO);
	turn();
	ck_assert_int_eq(asker.answers, 0);
	ck_assert(receive(&message));
	ck_assert_uint_eq(message.type, DIALWIRE_ABANDON);
	dial_abandon(&asker.request);
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
	ck_assert_int_eq(sent, BACKENDS_MAX);
	reply(first, ECONNREFUSED, -1);
	turn();
	ck_assert_int_eq(askers[0].answers, 1);
	ck_assert(receive(&message));
	ck_assert(!receive(&message));
}
END_TEST

START_TEST(test_keyd_does_not_wait_behind_a_dead_server)
{
	static struct asker askers[BACKENDS_MAX + 2];
	struct asker keyd = { .fd = -2 };
	struct dialwire_message message;
	int i;

	for (i = 0; i < BACKENDS_MAX + 2; i++)
		dial_start(&dial, &askers[i].request, DIALWIRE_BACKEND,
		    on_answer);
	while (receive(&message))
		ck_assert_uint_eq(message.route, DIALWIRE_BACKEND);
	dial_start(&dial, &keyd.request, DIALWIRE_KEY, on_answer);
	ck_assert(receive(&message));
	ck_assert_uint_eq(message.route, DIALWIRE_KEY);
	/* keyd's place is nobody else's. */
	reply(message.id, ENOENT, -1);
	turn();
	ck_assert_int_eq(keyd.answers, 1);
	ck_assert(!receive(&message));
}
END_TEST

START_TEST(test_keyd_goes_first_while_the_dialer_is_replaced)
{
	struct asker backend = { .fd = -2 }, keyd = { .fd = -2 };
	struct dialwire_message message;
	int ours;

	(void)close(dialer);
	turn();
	dial_start(&dial, &backend.request, DIALWIRE_BACKEND, on_answer);
	dial_start(&dial, &keyd.request, DIALWIRE_KEY, on_answer);
	dialer = open_pair(&ours);
	dial_replace(&dial, ours);
	ck_assert(receive(&message));
	ck_assert_uint_eq(message.route, DIALWIRE_KEY);
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
	dial_start(&dial, &askers[1].request, DIALWIRE_BACKEND, on_answer);
	dialer = open_pair(&ours);
	dial_replace(&dial, ours);
	ck_assert(receive(&message));
	ck_assert_uint_eq(message.id, askers[0].request.id);
	reply(message.id, ENOENT, -1);
	ck_assert(receive(&message));
	ck_assert_uint_eq(message.id, askers[1].request.id);
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

START_TEST(test_more_than_one_descriptor_is_malformed_and_closed)
{
	static const size_t copies[] = { 2, 4, COPIES_MAX };
	struct asker asker = { .fd = -2 };
	struct dialwire_message message;
	int before;

	dial_start(&dial, &asker.request, DIALWIRE_BACKEND, on_answer);
	ck_assert(receive(&message));
	before = count_descriptors();
	reply_with(message.id, 0, STDERR_FILENO, copies[_i]);
	turn();
	ck_assert_int_eq(asker.answers, 0);
	ck_assert_int_eq(dial.fd, -1);
	ck_assert_int_eq(count_descriptors(), before - 1);	/* the channel */
}
END_TEST

START_TEST(test_a_reply_that_is_too_long_is_malformed)
{
	struct dialwire_message message = { .type = DIALWIRE_REPLY,
	    .route = DIALWIRE_BACKEND, .id = 1 };
	unsigned char bytes[DIALWIRE_MESSAGE_MAX + 8] = { 0 };
	struct asker asker = { .fd = -2 };

	dial_start(&dial, &asker.request, DIALWIRE_BACKEND, on_answer);
	memset(message.address, 'x', DIALWIRE_ADDRESS_MAX);
	ck_assert_uint_eq(dialwire_encode(&message, bytes, sizeof(bytes)),
	    DIALWIRE_MESSAGE_MAX);
	ck_assert_int_eq(send(dialer, bytes, DIALWIRE_MESSAGE_MAX + 1, 0),
	    DIALWIRE_MESSAGE_MAX + 1);
	turn();
	ck_assert_int_eq(asker.answers, 0);
	ck_assert_int_eq(dial.fd, -1);
}
END_TEST

START_TEST(test_a_lost_dialer_is_asked_for_once)
{
	int ours, waiting;

	(void)close(dialer);
	turn();
	ck_assert_int_eq(dial.fd, -1);
	/* Ends when no event is left: none asks again. */
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(losses, 1);
	waiting = open_pair(&ours);
	dial_replace(&dial, ours);
	(void)close(waiting);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_eq(losses, 2);
}
END_TEST

START_TEST(test_a_dialer_that_is_soon_replaced_is_not_asked_for)
{
	int ours;

	(void)close(dialer);
	turn();
	dialer = open_pair(&ours);
	dial_replace(&dial, ours);
	ck_assert(!event_pending(&dial.lost, EV_TIMEOUT, NULL));
	ck_assert_int_eq(losses, 0);
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
	tcase_add_test(tcase, test_keyd_does_not_wait_behind_a_dead_server);
	tcase_add_test(tcase,
	    test_keyd_goes_first_while_the_dialer_is_replaced);
	tcase_add_test(tcase, test_a_new_dialer_gets_what_the_old_one_owed);
	tcase_add_test(tcase,
	    test_a_malformed_reply_costs_the_dialer_its_channel);
	tcase_add_loop_test(tcase,
	    test_more_than_one_descriptor_is_malformed_and_closed, 0, 3);
	tcase_add_test(tcase, test_a_reply_that_is_too_long_is_malformed);
	tcase_add_test(tcase, test_a_lost_dialer_is_asked_for_once);
	tcase_add_test(tcase,
	    test_a_dialer_that_is_soon_replaced_is_not_asked_for);
	tcase_set_timeout(tcase, 30);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
