/* SPDX-License-Identifier: ISC */
/*
 * test_login: what a server says up to its first ReadyForQuery, whole, byte by
 * byte, cut in two anywhere; and what no server may say.
 * Runs in: make check.
 */
#include "common/pg/login.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define BYTES(text) (const unsigned char *)(text), sizeof(text) - 1

#define AUTH_OK "R\0\0\0\10\0\0\0\0"
#define AUTH_CLEARTEXT "R\0\0\0\10\0\0\0\3"
#define AUTH_MD5 "R\0\0\0\14\0\0\0\5salt"
#define AUTH_SASL "R\0\0\0\27\0\0\0\12SCRAM-SHA-256\0\0"
#define AUTH_SASL_MORE "R\0\0\0\15\0\0\0\13r=abc"
#define AUTH_SASL_END "R\0\0\0\15\0\0\0\14v=abc"
#define STATUS "S\0\0\0\17TimeZone\0Z\0"
#define KEY "K\0\0\0\14\0\0\1\2\1\2\3\4"
#define NOTICE "N\0\0\0\15SLOG\0M\0\0\0"
#define REFUSAL "E\0\0\0\20SFATAL\0Mno\0\0"
#define NEGOTIATE "v\0\0\0\14\0\3\0\2\0\0\0\0"
#define READY "Z\0\0\0\5I"

/* An event, and how many bytes from the start make it. */
struct step {
	enum login_event event;
	size_t at;
};

#define N(text) (sizeof(text) - 1)

static const struct dialogue {
	const char *proves;
	const unsigned char *bytes;
	size_t len;
	uint32_t auth;
	struct step steps[4];
} dialogues[] = {
	{ "a server that trusts", BYTES(AUTH_OK KEY READY), 0,
	    { { LOGIN_OK, N(AUTH_OK) },
	      { LOGIN_READY, N(AUTH_OK KEY READY) } } },
	{ "a cleartext password", BYTES(AUTH_CLEARTEXT AUTH_OK READY), 3,
	    { { LOGIN_CHALLENGE, N(AUTH_CLEARTEXT) },
	      { LOGIN_OK, N(AUTH_CLEARTEXT AUTH_OK) },
	      { LOGIN_READY, N(AUTH_CLEARTEXT AUTH_OK READY) } } },
	{ "md5: the challenge is known before its salt",
	    BYTES(AUTH_MD5 AUTH_OK READY), 5,
	    { { LOGIN_CHALLENGE, N(AUTH_MD5) - 4 },
	      { LOGIN_OK, N(AUTH_MD5 AUTH_OK) },
	      { LOGIN_READY, N(AUTH_MD5 AUTH_OK READY) } } },
	{ "SCRAM: only the first of its messages is the challenge",
	    BYTES(AUTH_SASL AUTH_SASL_MORE AUTH_SASL_END AUTH_OK READY), 10,
	    { { LOGIN_CHALLENGE, 9 },
	      { LOGIN_OK, N(AUTH_SASL AUTH_SASL_MORE AUTH_SASL_END AUTH_OK) },
	      { LOGIN_READY, N(AUTH_SASL AUTH_SASL_MORE AUTH_SASL_END AUTH_OK
		READY) } } },
	{ "a version that is negotiated, a notice, a key of 3.2",
	    BYTES(NEGOTIATE NOTICE AUTH_OK NOTICE
	    "K\0\0\0\50\0\0\1\2" "0123456789abcdef0123456789abcdef" READY), 0,
	    { { LOGIN_OK, N(NEGOTIATE NOTICE AUTH_OK) },
	      { LOGIN_READY, N(NEGOTIATE NOTICE AUTH_OK NOTICE
		"K\0\0\0\50\0\0\1\2" "0123456789abcdef0123456789abcdef"
		READY) } } },
	{ "refused at once", BYTES(REFUSAL), 0,
	    { { LOGIN_REFUSED, N(REFUSAL) } } },
	{ "a wrong password", BYTES(AUTH_CLEARTEXT REFUSAL), 3,
	    { { LOGIN_CHALLENGE, N(AUTH_CLEARTEXT) },
	      { LOGIN_REFUSED, N(AUTH_CLEARTEXT REFUSAL) } } },
	{ "no such database: refused after AuthenticationOk",
	    BYTES(AUTH_OK KEY REFUSAL), 0,
	    { { LOGIN_OK, N(AUTH_OK) },
	      { LOGIN_REFUSED, N(AUTH_OK KEY REFUSAL) } } },
	{ "a parameter, and a transaction status of T",
	    BYTES(AUTH_OK STATUS "Z\0\0\0\5T"), 0,
	    { { LOGIN_OK, N(AUTH_OK) },
	      { LOGIN_READY, N(AUTH_OK STATUS "Z\0\0\0\5T") } } },
};

/*
 * Feeds the dialogue in pieces of at most piece bytes and checks that each
 * event comes behind its byte, and no other one.
 */
static void
follow(const struct dialogue *d, size_t first, size_t piece)
{
	struct login login = { .auth = 0 };
	const struct step *step = d->steps;
	enum login_event event;
	size_t at, n, taken;

	for (at = 0, n = first; at < d->len; at += taken) {
		if (n > d->len - at)
			n = d->len - at;
		event = login_follow(&login, d->bytes + at, n, &taken);
		ck_assert_msg(taken <= n, "%s: took too many", d->proves);
		if (event == LOGIN_NOTHING) {
			ck_assert_msg(taken == n, "%s: left bytes at %zu",
			    d->proves, at);
			n = piece;
			continue;
		}
		ck_assert_msg(event == step->event && at + taken == step->at,
		    "%s: event %d at %zu", d->proves, event, at + taken);
		n = n > taken ? n - taken : piece;
		step++;
	}
	ck_assert_msg(step->event == LOGIN_NOTHING, "%s: event %d is missing",
	    d->proves, step->event);
	ck_assert_uint_eq(login.auth, d->auth);
	ck_assert_int_eq(login.challenged, d->auth != 0);
	ck_assert_int_eq(login.ready, step[-1].event == LOGIN_READY);
}

START_TEST(whole)
{
	follow(&dialogues[_i], dialogues[_i].len, dialogues[_i].len);
}
END_TEST

START_TEST(bytewise)
{
	follow(&dialogues[_i], 1, 1);
}
END_TEST

START_TEST(cut_in_two)
{
	size_t first;

	for (first = 0; first < dialogues[_i].len; first++)
		follow(&dialogues[_i], first, dialogues[_i].len);
}
END_TEST

/* Cut before its first event, a dialogue has none. */
START_TEST(truncated)
{
	const struct dialogue *d = &dialogues[_i];
	size_t cut, taken;

	for (cut = 1; cut < d->steps[0].at; cut++) {
		struct login login = { .auth = 0 };

		ck_assert_int_eq(login_follow(&login, d->bytes, cut, &taken),
		    LOGIN_NOTHING);
		ck_assert_uint_eq(taken, cut);
		ck_assert(!login.ok && !login.ready && !login.challenged);
	}
}
END_TEST

/* The server's process by its own number, in whatever pieces it comes. */
START_TEST(backend_pid)
{
	static const unsigned char bytes[] = AUTH_OK KEY READY;
	struct login login = { .auth = 0 };
	size_t at, taken;

	for (at = 0; at < N(AUTH_OK KEY READY); at++) {
		(void)login_follow(&login, bytes + at, 1, &taken);
		ck_assert_uint_eq(login.backend_pid,
		    at + 1 < N(AUTH_OK) + 9 ? 0 : 0x0102);
	}
}
END_TEST

/* Only there may a message of ours follow what the client has. */
START_TEST(between_messages)
{
	static const unsigned char sasl[] = AUTH_SASL;
	struct login login = { .auth = 0 };
	size_t at, taken;

	ck_assert(login_is_between_messages(&login));
	for (at = 0; at < N(AUTH_SASL) - 1; at++) {
		(void)login_follow(&login, sasl + at, 1, &taken);
		ck_assert_msg(!login_is_between_messages(&login),
		    "after %zu bytes", at + 1);
	}
	(void)login_follow(&login, sasl + at, 1, &taken);
	ck_assert(login_is_between_messages(&login));
}
END_TEST

static const struct broken_case {
	const char *proves;
	const unsigned char *bytes;
	size_t len;
	size_t at;		/* behind this byte it is broken; 0: it is not */
} broken_cases[] = {
	{ "another protocol", BYTES("HTTP/1.1 200"), 1 },
	{ "a TLS alert", BYTES("\25\3\3\0\2\2\50"), 1 },
	{ "a NUL", BYTES("\0"), 1 },
	{ "a row before the login", BYTES("D\0\0\0\6\0\0"), 1 },
	{ "ready before AuthenticationOk", BYTES(READY), 1 },
	{ "ready in place of an answer", BYTES(AUTH_MD5 READY),
	    N(AUTH_MD5) + 1 },
	{ "a key before AuthenticationOk", BYTES(KEY), 1 },
	{ "a parameter before AuthenticationOk", BYTES(STATUS), 1 },
	{ "a second AuthenticationOk", BYTES(AUTH_OK AUTH_OK),
	    N(AUTH_OK) + 1 },
	{ "a challenge behind AuthenticationOk", BYTES(AUTH_OK AUTH_MD5),
	    N(AUTH_OK) + 1 },
	{ "an Authentication without its kind", BYTES("R\0\0\0\7\0\0\0"), 5 },
	{ "a length below its own word", BYTES("E\0\0\0\3"), 5 },
	{ "a length of nothing", BYTES("N\0\0\0\0"), 5 },
	{ "an error without a body", BYTES("E\0\0\0\4"), 5 },
	{ "an error of one byte", BYTES("E\0\0\0\5\0"), 0 },
	{ "the longest error", BYTES("E\0\20\0\4"), 0 },
	{ "an error of one byte more", BYTES("E\0\20\0\5"), 5 },
	{ "an error of the old protocol", BYTES("Ecould not fork"), 5 },
	{ "a negative length", BYTES("N\377\377\377\377"), 5 },
	{ "a version without its count", BYTES("v\0\0\0\13\0\3\0"), 5 },
	{ "a key of no bytes", BYTES(AUTH_OK "K\0\0\0\10\0\0\1\2"),
	    N(AUTH_OK) + 5 },
	{ "a key of 1 byte", BYTES(AUTH_OK "K\0\0\0\11\0\0\1\2\1"), 0 },
	{ "a key of 256 bytes", BYTES(AUTH_OK "K\0\0\1\10"), 0 },
	{ "a key of 257 bytes", BYTES(AUTH_OK "K\0\0\1\11"), N(AUTH_OK) + 5 },
	{ "a ready of no status", BYTES(AUTH_OK "Z\0\0\0\4"),
	    N(AUTH_OK) + 5 },
	{ "a ready of two bytes", BYTES(AUTH_OK "Z\0\0\0\6II"),
	    N(AUTH_OK) + 5 },
	{ "a ready of a status that is none", BYTES(AUTH_OK "Z\0\0\0\5X"),
	    N(AUTH_OK) + 6 },
};

START_TEST(broken)
{
	const struct broken_case *c = &broken_cases[_i];
	struct login login = { .auth = 0 };
	enum login_event event = LOGIN_NOTHING;
	size_t at, taken;

	for (at = 0; at < c->len && event != LOGIN_BROKEN; at += taken)
		event = login_follow(&login, c->bytes + at, c->len - at,
		    &taken);
	if (c->at == 0) {
		ck_assert_msg(event != LOGIN_BROKEN, "%s: refused", c->proves);
		return;
	}
	ck_assert_msg(event == LOGIN_BROKEN && at == c->at,
	    "%s: event %d at %zu", c->proves, event, at);
	ck_assert(!login.ready);
	ck_assert_int_eq(login_follow(&login, BYTES(AUTH_OK READY), &taken),
	    LOGIN_BROKEN);
	ck_assert_uint_eq(taken, 0);
}
END_TEST

static const struct tail_case {
	const char *proves;
	const unsigned char *bytes;
	size_t len;
	bool is_ready;
} tail_cases[] = {
	{ "nothing", BYTES(""), false },
	{ "a ReadyForQuery", BYTES(READY), true },
	{ "in a transaction", BYTES("Z\0\0\0\5T"), true },
	{ "in a failed one", BYTES("Z\0\0\0\5E"), true },
	{ "of no known status", BYTES("Z\0\0\0\5X"), false },
	{ "one byte short", BYTES("\0\0\0\5I"), false },
	{ "still coming", BYTES("C\0\0\0\5Z\0\0\0\5"), false },
	{ "behind a command's end", BYTES("C\0\0\0\rSELECT 1\0" READY),
	    true },
	{ "with something behind it", BYTES(READY NOTICE), false },
	{ "of another length", BYTES("Z\0\0\0\6I"), false },
	{ "of another type", BYTES("Y\0\0\0\5I"), false },
};

/* In pieces of every size it comes to the same. */
START_TEST(tail)
{
	const struct tail_case *c = &tail_cases[_i];
	size_t at, n, piece;

	for (piece = 1; piece <= c->len + 1; piece++) {
		struct login_tail t = { .len = 0 };

		for (at = 0; at < c->len; at += n) {
			n = c->len - at < piece ? c->len - at : piece;
			login_tail_add(&t, c->bytes + at, n);
			login_tail_add(&t, c->bytes, 0);
		}
		ck_assert_msg(login_tail_is_ready(&t) == c->is_ready,
		    "%s, in pieces of %zu", c->proves, piece);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("common/pg/login");
	TCase *tc = tcase_create("login");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, whole, 0, LEN(dialogues));
	tcase_add_loop_test(tc, bytewise, 0, LEN(dialogues));
	tcase_add_loop_test(tc, cut_in_two, 0, LEN(dialogues));
	tcase_add_test(tc, backend_pid);
	tcase_add_test(tc, between_messages);
	tcase_add_loop_test(tc, truncated, 0, LEN(dialogues));
	tcase_add_loop_test(tc, broken, 0, LEN(broken_cases));
	tcase_add_loop_test(tc, tail, 0, LEN(tail_cases));
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
