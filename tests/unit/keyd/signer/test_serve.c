/* SPDX-License-Identifier: ISC */
/*
 * test_serve: many clients on many threads; each reply belongs to its request,
 * and one client's mistake or departure is no other's.
 * Runs in: make check; under ThreadSanitizer in test_threads.py.
 */
#include "keyd/signer/serve.h"

#include <sys/socket.h>

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log.h"
#include "keyd/signer/signer.h"
#include "tests/unit/keyd/signer/client.h"
#include "tests/unit/keyd/signer/keys.h"

#define CLIENTS 6
#define ROUNDS 25
#define BURST 8
#define CONNECTIONS_MAX 16

static struct key key;
static struct signer *signer;
static struct serve *serve;
static struct sockaddr_un addr;
static int listener;

static void
set_up(void)
{
	struct fault fault = { 0 };
	struct serve_options options = { .threads = 4,
		.max_connections = CONNECTIONS_MAX,
		.dialers = { .uid = { getuid() }, .count = 1 },
		.peers = { .uid = { getuid() }, .count = 1 } };

	log_set_min_level(LOG_LEVEL_FATAL);
	key_make("P-256", &key);
	signer = signer_new(false, &fault);
	ck_assert_int_eq(signer_add_key(signer, &key.secret, &key.handoff,
	    &fault), 0);
	listener = client_listen(&addr);
	options.listener = listener;
	options.signer = signer;
	serve = serve_start(&options, &fault);
	ck_assert_msg(serve != NULL, "%s", fault.what);
	ck_assert_int_eq(serve_open(serve, &fault), 0);
}

static void
tear_down(void)
{
	serve_stop(serve);
	signer_free(signer);
	close(listener);
	client_unlink(&addr);
	key_free(&key);
}

static void
make_request(uint64_t id, struct keywire_message *out)
{
	client_make_tls13(&key, 0x0403, out);
	out->id = id;
	memcpy(out->body.tls13.hash, &id, sizeof(id));
}

/* HELLO and a burst go out at once; replies come in any order, each with the
 * signature of its own request's hash. Every third time the client leaves in
 * the middle. */
static void
run_round(unsigned int round)
{
	struct keywire_message hello = { .type = KEYWIRE_HELLO, .id = 1000 };
	struct keywire_message request, reply;
	unsigned int i, wanted = round % 3 == 2 ? 3 : BURST + 1;
	unsigned int signatures = 0;
	int fd = client_connect(&addr);

	ck_assert_int_eq(client_send(fd, &hello), 0);
	for (i = 0; i < BURST; i++) {
		make_request(i, &request);
		ck_assert_int_eq(client_send(fd, &request), 0);
	}
	for (i = 0; i < wanted; i++) {
		ck_assert_int_eq(client_receive(fd, &reply), 0);
		if (reply.type == KEYWIRE_KEYS)
			continue;
		make_request(reply.id, &request);
		ck_assert_msg(client_verifies(&key, &request, &reply),
		    "%s", keywire_type_name(reply.type));
		signatures++;
	}
	ck_assert_uint_ge(signatures + 1, wanted);
	close(fd);
}

static void *
run_client(void *arg)
{
	unsigned int round;

	for (round = 0; round < ROUNDS; round++)
		run_round(round);
	return NULL;
}

START_TEST(each_reply_belongs_to_its_request)
{
	pthread_t clients[CLIENTS];
	int i;

	for (i = 0; i < CLIENTS; i++)
		ck_assert_int_eq(pthread_create(&clients[i], NULL, run_client,
		    NULL), 0);
	for (i = 0; i < CLIENTS; i++)
		pthread_join(clients[i], NULL);
}
END_TEST

/* All clients on one connection: the threads of the signer share it. */
START_TEST(one_connection_is_served_by_all_threads)
{
	struct keywire_message request, reply;
	unsigned int i, seen = 0;
	bool is_seen[200] = { false };
	int fd = client_connect(&addr);

	client_hello(fd);
	for (i = 0; i < 200; i++) {
		make_request(i, &request);
		ck_assert_int_eq(client_send(fd, &request), 0);
		if (i < 50)	/* 50 are on their way at a time */
			continue;
		ck_assert_int_eq(client_receive(fd, &reply), 0);
		is_seen[reply.id] = true;
	}
	for (i = 0; i < 50; i++) {
		ck_assert_int_eq(client_receive(fd, &reply), 0);
		is_seen[reply.id] = true;
	}
	for (i = 0; i < 200; i++)
		seen += is_seen[i];
	ck_assert_uint_eq(seen, 200);
	close(fd);
}
END_TEST

static void
expect_refusal_and_end(int fd, enum keywire_reason reason)
{
	struct keywire_message reply;

	ck_assert_int_eq(client_receive(fd, &reply), 0);
	ck_assert_uint_eq(reply.type, KEYWIRE_REFUSED);
	ck_assert_uint_eq(reply.body.reason, reason);
	ck_assert_int_eq(client_receive(fd, &reply), -1);
}

START_TEST(a_bad_message_ends_its_own_connection_alone)
{
	struct keywire_message request, reply;
	int good = client_connect(&addr), bad = client_connect(&addr);

	client_hello(good);
	client_hello(bad);
	ck_assert_int_eq(send(bad, "nonsense", 8, 0), 8);
	expect_refusal_and_end(bad, KEYWIRE_BAD_MESSAGE);
	make_request(1, &request);
	client_ask(good, &request, &reply);
	ck_assert(client_verifies(&key, &request, &reply));
	close(good);
	close(bad);
}
END_TEST

START_TEST(a_refused_request_leaves_the_connection)
{
	struct keywire_message request, reply;
	int fd = client_connect(&addr);

	client_hello(fd);
	make_request(1, &request);
	request.body.tls13.hash_len = 33;
	client_ask(fd, &request, &reply);
	ck_assert_uint_eq(reply.type, KEYWIRE_REFUSED);
	ck_assert_uint_eq(reply.body.reason, KEYWIRE_BAD_HASH_LENGTH);
	make_request(2, &request);
	client_ask(fd, &request, &reply);
	ck_assert(client_verifies(&key, &request, &reply));
	close(fd);
}
END_TEST

START_TEST(a_request_before_hello_is_refused)
{
	struct keywire_message request;
	int fd = client_connect(&addr);

	make_request(1, &request);
	ck_assert_int_eq(client_send(fd, &request), 0);
	expect_refusal_and_end(fd, KEYWIRE_NO_HELLO);
	close(fd);
}
END_TEST

START_TEST(one_connection_too_many_is_closed)
{
	struct keywire_message hello = { .type = KEYWIRE_HELLO }, reply;
	int fds[CONNECTIONS_MAX], extra, i;

	for (i = 0; i < CONNECTIONS_MAX; i++) {
		fds[i] = client_connect(&addr);
		client_hello(fds[i]);
	}
	extra = client_connect(&addr);
	client_send(extra, &hello);
	ck_assert_int_eq(client_receive(extra, &reply), -1);
	close(extra);
	client_ask(fds[0], &hello, &reply);
	for (i = 0; i < CONNECTIONS_MAX; i++)
		close(fds[i]);
}
END_TEST

START_TEST(a_client_that_does_not_read_is_closed)
{
	struct keywire_message hello = { .type = KEYWIRE_HELLO }, reply;
	int deaf = client_connect(&addr), good = client_connect(&addr);
	int sent = 0;

	client_hello(deaf);
	client_hello(good);
	while (client_send(deaf, &hello) == 0 && sent < 100000)
		sent++;
	ck_assert_int_lt(sent, 100000);
	client_ask(good, &hello, &reply);
	ck_assert_uint_eq(reply.type, KEYWIRE_KEYS);
	close(deaf);
	close(good);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("serve");
	TCase *tcase = tcase_create("clients");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, each_reply_belongs_to_its_request);
	tcase_add_test(tcase, one_connection_is_served_by_all_threads);
	tcase_add_test(tcase, a_bad_message_ends_its_own_connection_alone);
	tcase_add_test(tcase, a_refused_request_leaves_the_connection);
	tcase_add_test(tcase, a_request_before_hello_is_refused);
	tcase_add_test(tcase, one_connection_too_many_is_closed);
	tcase_add_test(tcase, a_client_that_does_not_read_is_closed);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
