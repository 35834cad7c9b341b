/* SPDX-License-Identifier: ISC */
/*
 * test_dialer: the real program, started with its handoff as the supervisor
 * starts it: it connects where it may, says why it cannot, and forgets what is
 * abandoned.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/child.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/report.h"
#include "common/wire/dialwire.h"
#include "listener/handoff.h"

#define DEADLINE_MS 10000	/* for what must happen */
#define QUIET_MS 100		/* for what must not */
#define CHANNELS_MANY 20000	/* more than its limit of files */

static char dir[] = "/tmp/test_dialer.XXXXXX";
static struct handoff_dialer handoff;
static struct child dialer;
static struct fault fault;
static int channel;		/* a worker's end */
static struct dialwire_message reply;

static void
set_unix(struct handoff_address *out, const char *name)
{
	struct sockaddr_un *addr = (struct sockaddr_un *)&out->addr;

	memset(out, 0, sizeof(*out));
	addr->sun_family = AF_UNIX;
	snprintf(addr->sun_path, sizeof(addr->sun_path), "%s/%s", dir, name);
	out->len = sizeof(*addr);
}

static int
listen_unix(const char *name, int type, int backlog)
{
	struct handoff_address address;
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	set_unix(&address, name);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address.addr,
	    address.len), 0);
	ck_assert_int_eq(chmod(((struct sockaddr_un *)
	    &address.addr)->sun_path, 0777), 0);
	ck_assert_int_eq(listen(fd, backlog), 0);
	return fd;
}

/* Bound to a free port of the loopback, which a caller may listen on. */
static int
bind_tcp(struct handoff_address *out)
{
	struct sockaddr_in *addr = (struct sockaddr_in *)&out->addr;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memset(out, 0, sizeof(*out));
	addr->sin_family = AF_INET;
	addr->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	out->len = sizeof(*addr);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)addr, out->len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)addr, &out->len),
	    0);
	return fd;
}

static void
setup(void)
{
	strcpy(strrchr(dir, '.'), ".XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	chmod(dir, 0755);
	memset(&handoff, 0, sizeof(handoff));
	handoff.magic = HANDOFF_MAGIC;
	handoff.connect_timeout_ms = DEADLINE_MS;
	handoff.user.change_user = geteuid() == 0;
	handoff.user.uid = handoff.user.gid = 64201;
	child_init(&dialer, "listener-dialer");
	channel = -1;
}

static void
teardown(void)
{
	char command[128];

	if (channel != -1)
		close(channel);
	child_stop(&dialer, DEADLINE_MS);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static int
open_channel(void)
{
	struct report report = { .type = REPORT_DESCRIPTOR };
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    pair), 0);
	ck_assert_int_eq(report_send(dialer.channel, &report, pair[1]), 0);
	close(pair[1]);
	return pair[0];
}

/* Starts it with the handoff, and with one worker's channel. */
static void
start(void)
{
	int memory = memfd_create("handoff", MFD_CLOEXEC);
	struct spawn_options options = { .program = DIALER,
		.title = "dialer of a test", .fds = &memory, .fds_len = 1 };
	struct report report;

	ck_assert_int_eq(write(memory, &handoff, sizeof(handoff)),
	    sizeof(handoff));
	ck_assert_msg(child_start(&dialer, &options, &fault) == 0, "%s",
	    fault.what);
	close(memory);
	ck_assert_msg(child_await(&dialer, DEADLINE_MS, &report, &fault) == 0,
	    "%s", fault.what);
	ck_assert_int_eq(report.type, REPORT_READY);
	channel = open_channel();
}

static void
ask(enum dialwire_type type, enum dialwire_route route, uint64_t id)
{
	struct dialwire_message message = { .type = (uint8_t)type,
		.route = (uint8_t)route, .id = id };
	unsigned char bytes[DIALWIRE_MESSAGE_MAX];
	size_t len = dialwire_encode(&message, bytes, sizeof(bytes));

	ck_assert_uint_gt(len, 0);
	ck_assert_int_eq(send(channel, bytes, len, MSG_NOSIGNAL), (int)len);
}

/* Fills reply; returns the descriptor that came with it, or -1. */
static int
await_reply(void)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	unsigned char bytes[DIALWIRE_MESSAGE_MAX];
	struct iovec iov = { .iov_base = bytes, .iov_len = sizeof(bytes) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	struct pollfd pfd = { .fd = channel, .events = POLLIN };
	struct cmsghdr *cmsg;
	ssize_t n;
	int fd = -1;

	ck_assert_int_eq(poll(&pfd, 1, DEADLINE_MS), 1);
	n = recvmsg(channel, &msg, MSG_CMSG_CLOEXEC);
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(dialwire_decode(bytes, (size_t)n, &reply), 0);
	ck_assert_int_eq(reply.type, DIALWIRE_REPLY);
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg != NULL)
		memcpy(&fd, CMSG_DATA(cmsg), sizeof(int));
	return fd;
}

static bool
is_quiet(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, QUIET_MS) == 0;
}

/* What is written to one arrives at the other. */
static void
assert_connected(int fd, int listening)
{
	int peer = accept(listening, NULL, NULL);
	char byte = '\0';

	ck_assert_int_ne(peer, -1);
	ck_assert_int_eq(send(fd, "x", 1, 0), 1);
	ck_assert_int_eq(recv(peer, &byte, 1, 0), 1);
	ck_assert_int_eq(byte, 'x');
	close(peer);
	close(fd);
}

START_TEST(test_connects_to_a_unix_socket)
{
	int listening = listen_unix("s", SOCK_STREAM, 5), fd;
	char path[64];

	handoff.backend_len = 1;
	set_unix(&handoff.backend[0], "s");
	start();
	ask(DIALWIRE_DIAL, DIALWIRE_BACKEND, 7);
	fd = await_reply();
	snprintf(path, sizeof(path), "%s/s", dir);
	ck_assert_uint_eq(reply.error, 0);
	ck_assert_uint_eq(reply.id, 7);
	ck_assert_str_eq(reply.address, path);
	assert_connected(fd, listening);
	close(listening);
}
END_TEST

static int
tcp_option(int fd, int level, int option)
{
	socklen_t len = sizeof(int);
	int value = -1;

	ck_assert_int_eq(getsockopt(fd, level, option, &value, &len), 0);
	return value;
}

START_TEST(test_connects_by_tcp_with_its_options)
{
	int listening = bind_tcp(&handoff.backend[0]), fd;
	char text[64];

	listen(listening, 5);
	handoff.backend_len = 1;
	handoff.tcp_keepalives_idle = 77;
	handoff.tcp_user_timeout = 5000;
	start();
	ask(DIALWIRE_DIAL, DIALWIRE_BACKEND, 1);
	fd = await_reply();
	ck_assert_uint_eq(reply.error, 0);
	snprintf(text, sizeof(text), "127.0.0.1:%d", ntohs(
	    ((struct sockaddr_in *)&handoff.backend[0].addr)->sin_port));
	ck_assert_str_eq(reply.address, text);
	ck_assert_int_eq(tcp_option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
	ck_assert_int_eq(tcp_option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	ck_assert_int_eq(tcp_option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 77);
	ck_assert_int_eq(tcp_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 5000);
	assert_connected(fd, listening);
	close(listening);
}
END_TEST

START_TEST(test_says_what_refused_it)
{
	int bound = bind_tcp(&handoff.backend[0]);

	handoff.backend_len = 1;
	start();
	ask(DIALWIRE_DIAL, DIALWIRE_BACKEND, 2);
	ck_assert_int_eq(await_reply(), -1);
	ck_assert_uint_eq(reply.error, ECONNREFUSED);
	ck_assert_uint_eq(reply.id, 2);
	close(bound);
}
END_TEST

START_TEST(test_says_what_is_absent)
{
	handoff.backend_len = 1;
	set_unix(&handoff.backend[0], "nothing");
	start();
	ask(DIALWIRE_DIAL, DIALWIRE_BACKEND, 3);
	ck_assert_int_eq(await_reply(), -1);
	ck_assert_uint_eq(reply.error, ENOENT);
	ck_assert_ptr_nonnull(strstr(reply.address, "/nothing"));
	/* ssl off: no key socket. */
	ask(DIALWIRE_DIAL, DIALWIRE_KEY, 4);
	ck_assert_int_eq(await_reply(), -1);
	ck_assert_uint_eq(reply.error, ENOENT);
	ck_assert_str_eq(reply.address, "");
}
END_TEST

START_TEST(test_tries_addresses_in_their_order)
{
	int bound = bind_tcp(&handoff.backend[1]), listening, fd;

	listening = listen_unix("second", SOCK_STREAM, 5);
	handoff.backend_len = 3;
	set_unix(&handoff.backend[0], "first");
	set_unix(&handoff.backend[2], "second");
	start();
	ask(DIALWIRE_DIAL, DIALWIRE_BACKEND, 5);
	fd = await_reply();
	ck_assert_uint_eq(reply.error, 0);
	ck_assert_ptr_nonnull(strstr(reply.address, "/second"));
	assert_connected(fd, listening);
	close(listening);
	close(bound);
}
END_TEST

START_TEST(test_connects_to_the_key_socket)
{
	int listening = listen_unix("key", SOCK_SEQPACKET, 5), fd;

	set_unix(&handoff.key, "key");
	start();
	ask(DIALWIRE_DIAL, DIALWIRE_KEY, 6);
	fd = await_reply();
	ck_assert_uint_eq(reply.error, 0);
	ck_assert_int_eq(tcp_option(fd, SOL_SOCKET, SO_TYPE), SOCK_SEQPACKET);
	assert_connected(fd, listening);
	/* The other route has no address here. */
	ask(DIALWIRE_DIAL, DIALWIRE_BACKEND, 7);
	ck_assert_int_eq(await_reply(), -1);
	close(listening);
}
END_TEST

/* A queue of one (backlog 0) that is full. */
static int
fill_queue(const char *name, int *out_filler)
{
	int listening = listen_unix(name, SOCK_STREAM, 0);
	struct handoff_address address;

	set_unix(&address, name);
	*out_filler = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(*out_filler, (struct sockaddr *)&address.addr,
	    address.len), 0);
	return listening;
}

START_TEST(test_waits_for_room_in_a_full_queue)
{
	int filler, listening = fill_queue("s", &filler), fd;

	handoff.backend_len = 1;
	set_unix(&handoff.backend[0], "s");
	start();
	ask(DIALWIRE_DIAL, DIALWIRE_BACKEND, 8);
	ck_assert(is_quiet(channel));
	close(accept(listening, NULL, NULL));
	fd = await_reply();
	ck_assert_uint_eq(reply.error, 0);
	assert_connected(fd, listening);
	close(filler);
	close(listening);
}
END_TEST

START_TEST(test_gives_up_at_its_deadline)
{
	int filler, listening = fill_queue("s", &filler);

	handoff.connect_timeout_ms = 200;
	handoff.backend_len = 1;
	set_unix(&handoff.backend[0], "s");
	start();
	ask(DIALWIRE_DIAL, DIALWIRE_BACKEND, 9);
	ck_assert_int_eq(await_reply(), -1);
	ck_assert_uint_eq(reply.error, EAGAIN);
	close(filler);
	close(listening);
}
END_TEST

START_TEST(test_forgets_what_is_abandoned)
{
	int filler, listening = fill_queue("s", &filler), fd;

	handoff.backend_len = 1;
	set_unix(&handoff.backend[0], "s");
	start();
	ask(DIALWIRE_DIAL, DIALWIRE_BACKEND, 10);
	ck_assert(is_quiet(channel));
	ask(DIALWIRE_ABANDON, DIALWIRE_BACKEND, 10);
	ask(DIALWIRE_ABANDON, DIALWIRE_BACKEND, 999);	/* never asked for */
	ck_assert(is_quiet(channel));
	close(accept(listening, NULL, NULL));
	ck_assert(is_quiet(listening));		/* nobody comes */
	ask(DIALWIRE_DIAL, DIALWIRE_BACKEND, 11);
	fd = await_reply();
	ck_assert_uint_eq(reply.id, 11);
	assert_connected(fd, listening);
	close(filler);
	close(listening);
}
END_TEST

START_TEST(test_a_broken_worker_loses_its_own_channel_alone)
{
	static const struct {
		const char *proves;
		size_t len;
	} broken[] = {
		{ "a datagram of one byte", 1 },
		{ "zeroes", DIALWIRE_REQUEST_LEN },
		{ "one that is too long", DIALWIRE_MESSAGE_MAX + 40 },
	};
	static const unsigned char zeroes[DIALWIRE_MESSAGE_MAX + 40];
	int listening = listen_unix("s", SOCK_STREAM, 5), fd;
	struct pollfd pfd = { .events = POLLIN };
	char byte;

	handoff.backend_len = 1;
	set_unix(&handoff.backend[0], "s");
	handoff.log_min_messages = 4;	/* its warning is expected */
	start();
	pfd.fd = open_channel();
	ck_assert_int_eq(send(pfd.fd, zeroes, broken[_i].len, MSG_NOSIGNAL),
	    (int)broken[_i].len);
	ck_assert_int_eq(poll(&pfd, 1, DEADLINE_MS), 1);
	ck_assert_msg(recv(pfd.fd, &byte, 1, 0) == 0, "%s",
	    broken[_i].proves);
	close(pfd.fd);
	ask(DIALWIRE_DIAL, DIALWIRE_BACKEND, 12);
	fd = await_reply();
	assert_connected(fd, listening);
	close(listening);
}
END_TEST

START_TEST(test_one_id_may_not_be_asked_twice)
{
	int filler, listening = fill_queue("s", &filler);
	struct pollfd pfd = { .events = POLLIN };
	char byte;

	handoff.backend_len = 1;
	set_unix(&handoff.backend[0], "s");
	handoff.log_min_messages = 4;
	start();
	ask(DIALWIRE_DIAL, DIALWIRE_BACKEND, 13);
	ask(DIALWIRE_DIAL, DIALWIRE_BACKEND, 13);
	pfd.fd = channel;
	ck_assert_int_eq(poll(&pfd, 1, DEADLINE_MS), 1);
	ck_assert_int_eq(recv(channel, &byte, 1, 0), 0);
	close(filler);
	close(listening);
}
END_TEST

START_TEST(test_many_at_once_are_all_answered)
{
	int listening = listen_unix("s", SOCK_STREAM, 128), fd;
	uint64_t i, seen = 0;

	handoff.backend_len = 1;
	set_unix(&handoff.backend[0], "s");
	start();
	for (i = 0; i < DIALWIRE_PENDING_MAX; i++)
		ask(DIALWIRE_DIAL, DIALWIRE_BACKEND, i);
	for (i = 0; i < DIALWIRE_PENDING_MAX; i++) {
		fd = await_reply();
		ck_assert_int_ne(fd, -1);
		seen |= UINT64_C(1) << reply.id;
		close(fd);
	}
	ck_assert(seen == UINT64_MAX);
	close(listening);
}
END_TEST

/* Any number of channels from one socket: fills its table, not ours. */
START_TEST(test_a_channel_that_it_cannot_take_ends_it)
{
	struct report report = { .type = REPORT_DESCRIPTOR };
	int status, i;

	handoff.log_min_messages = LOG_LEVEL_FATAL;
	start();
	for (i = 0; i < CHANNELS_MANY; i++)
		if (report_send(dialer.channel, &report, channel) == -1)
			break;
	ck_assert_int_lt(i, CHANNELS_MANY);
	ck_assert_int_eq(waitpid(dialer.pid, &status, 0), dialer.pid);
	ck_assert(WIFEXITED(status));
	dialer.pid = 0;
}
END_TEST

START_TEST(test_signals_are_its_supervisors_matter)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP };
	int bound = bind_tcp(&handoff.backend[0]);
	size_t i;

	handoff.backend_len = 1;
	start();
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		ck_assert_int_eq(kill(dialer.pid, signals[i]), 0);
	ask(DIALWIRE_DIAL, DIALWIRE_BACKEND, 14);
	ck_assert_int_eq(await_reply(), -1);
	ck_assert_uint_eq(reply.error, ECONNREFUSED);
	close(bound);
}
END_TEST

START_TEST(test_ends_with_its_supervisor)
{
	int status;

	start();
	close(dialer.channel);
	dialer.channel = -1;
	ck_assert_int_eq(waitpid(dialer.pid, &status, 0), dialer.pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	dialer.pid = 0;
}
END_TEST

START_TEST(test_refuses_to_be_started_by_hand)
{
	int status = system(DIALER " 2>/dev/null </dev/null");

	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dialer");
	TCase *tc = tcase_create("dialer");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_connects_to_a_unix_socket);
	tcase_add_test(tc, test_connects_by_tcp_with_its_options);
	tcase_add_test(tc, test_says_what_refused_it);
	tcase_add_test(tc, test_says_what_is_absent);
	tcase_add_test(tc, test_tries_addresses_in_their_order);
	tcase_add_test(tc, test_connects_to_the_key_socket);
	tcase_add_test(tc, test_waits_for_room_in_a_full_queue);
	tcase_add_test(tc, test_gives_up_at_its_deadline);
	tcase_add_test(tc, test_forgets_what_is_abandoned);
	tcase_add_loop_test(tc,
	    test_a_broken_worker_loses_its_own_channel_alone, 0, 3);
	tcase_add_test(tc, test_one_id_may_not_be_asked_twice);
	tcase_add_test(tc, test_many_at_once_are_all_answered);
	tcase_add_test(tc, test_a_channel_that_it_cannot_take_ends_it);
	tcase_add_test(tc, test_signals_are_its_supervisors_matter);
	tcase_add_test(tc, test_ends_with_its_supervisor);
	tcase_add_test(tc, test_refuses_to_be_started_by_hand);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
