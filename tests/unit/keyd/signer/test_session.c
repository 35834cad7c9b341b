/* SPDX-License-Identifier: ISC */
/*
 * test_session: which message is taken in which state, and when a connection's
 * descriptor is closed.
 * Runs in: make check.
 */
#include "keyd/signer/session.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keyd/counters.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct {
	const char *sentence;
	enum session_state state;
	unsigned int type;
	enum session_act act;
	enum keywire_reason reason;
} moves[] = {
	{ "HELLO comes first", SESSION_NEW, KEYWIRE_HELLO, SESSION_KEYS, 0 },
	{ "no TLS 1.3 signature before HELLO", SESSION_NEW,
	    KEYWIRE_SIGN_TLS13, SESSION_REFUSE, KEYWIRE_NO_HELLO },
	{ "no TLS 1.2 signature before HELLO", SESSION_NEW,
	    KEYWIRE_SIGN_TLS12, SESSION_REFUSE, KEYWIRE_NO_HELLO },
	{ "HELLO may come again", SESSION_SERVING, KEYWIRE_HELLO,
	    SESSION_KEYS, 0 },
	{ "a TLS 1.3 signature after HELLO", SESSION_SERVING,
	    KEYWIRE_SIGN_TLS13, SESSION_SIGN, 0 },
	{ "a TLS 1.2 signature after HELLO", SESSION_SERVING,
	    KEYWIRE_SIGN_TLS12, SESSION_SIGN, 0 },
	{ "KEYS is ours to say", SESSION_SERVING, KEYWIRE_KEYS,
	    SESSION_REFUSE, KEYWIRE_BAD_MESSAGE },
	{ "KEYS is ours to say, first too", SESSION_NEW, KEYWIRE_KEYS,
	    SESSION_REFUSE, KEYWIRE_BAD_MESSAGE },
	{ "SIGNED is ours to say", SESSION_SERVING, KEYWIRE_SIGNED,
	    SESSION_REFUSE, KEYWIRE_BAD_MESSAGE },
	{ "REFUSED is ours to say", SESSION_SERVING, KEYWIRE_REFUSED,
	    SESSION_REFUSE, KEYWIRE_BAD_MESSAGE },
	{ "type 0 is none", SESSION_SERVING, 0, SESSION_REFUSE,
	    KEYWIRE_BAD_MESSAGE },
	{ "a type beyond the last is none", SESSION_SERVING, KEYWIRE_TYPES,
	    SESSION_REFUSE, KEYWIRE_BAD_MESSAGE },
	{ "nothing comes at the end", SESSION_ENDED, KEYWIRE_HELLO,
	    SESSION_REFUSE, KEYWIRE_BAD_MESSAGE },
	{ "no signature at the end", SESSION_ENDED, KEYWIRE_SIGN_TLS13,
	    SESSION_REFUSE, KEYWIRE_BAD_MESSAGE }
};

START_TEST(a_state_takes_what_the_table_says)
{
	const struct session_rule *rule;

	rule = session_rule(moves[_i].state, moves[_i].type);
	ck_assert_msg(rule->act == moves[_i].act, "%s", moves[_i].sentence);
	ck_assert_msg(rule->reason == moves[_i].reason, "%s",
	    moves[_i].sentence);
}
END_TEST

static struct counters_users users;

/* A table of one, a session in it, and the client's end. */
struct scene {
	struct session_table *table;
	struct session *session;
	int client;
};

static void
open_scene(struct scene *scene, uid_t uid)
{
	struct session_peers peers = { .uid = { uid }, .count = 1 };
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX,
	    SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	ck_assert_int_eq(peer_pass_credentials(fds[1]), 0);
	scene->table = session_table_new(1, &peers, &users);
	ck_assert_ptr_nonnull(scene->table);
	scene->client = fds[0];
	scene->session = session_open(scene->table, fds[1]);
	ck_assert_ptr_nonnull(scene->session);
}

static void
close_scene(struct scene *scene)
{
	session_release(scene->session);
	session_table_free(scene->table);
	close(scene->client);
}

static void
say(struct scene *scene, unsigned int type, size_t extra)
{
	unsigned char bytes[1024] = { 0 };
	struct keywire_message message = { .type = (uint8_t)type, .id = 5 };
	size_t len = keywire_encode(&message, bytes, sizeof(bytes));

	ck_assert_int_eq(send(scene->client, bytes, len + extra, 0),
	    (ssize_t)(len + extra));
}

static void
expect(struct scene *scene, enum session_act act, enum keywire_reason reason)
{
	struct session_request request;

	session_receive(scene->session, &request);
	ck_assert_int_eq(request.act, act);
	if (act == SESSION_REFUSE)
		ck_assert_int_eq(request.reason, reason);
}

START_TEST(messages_are_taken_in_order)
{
	struct scene scene;

	open_scene(&scene, getuid());
	expect(&scene, SESSION_WAIT, 0);
	say(&scene, KEYWIRE_SIGN_TLS13, 0);
	say(&scene, KEYWIRE_HELLO, 0);
	say(&scene, KEYWIRE_SIGN_TLS13, 0);
	say(&scene, KEYWIRE_HELLO, 1);
	say(&scene, KEYWIRE_HELLO, 900);
	expect(&scene, SESSION_REFUSE, KEYWIRE_NO_HELLO);
	expect(&scene, SESSION_KEYS, 0);
	expect(&scene, SESSION_SIGN, 0);
	expect(&scene, SESSION_REFUSE, KEYWIRE_BAD_MESSAGE);
	expect(&scene, SESSION_REFUSE, KEYWIRE_BAD_MESSAGE);
	expect(&scene, SESSION_WAIT, 0);
	shutdown(scene.client, SHUT_RDWR);
	expect(&scene, SESSION_CLOSED, 0);
	close_scene(&scene);
}
END_TEST

START_TEST(another_user_is_not_served)
{
	struct scene scene;

	open_scene(&scene, getuid() + 1);
	say(&scene, KEYWIRE_HELLO, 0);
	expect(&scene, SESSION_REFUSE, KEYWIRE_PEER_CHANGED);
	close_scene(&scene);
}
END_TEST

static void
say_from_another_process(struct scene *scene, unsigned int type)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		say(scene, type, 0);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
}

START_TEST(another_process_is_refused)
{
	struct scene scene;

	open_scene(&scene, getuid());
	say_from_another_process(&scene, KEYWIRE_HELLO);
	expect(&scene, SESSION_KEYS, 0);
	say_from_another_process(&scene, KEYWIRE_SIGN_TLS13);
	expect(&scene, SESSION_REFUSE, KEYWIRE_PEER_CHANGED);
	say(&scene, KEYWIRE_HELLO, 0);
	expect(&scene, SESSION_REFUSE, KEYWIRE_PEER_CHANGED);
	close_scene(&scene);
}
END_TEST

START_TEST(the_last_reference_closes)
{
	struct scene scene;
	struct session *held;
	uint64_t key;
	int fd;

	open_scene(&scene, getuid());
	key = session_key(scene.session);
	fd = session_fd(scene.session);
	held = session_hold(scene.table, key);
	ck_assert_ptr_eq(held, scene.session);
	ck_assert(session_end(held));
	ck_assert(!session_end(scene.session));
	ck_assert_ptr_null(session_hold(scene.table, key));
	expect(&scene, SESSION_CLOSED, 0);
	session_release(held);
	ck_assert_int_ne(fcntl(fd, F_GETFD), -1);
	session_release(scene.session);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	session_table_free(scene.table);
	close(scene.client);
}
END_TEST

START_TEST(a_key_never_means_a_later_session)
{
	struct scene scene;
	struct session *later;
	uint64_t key;
	int fds[2];

	open_scene(&scene, getuid());
	key = session_key(scene.session);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	ck_assert_msg(session_open(scene.table, fds[0]) == NULL,
	    "the table is full");
	session_end(scene.session);
	session_release(scene.session);
	later = session_open(scene.table, fds[0]);
	ck_assert_ptr_eq(later, scene.session);
	ck_assert_ptr_null(session_hold(scene.table, key));
	ck_assert_uint_ne(session_key(later), key);
	ck_assert_ptr_null(session_hold(scene.table, UINT64_MAX));
	session_count(later, KEYWIRE_SIGNED);
	session_count(later, KEYWIRE_REFUSED);
	session_count(later, KEYWIRE_REFUSED);
	session_count(later, 255);
	ck_assert_uint_eq(session_signed(later), 1);
	ck_assert_uint_eq(session_refused(later), 2);
	session_release(later);
	session_table_free(scene.table);
	close(fds[1]);
	close(scene.client);
}
END_TEST

START_TEST(who_may_need_which_key_is_counted_until_the_end)
{
	struct session *held;
	struct scene scene;

	open_scene(&scene, getuid());
	ck_assert_uint_eq(users.undecided, 1);
	session_use_key(scene.session, KEYWIRE_KEYS_MAX);
	ck_assert_uint_eq(users.undecided, 1);
	session_use_key(scene.session, 1);
	session_use_key(scene.session, 1);
	ck_assert_uint_eq(users.undecided, 0);
	ck_assert_uint_eq(users.of_key[1], 1);
	session_use_key(scene.session, 0);
	ck_assert_uint_eq(users.of_key[0], 1);
	ck_assert_uint_eq(users.of_key[1], 1);
	held = session_hold(scene.table, session_key(scene.session));
	ck_assert(session_end(scene.session));
	ck_assert(!session_end(held));
	session_use_key(held, 2);
	session_release(held);
	ck_assert_uint_eq(users.undecided, 0);
	ck_assert_uint_eq(users.of_key[0] + users.of_key[1] + users.of_key[2],
	    0);
	close_scene(&scene);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("session");
	TCase *tcase = tcase_create("sessions");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, a_state_takes_what_the_table_says, 0,
	    LEN(moves));
	tcase_add_test(tcase, messages_are_taken_in_order);
	tcase_add_test(tcase, another_user_is_not_served);
	tcase_add_test(tcase, another_process_is_refused);
	tcase_add_test(tcase, the_last_reference_closes);
	tcase_add_test(tcase, a_key_never_means_a_later_session);
	tcase_add_test(tcase,
	    who_may_need_which_key_is_counted_until_the_end);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
