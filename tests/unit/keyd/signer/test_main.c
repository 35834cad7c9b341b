/* SPDX-License-Identifier: ISC */
/*
 * test_main: the real keyd-signer with keys of every type: what it signs
 * OpenSSL verifies, and whom it does not serve.
 * Runs in: make check.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/report.h"
#include "tests/unit/keyd/signer/client.h"
#include "tests/unit/keyd/signer/keys.h"
#include "tests/unit/keyd/signer/program.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define IN13 1
#define IN12 2

static const struct {
	const char *type;
	struct {
		unsigned int scheme;
		int versions;	/* in which it is signed; refused elsewhere */
	} schemes[8];
} types[] = {
	{ "RSA-2048", { { 0x0804, IN13 | IN12 }, { 0x0805, IN13 | IN12 },
	    { 0x0806, IN13 | IN12 }, { 0x0401, IN12 }, { 0x0501, IN12 },
	    { 0x0601, IN12 }, { 0x0809, 0 }, { 0x0403, 0 } } },
	{ "RSA-4096", { { 0x0804, IN13 | IN12 }, { 0x0401, IN12 },
	    { 0x0201, 0 } } },
	{ "RSA-PSS", { { 0x0809, IN13 | IN12 }, { 0x080a, IN13 | IN12 },
	    { 0x080b, IN13 | IN12 }, { 0x0804, 0 }, { 0x0401, 0 } } },
	{ "RSA-PSS-SHA384", { { 0x080a, IN13 | IN12 }, { 0x0809, 0 },
	    { 0x0805, 0 } } },
	{ "P-256", { { 0x0403, IN13 | IN12 }, { 0x0503, IN12 },
	    { 0x0603, IN12 }, { 0x0804, 0 } } },
	{ "P-384", { { 0x0503, IN13 | IN12 }, { 0x0403, IN12 },
	    { 0x0603, IN12 }, { 0x0203, 0 } } },
	{ "Ed25519", { { 0x0807, IN13 | IN12 }, { 0x0403, 0 } } }
};

static void
start(struct program *program, struct key *key, size_t keys_len)
{
	struct report first;

	program_start(program, key, keys_len, 2, &first);
	ck_assert_msg(first.type == REPORT_READY, "%s (%s)", first.fault.what,
	    first.fault.detail);
}

static void
ask(int fd, const struct key *key, const struct keywire_message *request,
    bool is_allowed)
{
	struct keywire_message reply;

	client_ask(fd, request, &reply);
	if (is_allowed)
		ck_assert_msg(client_verifies(key, request, &reply),
		    "%s 0x%x: %s", keywire_type_name(request->type),
		    (unsigned int)request->id,
		    reply.type == KEYWIRE_REFUSED ?
		    keywire_reason_name(reply.body.reason) : "wrong");
	else
		ck_assert_msg(reply.type == KEYWIRE_REFUSED &&
		    reply.body.reason == KEYWIRE_BAD_SCHEME, "%s 0x%x",
		    keywire_type_name(request->type),
		    (unsigned int)request->id);
}

START_TEST(it_signs_what_a_type_of_key_may)
{
	struct keywire_message request;
	struct program program;
	struct key key;
	int fd, i, versions;

	key_make(types[_i].type, &key);
	start(&program, &key, 1);
	fd = client_connect(&program.addr);
	client_hello(fd);
	for (i = 0; types[_i].schemes[i].scheme != 0; i++) {
		versions = types[_i].schemes[i].versions;
		client_make_tls13(&key, types[_i].schemes[i].scheme, &request);
		ask(fd, &key, &request, (versions & IN13) != 0);
		client_make_tls12(&key, types[_i].schemes[i].scheme, &request);
		ask(fd, &key, &request, (versions & IN12) != 0);
		if (i + 1 == LEN(types[_i].schemes))
			break;
	}
	close(fd);
	ck_assert_int_eq(program_stop(&program), 0);
	key_free(&key);
}
END_TEST

START_TEST(hello_names_every_key)
{
	struct keywire_message hello = { .type = KEYWIRE_HELLO, .id = 3 };
	struct keywire_message reply, request;
	struct program program;
	struct key keys[2];
	int fd, i;

	key_make("P-256", &keys[0]);
	key_make("Ed25519", &keys[1]);
	start(&program, keys, 2);
	fd = client_connect(&program.addr);
	client_ask(fd, &hello, &reply);
	ck_assert_uint_eq(reply.type, KEYWIRE_KEYS);
	ck_assert_uint_eq(reply.body.keys.count, 2);
	for (i = 0; i < 2; i++)
		ck_assert_mem_eq(&reply.body.keys.key[i],
		    &keys[i].handoff.identity, KEYWIRE_KEY_ID_LEN + 2 +
		    keys[i].handoff.identity.spki_len);
	client_make_tls13(&keys[1], 0x0807, &request);
	ask(fd, &keys[1], &request, true);
	client_make_tls13(&keys[0], 0x0807, &request);
	ask(fd, &keys[0], &request, false);
	request.body.tls13.key_id[31] ^= 1;
	client_ask(fd, &request, &reply);
	ck_assert_uint_eq(reply.body.reason, KEYWIRE_UNKNOWN_KEY);
	ck_assert_int_eq(program_await_log(&program, "unknown key"), 0);
	ck_assert_int_eq(program_stop(&program), 0);
	close(fd);
	key_free(&keys[0]);
	key_free(&keys[1]);
}
END_TEST

/* The key's bytes stay in the secret: after a death the next one has them. */
START_TEST(a_second_signer_needs_no_second_passphrase)
{
	struct keywire_message request;
	struct program program;
	struct key key;
	int round, fd;

	key_make("P-256", &key);
	client_make_tls13(&key, 0x0403, &request);
	for (round = 0; round < 2; round++) {
		start(&program, &key, 1);
		fd = client_connect(&program.addr);
		client_hello(fd);
		ask(fd, &key, &request, true);
		close(fd);
		kill(program.pid, SIGKILL);
		ck_assert_int_eq(program_stop(&program), -1);
	}
	key_free(&key);
}
END_TEST

START_TEST(it_ends_when_told)
{
	static const enum report_type words[] = { REPORT_STOP_FAST,
		REPORT_STOP_SMART };
	struct program program;
	struct report report;
	struct key key;
	int fd;

	key_make("P-256", &key);
	start(&program, &key, 1);
	fd = client_connect(&program.addr);
	client_hello(fd);
	kill(program.pid, SIGTERM);	/* the supervisor's matter */
	client_hello(fd);
	ck_assert_int_eq(report_send_type(program.channel, words[_i], NULL),
	    0);
	ck_assert_int_eq(report_receive(program.channel, &report, NULL), 0);
	ck_assert_int_eq(program_stop(&program), 0);
	close(fd);
	key_free(&key);
}
END_TEST

START_TEST(a_key_that_cannot_serve_is_said_before_it_serves)
{
	struct program program;
	struct report first;
	struct key key, other;

	key_make("P-256", &key);
	key_make("P-256", &other);
	key.handoff.identity = other.handoff.identity;
	program_start(&program, &key, 1, 1, &first);
	ck_assert_uint_eq(first.type, REPORT_FAULT);
	ck_assert_str_eq(first.fault.what,
	    "the secret memory holds another key than was recorded");
	ck_assert_int_eq(program_stop(&program), 1);
	key_free(&key);
	key_free(&other);
}
END_TEST

/* An order that it cannot carry out is none. */
START_TEST(a_senseless_handoff_is_refused)
{
	struct program program;
	struct report first;
	struct key key;

	key_make("P-256", &key);
	program_start(&program, &key, 1, 65, &first);
	ck_assert_uint_eq(first.type, REPORT_FAULT);
	ck_assert_str_eq(first.fault.what,
	    "postern-keyd said what cannot be served");
	ck_assert_int_eq(program_stop(&program), 1);
	key_free(&key);
}
END_TEST

/* A descriptor that leaves the listener serves nobody else. */
START_TEST(another_process_on_a_connection_is_refused)
{
	struct keywire_message request, reply;
	struct program program;
	struct key key;
	int fd, status;
	pid_t pid;

	key_make("P-256", &key);
	start(&program, &key, 1);
	fd = client_connect(&program.addr);
	client_hello(fd);
	client_make_tls13(&key, 0x0403, &request);
	pid = fork();
	if (pid == 0)
		_exit(client_send(fd, &request) == 0 ? 0 : 1);
	waitpid(pid, &status, 0);
	ck_assert_int_eq(client_receive(fd, &reply), 0);
	ck_assert_uint_eq(reply.type, KEYWIRE_REFUSED);
	ck_assert_uint_eq(reply.body.reason, KEYWIRE_PEER_CHANGED);
	ck_assert_int_eq(client_receive(fd, &reply), -1);
	ck_assert_int_eq(program_await_log(&program, "peer changed"), 0);
	close(fd);
	ck_assert_int_eq(program_stop(&program), 0);
	key_free(&key);
}
END_TEST

/* Its supervisor reads it while it runs, and after its death. */
START_TEST(it_counts_where_its_supervisor_reads)
{
	struct counters_sum sum = { 0 };
	struct keywire_message request;
	struct program program;
	struct key key;
	int fd;

	key_make("P-256", &key);
	start(&program, &key, 1);
	fd = client_connect(&program.addr);
	client_hello(fd);
	client_make_tls13(&key, 0x0403, &request);
	ask(fd, &key, &request, true);
	ask(fd, &key, &request, true);
	client_make_tls13(&key, 0x0804, &request);
	ask(fd, &key, &request, false);
	close(fd);
	kill(program.pid, SIGKILL);
	counters_add(&program.counters, &sum);
	ck_assert_uint_eq(sum.accepted, 1);
	ck_assert_uint_eq(counters_made(&sum), 2);
	ck_assert_uint_eq(counters_refused(&sum), 1);
	ck_assert_uint_eq(sum.refused[KEYWIRE_BAD_SCHEME], 1);
	ck_assert_uint_eq(sum.peers_len, 1);
	ck_assert_int_eq(sum.peer[0].pid, getpid());
	ck_assert_uint_eq(sum.peer[0].uid, getuid());
	ck_assert_int_eq(program_stop(&program), -1);
	key_free(&key);
}
END_TEST

/* Only root can be another user. */
START_TEST(another_user_is_not_served)
{
	struct keywire_message hello = { .type = KEYWIRE_HELLO }, reply;
	struct program program;
	struct key key;
	int fd, status;
	pid_t pid;

	if (getuid() != 0)
		return;
	key_make("P-256", &key);
	start(&program, &key, 1);
	pid = fork();
	if (pid == 0) {
		if (setuid(65534) == -1)
			_exit(2);
		fd = client_connect(&program.addr);
		client_send(fd, &hello);
		_exit(client_receive(fd, &reply) == -1 ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(program_await_log(&program, "only the listener's"),
	    0);
	fd = client_connect(&program.addr);
	client_hello(fd);
	close(fd);
	ck_assert_int_eq(program_stop(&program), 0);
	key_free(&key);
}
END_TEST

START_TEST(it_does_not_start_by_hand)
{
	FILE *pipe = popen("keyd/signer/keyd-signer 2>&1 </dev/null", "r");
	char line[256] = "";

	ck_assert_ptr_nonnull(pipe);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), pipe));
	ck_assert_str_eq(line, "keyd-signer: FATAL:  keyd-signer cannot be "
	    "started by hand\n");
	while (fgets(line, sizeof(line), pipe) != NULL)
		continue;
	ck_assert_int_eq(WEXITSTATUS(pclose(pipe)), 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("keyd-signer");
	TCase *tcase = tcase_create("program");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 180);
	tcase_add_loop_test(tcase, it_signs_what_a_type_of_key_may, 0,
	    LEN(types));
	tcase_add_test(tcase, hello_names_every_key);
	tcase_add_test(tcase, a_second_signer_needs_no_second_passphrase);
	tcase_add_loop_test(tcase, it_ends_when_told, 0, 2);
	tcase_add_test(tcase,
	    a_key_that_cannot_serve_is_said_before_it_serves);
	tcase_add_test(tcase, a_senseless_handoff_is_refused);
	tcase_add_test(tcase, another_process_on_a_connection_is_refused);
	tcase_add_test(tcase, it_counts_where_its_supervisor_reads);
	tcase_add_test(tcase, another_user_is_not_served);
	tcase_add_test(tcase, it_does_not_start_by_hand);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
