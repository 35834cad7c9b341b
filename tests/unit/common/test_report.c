/* SPDX-License-Identifier: ISC */
/*
 * test_report: reports there and back, and every other shape refused.
 * Runs in: make check.
 */
#include "common/report.h"

#include <sys/socket.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static int ends[2];

static void
open_channel(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    ends), 0);
}

static int
count_fds(void)
{
	int fd, count = 0;

	for (fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) != -1;
	return count;
}

static const struct {
	const char *sentence;
	uint32_t type, payload_len;
	bool fd;
	bool sound;
} shapes[] = {
	{ "ready is a report", REPORT_READY, 0, false, true },
	{ "a fault is one", REPORT_FAULT, 0, false, true },
	{ "so is a payload", REPORT_PAYLOAD, 7, false, true },
	{ "so is the longest", REPORT_PAYLOAD, REPORT_PAYLOAD_MAX, false,
	    true },
	{ "one byte more is not", REPORT_PAYLOAD, REPORT_PAYLOAD_MAX + 1,
	    false, false },
	{ "nor a length that wraps", REPORT_PAYLOAD, UINT32_MAX, false,
	    false },
	{ "a payload may bring a descriptor", REPORT_PAYLOAD, 7, true, true },
	{ "the supervisor may say stop", REPORT_STOP_FAST, 0, false, true },
	{ "or stop smart", REPORT_STOP_SMART, 0, false, true },
	{ "a descriptor comes with its report", REPORT_DESCRIPTOR, 0, true,
	    true },
	{ "and is missed without", REPORT_DESCRIPTOR, 0, false, false },
	{ "ready brings none", REPORT_READY, 0, true, false },
	{ "a fault brings none", REPORT_FAULT, 0, true, false },
	{ "stop brings none", REPORT_STOP_FAST, 0, true, false },
	{ "type 0 is none", 0, 0, false, false },
	{ "nor is the one behind the last", REPORT_TYPES, 0, false, false },
	{ "nor the largest", UINT32_MAX, 0, false, false },
};

static void
make_report(int row, struct report *out)
{
	memset(out, 'x', sizeof(*out));
	out->type = shapes[row].type;
	out->payload_len = shapes[row].payload_len;
	out->which = (uint32_t)row;
	memset(&out->fault, 0, sizeof(out->fault));
	if (out->type == REPORT_FAULT)
		fault_set(&out->fault, "words");
}

/* As another program would: no check, and fds_len descriptors. */
static void
send_raw(const void *bytes, size_t len, size_t fds_len)
{
	char control[CMSG_SPACE(8 * sizeof(int))] = { 0 };
	int fds[8] = { 0 };
	union { const void *in; void *out; } base = { .in = bytes };
	struct iovec iov = { .iov_base = base.out, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;

	if (fds_len > 0) {
		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(fds_len * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(fds_len * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, fds_len * sizeof(int));
	}
	ck_assert_int_eq(sendmsg(ends[0], &msg, 0), (ssize_t)len);
}

START_TEST(both_sides_agree_on_what_a_report_is)
{
	struct report report, got;
	int fd = -2, before, rc;

	make_report(_i, &report);
	rc = report_send(ends[0], &report, shapes[_i].fd ? 0 : -1);
	if (!shapes[_i].sound) {
		ck_assert_int_eq(rc, -1);
		ck_assert_int_eq(errno, EINVAL);
		send_raw(&report, sizeof(report), shapes[_i].fd);
	}
	before = count_fds();
	memset(&got, 0, sizeof(got));
	rc = report_receive(ends[1], &got, &fd);
	if (!shapes[_i].sound) {
		ck_assert_int_eq(rc, -1);
		ck_assert_int_eq(errno, EPROTO);
		ck_assert_int_eq(fd, -2);
		ck_assert_uint_eq(got.type, 0);
		ck_assert_int_eq(count_fds(), before);
		return;
	}
	ck_assert_int_eq(rc, 1);
	ck_assert_uint_eq(got.type, shapes[_i].type);
	ck_assert_uint_eq(got.payload_len, shapes[_i].payload_len);
	ck_assert_uint_eq(got.which, (uint32_t)_i);
	ck_assert_mem_eq(got.payload, report.payload, got.payload_len);
	ck_assert_str_eq(got.fault.what,
	    got.type == REPORT_FAULT ? "words" : "");
	ck_assert_int_eq(fd != -1, shapes[_i].fd);
	if (fd != -1)
		ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
}
END_TEST

START_TEST(bytes_that_nobody_set_stay_here)
{
	unsigned char raw[sizeof(struct report)];
	struct report report;
	size_t i;

	memset(&report, 'x', sizeof(report));
	report.type = REPORT_PAYLOAD;
	report.payload_len = 3;
	ck_assert_int_eq(report_send(ends[0], &report, -1), 0);
	ck_assert_int_eq(recv(ends[1], raw, sizeof(raw), 0), sizeof(raw));
	for (i = offsetof(struct report, fault); i < sizeof(raw); i++)
		if (raw[i] != 0)
			ck_assert_uint_lt(
			    i - offsetof(struct report, payload), 3);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
	struct report report = { .type = REPORT_READY }, got;
	size_t len;
	int fd;

	for (len = 0; len < sizeof(report); len++) {
		send_raw(&report, len, 0);
		ck_assert_int_eq(report_receive(ends[1], &got, &fd), -1);
		ck_assert_int_eq(errno, EPROTO);
	}
	send_raw(&report, len, 0);
	ck_assert_int_eq(report_receive(ends[1], &got, &fd), 1);
}
END_TEST

START_TEST(one_byte_more_is_refused)
{
	unsigned char raw[sizeof(struct report) + 1] = { REPORT_READY };
	struct report got;
	int fd;

	send_raw(raw, sizeof(raw), 0);
	ck_assert_int_eq(report_receive(ends[1], &got, &fd), -1);
	ck_assert_int_eq(errno, EPROTO);
}
END_TEST

START_TEST(a_second_descriptor_is_refused_and_none_stays)
{
	struct report report = { .type = REPORT_DESCRIPTOR }, got;
	int fd, before = count_fds();
	size_t fds;

	for (fds = 2; fds <= 8; fds++) {
		send_raw(&report, sizeof(report), fds);
		ck_assert_int_eq(report_receive(ends[1], &got, &fd), -1);
		ck_assert_int_eq(errno, EPROTO);
		ck_assert_int_eq(count_fds(), before);
	}
}
END_TEST

START_TEST(who_wants_no_descriptor_gets_none)
{
	struct report report = { .type = REPORT_DESCRIPTOR }, got;
	int before = count_fds();

	ck_assert_int_eq(report_send(ends[0], &report, 0), 0);
	ck_assert_int_eq(report_receive(ends[1], &got, NULL), -1);
	ck_assert_int_eq(errno, EPROTO);
	ck_assert_int_eq(count_fds(), before);
	ck_assert_int_eq(report_send_type(ends[0], REPORT_READY, NULL), 0);
	ck_assert_int_eq(report_receive(ends[1], &got, NULL), 1);
}
END_TEST

START_TEST(texts_without_an_end_get_one)
{
	struct report report, got;
	int fd;

	memset(&report, 'x', sizeof(report));
	report.type = REPORT_FAULT;
	report.payload_len = 0;
	send_raw(&report, sizeof(report), 0);
	ck_assert_int_eq(report_receive(ends[1], &got, &fd), 1);
	ck_assert_uint_eq(strlen(got.fault.what), sizeof(got.fault.what) - 1);
	ck_assert_uint_lt(strlen(got.fault.detail), sizeof(got.fault.detail));
	ck_assert_uint_lt(strlen(got.fault.hint), sizeof(got.fault.hint));
	ck_assert_uint_lt(strlen(got.fault.sqlstate),
	    sizeof(got.fault.sqlstate));
}
END_TEST

START_TEST(an_empty_channel_and_an_ended_one_differ)
{
	struct report got;
	int fd;

	ck_assert_int_eq(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(report_receive(ends[1], &got, &fd), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(report_send_type(ends[0], REPORT_READY, NULL), 0);
	close(ends[0]);
	ck_assert_int_eq(report_receive(ends[1], &got, &fd), 1);
	ck_assert_int_eq(report_receive(ends[1], &got, &fd), 0);
	ck_assert_int_eq(report_send_type(ends[1], REPORT_STOP_FAST, NULL),
	    -1);
	ck_assert_int_eq(errno, EPIPE);
}
END_TEST

/* The kernel says ECONNRESET when our own words were never read. */
START_TEST(an_end_with_words_unread_is_an_end)
{
	struct report got;
	int fd;

	ck_assert_int_eq(report_send_type(ends[1], REPORT_STOP_FAST, NULL), 0);
	close(ends[0]);
	ck_assert_int_eq(report_receive(ends[1], &got, &fd), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("report");
	TCase *tcase = tcase_create("channel");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, open_channel, NULL);
	tcase_add_loop_test(tcase, both_sides_agree_on_what_a_report_is, 0,
	    LEN(shapes));
	tcase_add_test(tcase, bytes_that_nobody_set_stay_here);
	tcase_add_test(tcase, every_truncation_is_refused);
	tcase_add_test(tcase, one_byte_more_is_refused);
	tcase_add_test(tcase, a_second_descriptor_is_refused_and_none_stays);
	tcase_add_test(tcase, who_wants_no_descriptor_gets_none);
	tcase_add_test(tcase, texts_without_an_end_get_one);
	tcase_add_test(tcase, an_empty_channel_and_an_ended_one_differ);
	tcase_add_test(tcase, an_end_with_words_unread_is_an_end);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
