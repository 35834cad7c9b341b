/* SPDX-License-Identifier: ISC */
/*
 * test_stream_tls: how a TLS stream ends, in both directions, against a real
 * client in memory.
 * Runs in: make check.
 */
#include "listener/worker/stream_tls.h"

#include <sys/socket.h>

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "listener/worker/flow.h"
#include "listener/worker/stream.h"
#include "tests/unit/common/provider/keypair.h"

static SSL_CTX *server_tls, *client_tls;
static struct stream near;	/* ours */
static SSL *far;		/* the client's */

static int
on_key(SSL *ssl, void *owner)
{
	(void)ssl;
	(void)owner;
	return 0;
}

static void
make_contexts(void)
{
	keypair_make_p256();
	server_tls = SSL_CTX_new(TLS_server_method());
	ck_assert_int_eq(SSL_CTX_use_cert_and_key(server_tls,
	    keypairs[KEYPAIR_P256].certificate, keypairs[KEYPAIR_P256].private,
	    NULL, 1), 1);
	SSL_CTX_set_read_ahead(server_tls, 1);	/* as tls_context does */
	client_tls = SSL_CTX_new(TLS_client_method());
}

static void
free_contexts(void)
{
	SSL_CTX_free(server_tls);
	SSL_CTX_free(client_tls);
	keypair_free_all();
}

/* What the client reads: a byte, 0 for none yet, or -1 with the reason. */
static int
drink(int *out_reason)
{
	unsigned char byte;
	int n = SSL_read(far, &byte, 1);

	*out_reason = SSL_get_error(far, n);
	if (n == 1)
		return 1;
	return *out_reason == SSL_ERROR_WANT_READ ? 0 : -1;
}

static void
set_up(void)
{
	int pair[2], reason;

	(void)signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    pair), 0);
	stream_open(&near, pair[0]);
	ck_assert_int_eq(stream_tls_open(&near, server_tls, on_key, NULL), 0);
	far = SSL_new(client_tls);
	ck_assert_int_eq(SSL_set_fd(far, pair[1]), 1);
	SSL_set_connect_state(far);
	(void)SSL_do_handshake(far);
	while (stream_tls_handshake(&near) != STREAM_MOVED)
		(void)SSL_do_handshake(far);
	/* The tickets too. */
	ck_assert_int_eq(drink(&reason), 0);
}

static void
tear_down(void)
{
	(void)close(SSL_get_fd(far));
	SSL_free(far);
	stream_close(&near);
}

static bool
watch(void *owner, const unsigned char *bytes, size_t len)
{
	(void)owner;
	(void)bytes;
	(void)len;
	return true;
}

/* Writes bytes, a record each, until no more fit: all are written then, and
 * the socket is full. */
static size_t
fill(void)
{
	enum stream_status status;
	size_t n, written = 0;
	int reason;

	while ((status = stream_write(&near, (const unsigned char *)"x", 1,
	    &n)) == STREAM_MOVED)
		written++;
	ck_assert_int_eq(status, STREAM_WANTS_WRITE);
	/* Room for the one that waits. */
	ck_assert_int_eq(drink(&reason), 1);
	ck_assert_int_eq(stream_write(&near, (const unsigned char *)"x", 1,
	    &n), STREAM_MOVED);
	return written;
}

START_TEST(the_end_waits_for_room_behind_the_last_bytes)
{
	static unsigned char scratch[4096];
	struct stream source;
	struct flow flow = { .state = FLOW_OPEN };
	struct flow_options options = { .source = &source, .sink = &near,
	    .scratch = scratch, .scratch_size = sizeof(scratch),
	    .watch = watch };
	size_t due = fill(), drunk = 0;
	int pair[2], got, reason;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
	    pair), 0);
	(void)close(pair[1]);
	stream_open(&source, pair[0]);
	ck_assert_int_eq(flow_move(&flow, &options), FLOW_WANTS_WRITE);
	ck_assert_int_eq(flow.state, FLOW_OPEN);
	while ((got = drink(&reason)) != -1) {
		drunk += (size_t)got;
		(void)flow_move(&flow, &options);
	}
	ck_assert_uint_eq(drunk, due);
	ck_assert_int_eq(reason, SSL_ERROR_ZERO_RETURN);
	ck_assert_int_eq(flow.state, FLOW_ENDED);
	stream_close(&source);
}
END_TEST

START_TEST(an_end_is_told_at_once_where_there_is_room)
{
	int reason;

	ck_assert_int_eq(stream_end(&near), STREAM_MOVED);
	ck_assert_int_eq(drink(&reason), -1);
	ck_assert_int_eq(reason, SSL_ERROR_ZERO_RETURN);
}
END_TEST

START_TEST(an_end_read_with_the_last_bytes_is_held_and_told)
{
	unsigned char bytes[16];
	size_t n;

	ck_assert_int_eq(SSL_write(far, "last", 4), 4);
	ck_assert_int_eq(SSL_shutdown(far), 0);
	ck_assert_int_eq(stream_read(&near, bytes, sizeof(bytes), &n),
	    STREAM_MOVED);
	ck_assert_uint_eq(n, 4);
	ck_assert(stream_is_holding(&near));
	ck_assert_int_eq(stream_read(&near, bytes, sizeof(bytes), &n),
	    STREAM_ENDED);
}
END_TEST

START_TEST(bytes_without_an_end_hold_nothing)
{
	unsigned char bytes[16];
	size_t n;

	ck_assert_int_eq(SSL_write(far, "more", 4), 4);
	ck_assert_int_eq(stream_read(&near, bytes, sizeof(bytes), &n),
	    STREAM_MOVED);
	ck_assert(!stream_is_holding(&near));
	ck_assert_int_eq(stream_read(&near, bytes, sizeof(bytes), &n),
	    STREAM_WANTS_READ);
}
END_TEST

/* All of them are taken by one call. */
START_TEST(records_of_one_write_leave_together)
{
	static unsigned char bytes[40000], got[40000];
	size_t n, taken = 0;

	memset(bytes, 'r', sizeof(bytes));
	(void)SSL_set_max_send_fragment(near.ssl, 8192);
	(void)SSL_set_mode(near.ssl, SSL_MODE_ENABLE_PARTIAL_WRITE);
	ck_assert_int_eq(stream_write(&near, bytes, sizeof(bytes), &n),
	    STREAM_MOVED);
	ck_assert_uint_eq(n, sizeof(bytes));
	ck_assert_int_eq(stream_flush(&near), STREAM_MOVED);
	while (SSL_read_ex(far, got, sizeof(got), &n) == 1) {
		ck_assert_uint_le(n, 8192);
		taken += n;
	}
	ck_assert_uint_eq(taken, sizeof(bytes));
}
END_TEST

/* What the socket did not take is neither lost nor doubled, and goes before
 * what is written after it. */
START_TEST(what_a_full_socket_leaves_is_flushed_in_order)
{
	static unsigned char bytes[60000], got[60000];
	size_t n, i, written = 0, taken = 0;
	unsigned char next = 0;

	(void)SSL_set_mode(near.ssl, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i % 251);
	while (stream_write(&near, bytes, 251 * 200, &n) == STREAM_MOVED) {
		ck_assert_uint_eq(n, 251 * 200);
		written += n;
	}
	ck_assert_int_eq(stream_flush(&near), STREAM_WANTS_WRITE);
	while (taken < written) {
		if (SSL_read_ex(far, got, sizeof(got), &n) != 1) {
			n = 0;
			ck_assert_int_lt(stream_flush(&near), STREAM_ENDED);
		}
		for (i = 0; i < n; i++, next = (unsigned char)((next + 1) %
		    251))
			ck_assert_uint_eq(got[i], next);
		taken += n;
	}
	ck_assert_ptr_null(near.unsent.bytes);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("stream_tls");
	TCase *tcase = tcase_create("stream_tls");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(tcase, make_contexts, free_contexts);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, the_end_waits_for_room_behind_the_last_bytes);
	tcase_add_test(tcase, an_end_is_told_at_once_where_there_is_room);
	tcase_add_test(tcase, an_end_read_with_the_last_bytes_is_held_and_told);
	tcase_add_test(tcase, bytes_without_an_end_hold_nothing);
	tcase_add_test(tcase, records_of_one_write_leave_together);
	tcase_add_test(tcase, what_a_full_socket_leaves_is_flushed_in_order);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
