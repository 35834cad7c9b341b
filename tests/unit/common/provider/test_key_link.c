/* SPDX-License-Identifier: ISC */
/*
 * test_key_link: the connection to keyd, and who blocks for it.
 */
#include "common/provider/key_link.h"

#include <sys/socket.h>

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/wire/tls_scheme.h"
#include "tests/unit/common/provider/keypair.h"
#include "tests/unit/common/provider/responder.h"

#define TIMEOUT_MS 200

static struct key_link *link_;
static int keyd;
static struct keywire_signed sig;
static enum keywire_reason reason;

static void
attach(void)
{
	int fds[2];

	responder_socketpair(fds);
	keyd = fds[1];
	key_link_attach(link_, fds[0]);
}

static void
set_up(void)
{
	link_ = key_link_new(TIMEOUT_MS);
	ck_assert_ptr_nonnull(link_);
	attach();
}

static void
tear_down(void)
{
	key_link_free(link_);
	(void)close(keyd);
}

static void
greet(void)
{
	responder_greet(keyd, &keypairs[KEYPAIR_P256]);
	ck_assert_int_eq(key_link_read(link_), 0);
}

static enum key_link_result
sign(void)
{
	struct keywire_message message = { .type = KEYWIRE_SIGN_TLS13 };

	message.body.tls13.scheme = TLS_ECDSA_SECP256R1_SHA256;
	message.body.tls13.hash_len = 32;
	return key_link_sign(link_, &message, &sig, &reason);
}

static int64_t
clock_ms(void)
{
	struct timespec now;

	ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

START_TEST(hello_goes_out_at_once_and_its_answer_is_kept)
{
	const struct keywire_keys *keys;

	ck_assert_ptr_null(key_link_keys(link_));
	greet();
	keys = key_link_keys(link_);
	ck_assert_ptr_nonnull(keys);
	ck_assert_uint_eq(keys->count, 1);
	ck_assert_mem_eq(&keys->key[0], &keypairs[KEYPAIR_P256].wire,
	    sizeof(keys->key[0]));
	ck_assert(!key_link_wants_write(link_));
}
END_TEST

START_TEST(the_descriptor_never_blocks)
{
	int fd = key_link_fd(link_);

	ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_eq(key_link_read(link_), 0);
}
END_TEST

START_TEST(the_old_connection_is_closed_by_the_new)
{
	struct keywire_message hello;
	int old = keyd;
	char byte;

	responder_take(old, &hello);
	attach();
	ck_assert_int_eq(recv(old, &byte, 1, MSG_DONTWAIT), 0);
	(void)close(old);
	greet();
	key_link_attach(link_, -1);
	ck_assert_int_eq(key_link_fd(link_), -1);
	ck_assert_ptr_null(key_link_keys(link_));
	ck_assert_int_eq(key_link_read(link_), -1);
	ck_assert_int_eq(key_link_write(link_), -1);
	ck_assert(!key_link_wants_write(link_));
}
END_TEST

START_TEST(waiting_for_keys_ends)
{
	struct responder responder;
	int64_t begun_ms = clock_ms();

	/* Silence. */
	ck_assert_int_eq(key_link_await_keys(link_), -1);
	ck_assert_int_ge(clock_ms() - begun_ms, TIMEOUT_MS);
	(void)close(keyd);
	ck_assert_int_eq(key_link_await_keys(link_), -1);
	ck_assert_int_eq(key_link_fd(link_), -1);
	ck_assert_int_eq(key_link_await_keys(link_), -1);
	/* An answer. */
	attach();
	responder_start(&responder, keyd, &keypairs[KEYPAIR_P256]);
	ck_assert_int_eq(key_link_await_keys(link_), 0);
	ck_assert_int_eq(key_link_await_keys(link_), 0);
	key_link_attach(link_, -1);
	responder_stop(&responder);
	keyd = -1;
}
END_TEST

START_TEST(who_has_no_job_blocks_for_the_signature)
{
	struct responder responder;

	responder_start(&responder, keyd, &keypairs[KEYPAIR_P256]);
	/* HELLO is not even answered yet. */
	ck_assert_int_eq(sign(), KEY_LINK_SIGNED);
	ck_assert_uint_gt(sig.len, 0);
	ck_assert_int_eq(sign(), KEY_LINK_SIGNED);
	key_link_attach(link_, -1);
	responder_stop(&responder);
	keyd = -1;
}
END_TEST

START_TEST(who_blocks_waits_no_longer_than_the_deadline)
{
	int64_t begun_ms = clock_ms();
	struct keywire_message request;

	greet();
	ck_assert_int_eq(sign(), KEY_LINK_TIMEOUT);
	ck_assert_int_ge(clock_ms() - begun_ms, TIMEOUT_MS);
	ck_assert_int_lt(clock_ms() - begun_ms, 20 * TIMEOUT_MS);
	/* The reply comes late, and goes nowhere. */
	responder_take(keyd, &request);
	responder_sign(keyd, &keypairs[KEYPAIR_P256], &request);
	ck_assert_int_eq(key_link_read(link_), 0);
	ck_assert_int_eq(key_link_expire(link_, clock_ms()), -1);
}
END_TEST

START_TEST(who_blocks_without_a_connection_has_lost)
{
	greet();
	(void)close(keyd);
	ck_assert_int_eq(sign(), KEY_LINK_LOST);
	ck_assert_int_eq(key_link_fd(link_), -1);
	ck_assert_int_eq(sign(), KEY_LINK_LOST);
	keyd = -1;
}
END_TEST

static void *
refuse_one(void *arg)
{
	struct keywire_message message;
	unsigned char bytes[KEYWIRE_MESSAGE_MAX];
	ssize_t n = recv(keyd, bytes, sizeof(bytes), 0);

	(void)arg;
	if (n <= 0 || keywire_decode(bytes, (size_t)n, &message) != 0)
		abort();
	responder_refuse(keyd, message.id, KEYWIRE_UNKNOWN_KEY);
	return NULL;
}

START_TEST(who_blocks_learns_the_reason_of_a_refusal)
{
	pthread_t thread;

	greet();
	ck_assert_int_eq(pthread_create(&thread, NULL, refuse_one, NULL), 0);
	ck_assert_int_eq(sign(), KEY_LINK_REFUSED);
	ck_assert_int_eq(reason, KEYWIRE_UNKNOWN_KEY);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

START_TEST(a_message_that_does_not_fit_is_not_sent)
{
	struct keywire_message message = { .type = KEYWIRE_SIGN_TLS13 };

	greet();
	message.body.tls13.hash_len = KEYWIRE_HASH_MAX + 1;
	ck_assert_int_eq(key_link_sign(link_, &message, &sig, &reason),
	    KEY_LINK_FULL);
	ck_assert(responder_is_idle(keyd));
}
END_TEST

/* What keyd says that is no reply; len 0: the message, encoded. */
static const struct intruder_case {
	const char *sentence;
	uint8_t type;
	uint64_t id;
	size_t len;
	int status;
} intruder_cases[] = {
	{ "a late signature is dropped", KEYWIRE_SIGNED, 1ULL << 32, 0, 0 },
	{ "a late refusal is dropped", KEYWIRE_REFUSED, 1ULL << 32, 0, 0 },
	{ "a request of keyd ends it", KEYWIRE_SIGN_TLS13, 1ULL << 32, 0, -1 },
	{ "a HELLO of keyd ends it", KEYWIRE_HELLO, 0, 0, -1 },
	{ "keys that nobody asked for end it", KEYWIRE_KEYS, 0, 0, -1 },
	{ "keys as a signature end it", KEYWIRE_KEYS, 1ULL << 32, 0, -1 },
	{ "a signature of HELLO ends it", KEYWIRE_SIGNED, 0, 0, -1 },
	{ "a refusal of the connection ends it", KEYWIRE_REFUSED, 0, 0, -1 },
	{ "one byte ends it", 0, 0, 1, -1 },
	{ "zeroes end it", 0, 0, KEYWIRE_HEADER_LEN, -1 },
	{ "too long a datagram ends it", 0, 0, KEYWIRE_MESSAGE_MAX + 100, -1 }
};

START_TEST(intruder)
{
	const struct intruder_case *row = &intruder_cases[_i];
	static const unsigned char zeroes[KEYWIRE_MESSAGE_MAX + 100];
	struct keywire_message message = { .type = row->type, .id = row->id };

	greet();
	if (row->type == KEYWIRE_SIGNED)
		message.body.sig.len = 1;
	if (row->type == KEYWIRE_REFUSED)
		message.body.reason = KEYWIRE_BAD_MESSAGE;
	if (row->len == 0)
		responder_send(keyd, &message);
	else
		ck_assert_int_eq(send(keyd, zeroes, row->len, 0),
		    (ssize_t)row->len);
	ck_assert_msg(key_link_read(link_) == row->status, "%s",
	    row->sentence);
	ck_assert_int_eq(key_link_fd(link_) == -1, row->status == -1);
}
END_TEST

START_TEST(a_refused_hello_ends_the_connection)
{
	struct keywire_message hello;

	responder_take(keyd, &hello);
	responder_refuse(keyd, hello.id, KEYWIRE_RATE_LIMIT);
	ck_assert_int_eq(key_link_read(link_), -1);
	ck_assert_int_eq(key_link_fd(link_), -1);
}
END_TEST

START_TEST(every_result_has_a_name)
{
	int result;

	for (result = KEY_LINK_PENDING; result <= KEY_LINK_CANCELLED; result++)
		ck_assert_str_ne(key_link_result_name(
		    (enum key_link_result)result), "unknown");
	ck_assert_str_eq(key_link_result_name((enum key_link_result)result),
	    "unknown");
	key_link_free(NULL);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("key_link");
	TCase *tcase = tcase_create("key_link");

	tcase_add_unchecked_fixture(tcase, keypair_make_p256,
	    keypair_free_all);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, hello_goes_out_at_once_and_its_answer_is_kept);
	tcase_add_test(tcase, the_descriptor_never_blocks);
	tcase_add_test(tcase, the_old_connection_is_closed_by_the_new);
	tcase_add_test(tcase, waiting_for_keys_ends);
	tcase_add_test(tcase, who_has_no_job_blocks_for_the_signature);
	tcase_add_test(tcase, who_blocks_waits_no_longer_than_the_deadline);
	tcase_add_test(tcase, who_blocks_without_a_connection_has_lost);
	tcase_add_test(tcase, who_blocks_learns_the_reason_of_a_refusal);
	tcase_add_test(tcase, a_message_that_does_not_fit_is_not_sent);
	tcase_add_loop_test(tcase, intruder, 0,
	    (int)(sizeof(intruder_cases) / sizeof(intruder_cases[0])));
	tcase_add_test(tcase, a_refused_hello_ends_the_connection);
	tcase_add_test(tcase, every_result_has_a_name);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(make_suite());
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
