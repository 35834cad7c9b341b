/* SPDX-License-Identifier: ISC */
/*
 * test_dialwire: the messages of worker and dialer, there and back, and every
 * other shape refused.
 * Runs in: make check.
 */
#include "common/wire/dialwire.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define BYTES(text) (const unsigned char *)(text), sizeof(text) - 1

#define X10 "xxxxxxxxxx"
#define X127 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10 "xxxxxxx"

#define DIAL "\1\1\1\0" "\1\2\3\4\5\6\7\10"
#define ABANDON "\1\2\2\0" "\0\0\0\0\0\0\0\1"
#define REPLY_OK "\1\3\1\0" "\377\377\377\377\377\377\377\377" "\0\0\0\0"

static const struct good_case {
	const char *proves;
	struct dialwire_message message;
	const unsigned char *bytes;
	size_t len;
} good_cases[] = {
	{ "a request for the backend", { .type = DIALWIRE_DIAL,
	    .route = DIALWIRE_BACKEND, .id = 0x0102030405060708 },
	    BYTES(DIAL) },
	{ "one that is no longer wanted", { .type = DIALWIRE_ABANDON,
	    .route = DIALWIRE_KEY, .id = 1 }, BYTES(ABANDON) },
	{ "no more clients", { .type = DIALWIRE_LEAVE,
	    .route = DIALWIRE_BACKEND, .id = 0 },
	    BYTES("\1\4\1\0" "\0\0\0\0\0\0\0\0") },
	{ "a connection", { .type = DIALWIRE_REPLY,
	    .route = DIALWIRE_BACKEND, .id = UINT64_MAX,
	    .address = "127.0.0.1:5432" },
	    BYTES(REPLY_OK "\16" "127.0.0.1:5432") },
	{ "without a text", { .type = DIALWIRE_REPLY,
	    .route = DIALWIRE_BACKEND, .id = UINT64_MAX },
	    BYTES(REPLY_OK "\0") },
	{ "a refusal, the longest text and errno", { .type = DIALWIRE_REPLY,
	    .route = DIALWIRE_KEY, .id = 2, .error = DIALWIRE_ERROR_MAX,
	    .address = X127 },
	    BYTES("\1\3\2\0" "\0\0\0\0\0\0\0\2" "\0\0\17\377" "\177" X127) },
	{ "a path in UTF-8", { .type = DIALWIRE_REPLY, .route = DIALWIRE_KEY,
	    .id = 2, .error = 2, .address = "/\xc3\xa9" },
	    BYTES("\1\3\2\0" "\0\0\0\0\0\0\0\2" "\0\0\0\2" "\3" "/\xc3\xa9") },
};

START_TEST(encode)
{
	const struct good_case *c = &good_cases[_i];
	unsigned char out[DIALWIRE_MESSAGE_MAX + 1];
	size_t size;

	memset(out, 0x5a, sizeof(out));
	ck_assert_msg(dialwire_encode(&c->message, out,
	    DIALWIRE_MESSAGE_MAX) == c->len, "%s: length", c->proves);
	ck_assert_msg(memcmp(out, c->bytes, c->len) == 0, "%s: bytes",
	    c->proves);
	for (size = 0; size < c->len; size++)
		ck_assert_uint_eq(dialwire_encode(&c->message, out, size), 0);
	ck_assert_uint_eq(dialwire_encode(&c->message, out, c->len), c->len);
}
END_TEST

START_TEST(decode)
{
	const struct good_case *c = &good_cases[_i];
	struct dialwire_message out;

	memset(&out, 0x5a, sizeof(out));
	ck_assert_msg(dialwire_decode(c->bytes, c->len, &out) == 0,
	    "%s: refused", c->proves);
	ck_assert_uint_eq(out.type, c->message.type);
	ck_assert_uint_eq(out.route, c->message.route);
	ck_assert_uint_eq(out.id, c->message.id);
	ck_assert_uint_eq(out.error, c->message.error);
	ck_assert_str_eq(out.address, c->message.address);
}
END_TEST

/* Shorter or longer by any number of bytes, it is no message. */
START_TEST(other_lengths)
{
	const struct good_case *c = &good_cases[_i];
	struct dialwire_message out, before;
	unsigned char *exact;
	size_t len;

	memset(&before, 0x5a, sizeof(before));
	for (len = 0; len <= DIALWIRE_MESSAGE_MAX + 20; len++) {
		if (len == c->len)
			continue;
		exact = calloc(1, len + 1);
		ck_assert_ptr_nonnull(exact);
		memcpy(exact, c->bytes, len < c->len ? len : c->len);
		out = before;
		ck_assert_msg(dialwire_decode(exact, len, &out) == -1,
		    "%s: %zu bytes", c->proves, len);
		ck_assert_mem_eq(&out, &before, sizeof(out));
		free(exact);
	}
}
END_TEST

static const struct bad_case {
	const char *proves;
	const unsigned char *bytes;
	size_t len;
} bad_cases[] = {
	{ "version 0", BYTES("\0\1\1\0" "\1\2\3\4\5\6\7\10") },
	{ "version 2", BYTES("\2\1\1\0" "\1\2\3\4\5\6\7\10") },
	{ "type 0", BYTES("\1\0\1\0" "\1\2\3\4\5\6\7\10") },
	{ "type 5", BYTES("\1\5\1\0" "\1\2\3\4\5\6\7\10") },
	{ "type 255", BYTES("\1\377\1\0" "\1\2\3\4\5\6\7\10") },
	{ "route 0", BYTES("\1\1\0\0" "\1\2\3\4\5\6\7\10") },
	{ "route 3", BYTES("\1\1\3\0" "\1\2\3\4\5\6\7\10") },
	{ "something in the place of zero",
	    BYTES("\1\1\1\1" "\1\2\3\4\5\6\7\10") },
	{ "a request that says an errno",
	    BYTES("\1\1\1\0" "\1\2\3\4\5\6\7\10" "\0\0\0\1" "\0") },
	{ "an errno that is none",
	    BYTES("\1\3\1\0" "\1\2\3\4\5\6\7\10" "\0\0\20\0" "\0") },
	{ "a negative errno",
	    BYTES("\1\3\1\0" "\1\2\3\4\5\6\7\10" "\377\377\377\377" "\0") },
	{ "a text that is longer than it says", BYTES(REPLY_OK "\1" "ab") },
	{ "a text that is shorter than it says", BYTES(REPLY_OK "\3" "ab") },
	{ "a text of 128 bytes", BYTES(REPLY_OK "\200" X127 "x") },
	{ "a NUL in the text", BYTES(REPLY_OK "\3" "a\0b") },
	{ "a newline in the text", BYTES(REPLY_OK "\3" "a\nb") },
	{ "an escape in the text", BYTES(REPLY_OK "\3" "a\033b") },
	{ "a DEL in the text", BYTES(REPLY_OK "\3" "a\177b") },
};

START_TEST(refused)
{
	struct dialwire_message out;

	ck_assert_msg(dialwire_decode(bad_cases[_i].bytes, bad_cases[_i].len,
	    &out) == -1, "%s: accepted", bad_cases[_i].proves);
}
END_TEST

static const struct unsayable_case {
	const char *proves;
	struct dialwire_message message;
} unsayable_cases[] = {
	{ "type 0", { .route = DIALWIRE_KEY } },
	{ "type 4", { .type = DIALWIRE_TYPES, .route = DIALWIRE_KEY } },
	{ "route 0", { .type = DIALWIRE_DIAL } },
	{ "route 3", { .type = DIALWIRE_DIAL, .route = DIALWIRE_ROUTES } },
	{ "an errno that is none", { .type = DIALWIRE_REPLY,
	    .route = DIALWIRE_KEY, .error = DIALWIRE_ERROR_MAX + 1 } },
	{ "a control byte", { .type = DIALWIRE_REPLY, .route = DIALWIRE_KEY,
	    .address = "a\tb" } },
	{ "a text without its NUL", { .type = DIALWIRE_REPLY,
	    .route = DIALWIRE_KEY, .address = { [0 ... 127] = 'x' } } },
};

START_TEST(unsayable)
{
	unsigned char out[DIALWIRE_MESSAGE_MAX + 10];

	ck_assert_msg(dialwire_encode(&unsayable_cases[_i].message, out,
	    sizeof(out)) == 0, "%s: said", unsayable_cases[_i].proves);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("common/wire/dialwire");
	TCase *tc = tcase_create("dialwire");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, encode, 0, LEN(good_cases));
	tcase_add_loop_test(tc, decode, 0, LEN(good_cases));
	tcase_add_loop_test(tc, other_lengths, 0, LEN(good_cases));
	tcase_add_loop_test(tc, refused, 0, LEN(bad_cases));
	tcase_add_loop_test(tc, unsayable, 0, LEN(unsayable_cases));
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
