/* SPDX-License-Identifier: ISC */
/*
 * test_control: real clients of a control socket: who is heard, what is
 * answered, and that no client holds up the loop.
 * Runs in: make check.
 */
#include "common/control.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log.h"

#define STRANGER 64203
#define WAIT_MS 10000

static char base[] = "/tmp/postern-test-control.XXXXXX";
static char path[CONTROL_PATH_MAX];
static struct control control;
static struct fault fault;
static struct ctlwire_request asked;	/* the last one */
static uint64_t asked_by, gone;
static int requests;

static void
on_request(void *arg, uint64_t id, const struct ctlwire_request *request)
{
	ck_assert_ptr_eq(arg, base);
	asked = *request;
	asked_by = id;
	requests++;
}

static void
on_gone(void *arg, uint64_t id)
{
	ck_assert_ptr_eq(arg, base);
	gone = id;
}

static const struct control_calls calls = { on_request, on_gone, base };

static void
open_control(void)
{
	ck_assert_ptr_nonnull(mkdtemp(base));
	ck_assert_int_eq(chmod(base, 0755), 0);
	snprintf(path, sizeof(path), "%s/keyd.control", base);
	ck_assert_msg(control_open(base, CONTROL_KEYD, &calls, &control,
	    &fault) == 0, "%s", fault.what);
	log_open("test");
}

static void
close_control(void)
{
	control_close(&control);
	ck_assert_int_eq(access(path, F_OK), -1);
	ck_assert_int_eq(rmdir(base), 0);
}

/* Turns as often as something is there, wait_ms at most for the first. */
static void
turn(int wait_ms)
{
	struct pollfd polled[CONTROL_POLL_MAX];

	for (control_watch(&control, polled);
	    poll(polled, CONTROL_POLL_MAX, wait_ms) > 0;
	    control_watch(&control, polled)) {
		control_turn(&control, polled);
		wait_ms = 0;
	}
}

static int
connect_client(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	ck_assert_int_ne(fd, -1);
	memcpy(addr.sun_path, path, strlen(path) + 1);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)),
	    0);
	return fd;
}

static void
ask(int fd, enum ctlwire_verb verb)
{
	struct ctlwire_request request;

	ctlwire_begin_request(verb, &request);
	ck_assert_int_eq(send(fd, &request, sizeof(request), 0),
	    sizeof(request));
	turn(WAIT_MS);
}

/* One answer that is there; false at the connection's end. */
static bool
take(int fd, struct ctlwire_answer *out)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	ssize_t n;

	ck_assert_int_eq(poll(&polled, 1, WAIT_MS), 1);
	n = recv(fd, out, sizeof(*out), 0);
	if (n <= 0)
		return false;
	ck_assert_int_eq(n, sizeof(*out));
	return true;
}

START_TEST(the_socket_is_its_owners_alone)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(a_request_gets_its_answers)
{
	struct ctlwire_answer answer;
	struct fault text = { 0 };
	int fd = connect_client();

	ask(fd, CTLWIRE_RELOAD);
	ck_assert_int_eq(requests, 1);
	ck_assert_int_eq(asked.verb, CTLWIRE_RELOAD);
	fault_set(&text, "what");
	fault_detail(&text, "Detail.");
	fault_hint(&text, "Hint.");
	ck_assert_int_eq(control_tell(&control, asked_by, &text), 0);
	ck_assert_int_eq(control_done(&control, asked_by, 12), 0);
	ck_assert(take(fd, &answer));
	ck_assert_int_eq(answer.result, CTLWIRE_MORE);
	ck_assert_str_eq(answer.text.what, "what");
	ck_assert_str_eq(answer.text.detail, "Detail.");
	ck_assert_str_eq(answer.text.hint, "Hint.");
	ck_assert(take(fd, &answer));
	ck_assert_int_eq(answer.result, CTLWIRE_DONE);
	ck_assert_uint_eq(answer.generation, 12);
	/* And again. */
	ask(fd, CTLWIRE_STATUS);
	ck_assert_int_eq(requests, 2);
	ck_assert_int_eq(control_fail(&control, asked_by, &text), 0);
	ck_assert(take(fd, &answer));
	ck_assert_int_eq(answer.result, CTLWIRE_FAILED);
	close(fd);
}
END_TEST

START_TEST(an_answer_may_bring_a_descriptor)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} space;
	struct ctlwire_answer answer;
	struct iovec iov = { &answer, sizeof(answer) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = space.bytes,
		.msg_controllen = sizeof(space.bytes) };
	int fd = connect_client(), ends[2], passed;

	ask(fd, CTLWIRE_ROTATE);
	ck_assert_int_eq(pipe(ends), 0);
	ctlwire_begin_answer(CTLWIRE_DONE, &answer);
	ck_assert_int_eq(control_answer(&control, asked_by, &answer, ends[1]),
	    0);
	ck_assert_int_eq(recvmsg(fd, &msg, 0), sizeof(answer));
	ck_assert_ptr_nonnull(CMSG_FIRSTHDR(&msg));
	memcpy(&passed, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(passed));
	ck_assert_int_eq(write(passed, "x", 1), 1);
	ck_assert_int_eq(read(ends[0], &answer, 1), 1);
	close(fd);
}
END_TEST

START_TEST(who_leaves_is_told_of_and_answered_no_more)
{
	int fd = connect_client();

	ask(fd, CTLWIRE_RELOAD);
	close(fd);
	turn(WAIT_MS);
	ck_assert_uint_eq(gone, asked_by);
	ck_assert_int_eq(control_done(&control, asked_by, 1), -1);
}
END_TEST

START_TEST(nonsense_is_refused_in_words)
{
	struct ctlwire_request request;
	struct ctlwire_answer answer;
	int fd = connect_client();

	ctlwire_begin_request(CTLWIRE_RELOAD, &request);
	ck_assert_int_eq(send(fd, &request, 100, 0), 100);
	turn(WAIT_MS);
	ck_assert(take(fd, &answer));
	ck_assert_int_eq(answer.result, CTLWIRE_FAILED);
	request.version++;
	ck_assert_int_eq(send(fd, &request, sizeof(request), 0),
	    sizeof(request));
	turn(WAIT_MS);
	ck_assert(take(fd, &answer));
	ck_assert_int_eq(answer.result, CTLWIRE_FAILED);
	ck_assert_ptr_nonnull(strstr(answer.text.what, "different versions"));
	ck_assert_int_eq(requests, 0);
	close(fd);
}
END_TEST

START_TEST(a_second_request_before_the_answer_ends_the_connection)
{
	struct ctlwire_answer answer;
	int fd = connect_client();

	ask(fd, CTLWIRE_RELOAD);
	ask(fd, CTLWIRE_RELOAD);
	ck_assert_int_eq(requests, 1);
	ck_assert_uint_eq(gone, asked_by);
	ck_assert(!take(fd, &answer));
	close(fd);
}
END_TEST

START_TEST(one_that_does_not_read_is_closed_and_never_waited_for)
{
	struct fault text = { 0 };
	int fd = connect_client(), told;

	ask(fd, CTLWIRE_RELOAD);
	for (told = 0; control_tell(&control, asked_by, &text) == 0; told++)
		ck_assert_int_lt(told, 100000);
	ck_assert_int_gt(told, 10);
	ck_assert_int_eq(control_done(&control, asked_by, 0), -1);
	close(fd);
}
END_TEST

START_TEST(the_idlest_makes_room_and_none_that_waits)
{
	int fds[CONTROL_CONNECTIONS_MAX], last, i;
	struct ctlwire_answer answer;

	for (i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
		fds[i] = connect_client();
		if (i > 0)
			ask(fds[i], CTLWIRE_RELOAD);
		else
			turn(WAIT_MS);
	}
	last = connect_client();
	ask(last, CTLWIRE_RELOAD);
	ck_assert_int_eq(requests, CONTROL_CONNECTIONS_MAX);
	ck_assert(!take(fds[0], &answer));
	/* Now all wait for answers: who comes is turned away. */
	i = connect_client();
	turn(WAIT_MS);
	ck_assert(!take(i, &answer));
	ck_assert_int_eq(control_done(&control, asked_by, 3), 0);
	ck_assert(take(last, &answer));
}
END_TEST

/* As root, so that the mode does not stop the stranger. */
START_TEST(another_user_is_not_heard)
{
	pid_t pid;
	int status, fd;
	char byte;

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chmod(path, 0666), 0);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		if (setuid(STRANGER) == -1)
			_exit(2);
		fd = connect_client();
		_exit(recv(fd, &byte, 1, 0) == 0 ? 0 : 1);
	}
	turn(WAIT_MS);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(requests, 0);
}
END_TEST

START_TEST(an_empty_one_is_accepted_everywhere)
{
	struct control empty = { 0 };
	struct pollfd polled[CONTROL_POLL_MAX];
	int i;

	control_watch(&empty, polled);
	for (i = 0; i < CONTROL_POLL_MAX; i++)
		ck_assert_int_eq(polled[i].fd, -1);
	ck_assert_int_eq(control_done(&empty, 0, 0), -1);
	control_close(&empty);
}
END_TEST

START_TEST(a_name_that_is_too_long_is_said)
{
	char name[CONTROL_PATH_MAX + 1];
	struct control other = { 0 };

	memset(name, 'x', sizeof(name) - 1);
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	ck_assert_int_eq(control_open(name, CONTROL_KEYD, &calls, &other,
	    &fault), -1);
	ck_assert_ptr_nonnull(strstr(fault.what, "too long a name"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("control");
	TCase *tcase = tcase_create("socket");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, open_control, close_control);
	tcase_add_test(tcase, the_socket_is_its_owners_alone);
	tcase_add_test(tcase, a_request_gets_its_answers);
	tcase_add_test(tcase, an_answer_may_bring_a_descriptor);
	tcase_add_test(tcase, who_leaves_is_told_of_and_answered_no_more);
	tcase_add_test(tcase, nonsense_is_refused_in_words);
	tcase_add_test(tcase,
	    a_second_request_before_the_answer_ends_the_connection);
	tcase_add_test(tcase,
	    one_that_does_not_read_is_closed_and_never_waited_for);
	tcase_add_test(tcase, the_idlest_makes_room_and_none_that_waits);
	tcase_add_test(tcase, another_user_is_not_heard);
	tcase_add_test(tcase, an_empty_one_is_accepted_everywhere);
	tcase_add_test(tcase, a_name_that_is_too_long_is_said);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
