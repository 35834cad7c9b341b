/* SPDX-License-Identifier: ISC */
/*
 * test_flow: bytes between real sockets: all of them, in order, bounded in
 * memory, and the end after them.
 * Runs in: make check.
 */
#include "listener/worker/flow.h"

#include <sys/socket.h>

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "listener/worker/stream.h"

#define SCRATCH 65536

/* near is the relay's end, far the test's. */
struct wire {
	struct stream near;
	int far;
};

static struct wire in, out;
static struct flow flow;
static unsigned char scratch[SCRATCH];
static size_t seen;	/* bytes that the watcher saw */
static bool watcher_agrees;

static bool
watch(void *owner, const unsigned char *bytes, size_t len)
{
	(void)bytes;
	ck_assert_ptr_eq(owner, &flow);
	seen += len;
	return watcher_agrees;
}

static struct flow_options options = {
	.source = &in.near, .sink = &out.near, .scratch = scratch,
	.scratch_size = SCRATCH, .watch = watch, .owner = &flow,
};

static void
open_wire(struct wire *wire)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    pair), 0);
	stream_open(&wire->near, pair[0]);
	wire->far = pair[1];
}

static void
set_up(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	open_wire(&in);
	open_wire(&out);
	memset(&flow, 0, sizeof(flow));
	seen = 0;
	watcher_agrees = true;
}

static void
tear_down(void)
{
	flow_close(&flow);
	stream_close(&in.near);
	stream_close(&out.near);
	(void)close(in.far);
	(void)close(out.far);
}

/* The byte at a place of the endless text that the tests send. */
static unsigned char
byte_at(size_t i)
{
	return (unsigned char)(i * 31 + i / 251);
}

/* Writes the text from *at on until the socket is full or at total. */
static void
feed(size_t *at, size_t total)
{
	unsigned char bytes[4096];
	size_t i, len;
	ssize_t n;

	while (*at < total) {
		len = total - *at < sizeof(bytes) ? total - *at : sizeof(bytes);
		for (i = 0; i < len; i++)
			bytes[i] = byte_at(*at + i);
		if ((n = write(in.far, bytes, len)) <= 0)
			return;
		*at += (size_t)n;
	}
}

static void
drink(size_t *at)
{
	unsigned char bytes[4096];
	ssize_t i, n;

	while ((n = read(out.far, bytes, sizeof(bytes))) > 0) {
		for (i = 0; i < n; i++)
			ck_assert_uint_eq(bytes[i], byte_at(*at + (size_t)i));
		*at += (size_t)n;
	}
}

START_TEST(test_all_bytes_arrive_in_order)
{
	size_t fed = 0, drunk = 0, total = 500000;
	unsigned int rounds = 0;

	while (drunk < total) {
		ck_assert_uint_lt(rounds++, 100000);
		feed(&fed, total);
		ck_assert_int_lt(flow_move(&flow, &options),
		    FLOW_SOURCE_BROKEN);
		drink(&drunk);
	}
	ck_assert_uint_eq(seen, total);
	ck_assert_ptr_null(flow.pending);
}
END_TEST

START_TEST(test_a_slow_reader_stops_the_source)
{
	size_t fed = 0, before, drunk = 0;
	int i;

	for (i = 0; i < 100; i++) {
		feed(&fed, 100000000);
		ck_assert_int_lt(flow_move(&flow, &options),
		    FLOW_SOURCE_BROKEN);
	}
	ck_assert_int_eq(flow_move(&flow, &options), FLOW_WANTS_WRITE);
	ck_assert_uint_le(flow.pending_len, SCRATCH);
	before = seen;
	ck_assert_int_eq(flow_move(&flow, &options), FLOW_WANTS_WRITE);
	ck_assert_uint_eq(seen, before);
	while (drunk < fed) {
		drink(&drunk);
		(void)flow_move(&flow, &options);
	}
	ck_assert_uint_eq(drunk, fed);
}
END_TEST

START_TEST(test_the_end_comes_after_the_last_byte)
{
	size_t fed = 0, drunk = 0;
	unsigned char byte;

	feed(&fed, 100000);
	ck_assert_int_eq(shutdown(in.far, SHUT_WR), 0);
	while (flow.state != FLOW_ENDED) {
		(void)flow_move(&flow, &options);
		drink(&drunk);
	}
	drink(&drunk);
	ck_assert_uint_eq(drunk, fed);
	ck_assert_int_eq(read(out.far, &byte, 1), 0);
	ck_assert_int_eq(flow_move(&flow, &options), FLOW_MOVED);
}
END_TEST

START_TEST(test_one_turn_is_bounded)
{
	size_t fed = 0, drunk = 0;

	/* A sink that takes all, a source that never runs dry. */
	feed(&fed, 100000000);
	(void)flow_move(&flow, &options);
	drink(&drunk);
	ck_assert_uint_le(seen, 4 * SCRATCH);
}
END_TEST

START_TEST(test_a_lost_reader_is_told)
{
	size_t fed = 0;

	(void)close(out.far);
	out.far = -1;
	feed(&fed, 10);
	ck_assert_int_eq(flow_move(&flow, &options), FLOW_SINK_BROKEN);
}
END_TEST

START_TEST(test_the_watcher_can_stop_it)
{
	size_t fed = 0, drunk = 0;

	watcher_agrees = false;
	feed(&fed, 10);
	ck_assert_int_eq(flow_move(&flow, &options), FLOW_SOURCE_BROKEN);
	drink(&drunk);
	ck_assert_uint_eq(drunk, 0);
}
END_TEST

START_TEST(test_an_idle_flow_holds_no_memory)
{
	size_t fed = 0;

	feed(&fed, 10);
	ck_assert_int_eq(flow_move(&flow, &options), FLOW_WANTS_READ);
	ck_assert_ptr_null(flow.pending);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("flow");
	TCase *tcase = tcase_create("flow");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_all_bytes_arrive_in_order);
	tcase_add_test(tcase, test_a_slow_reader_stops_the_source);
	tcase_add_test(tcase, test_the_end_comes_after_the_last_byte);
	tcase_add_test(tcase, test_one_turn_is_bounded);
	tcase_add_test(tcase, test_a_lost_reader_is_told);
	tcase_add_test(tcase, test_the_watcher_can_stop_it);
	tcase_add_test(tcase, test_an_idle_flow_holds_no_memory);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
