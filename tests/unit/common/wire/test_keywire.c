/* SPDX-License-Identifier: ISC */
/*
 * test_keywire: the key protocol's messages, there and back, and every other
 * shape refused.
 * Runs in: make check.
 */
#include "common/wire/keywire.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static void
make_hello(struct keywire_message *m)
{
	m->type = KEYWIRE_HELLO;
}

static void
make_no_keys(struct keywire_message *m)
{
	m->type = KEYWIRE_KEYS;
}

static void
make_keys(struct keywire_message *m)
{
	int i;

	m->type = KEYWIRE_KEYS;
	m->body.keys.count = KEYWIRE_KEYS_MAX;
	for (i = 0; i < KEYWIRE_KEYS_MAX; i++) {
		memset(m->body.keys.key[i].id, 'a' + i, KEYWIRE_KEY_ID_LEN);
		m->body.keys.key[i].spki_len =
		    i == 0 ? 1 : (uint16_t)(KEYWIRE_SPKI_MAX - i + 1);
		memset(m->body.keys.key[i].spki, 'A' + i,
		    m->body.keys.key[i].spki_len);
	}
}

static void
make_tls13(struct keywire_message *m)
{
	m->type = KEYWIRE_SIGN_TLS13;
	memset(m->body.tls13.key_id, 'k', KEYWIRE_KEY_ID_LEN);
	m->body.tls13.scheme = 0x0804;
	m->body.tls13.hash_len = 32;
	memset(m->body.tls13.hash, 'h', 32);
}

static void
make_tls13_empty(struct keywire_message *m)
{
	make_tls13(m);
	m->body.tls13.scheme = 0xffff;
	m->body.tls13.hash_len = 0;
	memset(m->body.tls13.hash, 0, 32);
}

static void
make_tls12(struct keywire_message *m)
{
	m->type = KEYWIRE_SIGN_TLS12;
	memset(m->body.tls12.key_id, 'k', KEYWIRE_KEY_ID_LEN);
	m->body.tls12.scheme = 0x0403;
	memset(m->body.tls12.client_random, 'c', KEYWIRE_RANDOM_LEN);
	memset(m->body.tls12.server_random, 's', KEYWIRE_RANDOM_LEN);
	m->body.tls12.curve = 25;
	m->body.tls12.point_len = KEYWIRE_POINT_MAX;
	memset(m->body.tls12.point, 'p', KEYWIRE_POINT_MAX);
}

static void
make_signed(struct keywire_message *m)
{
	m->type = KEYWIRE_SIGNED;
	m->body.sig.len = KEYWIRE_SIGNATURE_MAX;
	memset(m->body.sig.signature, 's', KEYWIRE_SIGNATURE_MAX);
}

static void
make_refused(struct keywire_message *m)
{
	m->type = KEYWIRE_REFUSED;
	m->body.reason = KEYWIRE_INTERNAL;
}

static const struct {
	const char *sentence;
	void (*make)(struct keywire_message *);
	size_t len;
} good[] = {
	{ "HELLO is a header alone", make_hello, 12 },
	{ "KEYS may be none", make_no_keys, 13 },
	{ "KEYS may be four, of any size", make_keys,
	    13 + 4 * 34 + 1 + 1200 + 1199 + 1198 },
	{ "SIGN_TLS13 carries a hash", make_tls13, 12 + 35 + 32 },
	{ "an empty hash has a shape (policy refuses it)", make_tls13_empty,
	    12 + 35 },
	{ "SIGN_TLS12 carries randoms and a point", make_tls12,
	    12 + 32 + 2 + 64 + 3 + 133 },
	{ "SIGNED carries up to 1024 bytes", make_signed, 12 + 2 + 1024 },
	{ "REFUSED carries a reason", make_refused, 13 }
};

START_TEST(a_message_survives_the_way)
{
	struct keywire_message sent = { .id = 0x0123456789abcdefULL }, got;
	unsigned char bytes[KEYWIRE_MESSAGE_MAX];
	size_t len;

	good[_i].make(&sent);
	memset(&got, 0, sizeof(got));
	len = keywire_encode(&sent, bytes, sizeof(bytes));
	ck_assert_msg(len == good[_i].len, "%s: %zu", good[_i].sentence, len);
	ck_assert_int_eq(keywire_decode(bytes, len, &got), 0);
	ck_assert_msg(got.id == sent.id && got.type == sent.type &&
	    memcmp(&got.body, &sent.body, sizeof(got.body)) == 0, "%s",
	    good[_i].sentence);
}
END_TEST

/* The bytes stand behind a guard (a heap block of exactly that size), so that
 * the sanitizer and valgrind see a read beyond them. */
START_TEST(every_truncation_is_refused)
{
	struct keywire_message sent = { .id = 7 }, got;
	unsigned char bytes[KEYWIRE_MESSAGE_MAX + 1], *exact;
	size_t len, cut;

	good[_i].make(&sent);
	len = keywire_encode(&sent, bytes, sizeof(bytes));
	for (cut = 0; cut < len; cut++) {
		exact = malloc(cut + 1);
		ck_assert_ptr_nonnull(exact);
		memcpy(exact + 1, bytes, cut);
		ck_assert_msg(keywire_decode(exact + 1, cut, &got) == -1,
		    "%s: %zu bytes of it", good[_i].sentence, cut);
		ck_assert_uint_eq(got.id, cut < KEYWIRE_HEADER_LEN ? 0 : 7);
		free(exact);
	}
	bytes[len] = 0;
	ck_assert_int_eq(keywire_decode(bytes, len + 1, &got), -1);
}
END_TEST

START_TEST(every_size_too_small_is_said)
{
	struct keywire_message sent = { .id = 7 };
	unsigned char bytes[KEYWIRE_MESSAGE_MAX];
	size_t len, size;

	good[_i].make(&sent);
	len = keywire_encode(&sent, bytes, sizeof(bytes));
	for (size = 0; size < len; size++)
		ck_assert_uint_eq(keywire_encode(&sent, bytes, size), 0);
	ck_assert_uint_eq(keywire_encode(&sent, bytes, len), len);
}
END_TEST

/* One byte of a good message, changed, so that it is none. */
static const struct {
	const char *sentence;
	void (*make)(struct keywire_message *);
	size_t at;
	unsigned char value;
} bad[] = {
	{ "version 0", make_hello, 0, 0 },
	{ "version 2", make_hello, 0, 2 },
	{ "type 0", make_hello, 1, 0 },
	{ "a type beyond the last", make_hello, 1, KEYWIRE_TYPES },
	{ "the largest type", make_hello, 1, 255 },
	{ "a reserved byte in use", make_hello, 2, 1 },
	{ "the other reserved byte in use", make_hello, 3, 1 },
	{ "more keys than there are", make_no_keys, 12, 1 },
	{ "too many keys", make_keys, 12, KEYWIRE_KEYS_MAX + 1 },
	{ "fewer keys than there are", make_keys, 12, KEYWIRE_KEYS_MAX - 1 },
	{ "an SPKI of length 0", make_keys, 12 + 1 + 32 + 1, 0 },
	{ "an SPKI beyond its maximum", make_keys, 12 + 1 + 32, 255 },
	{ "a hash beyond its maximum", make_tls13, 12 + 34, 49 },
	{ "a hash longer than the message", make_tls13, 12 + 34, 48 },
	{ "a hash shorter than the message", make_tls13, 12 + 34, 31 },
	{ "a point beyond its maximum", make_tls12, 12 + 32 + 2 + 64 + 2, 134 },
	{ "a point shorter than the message", make_tls12,
	    12 + 32 + 2 + 64 + 2, 132 },
	{ "a signature longer than the message", make_signed, 12, 255 },
	{ "an empty signature", make_signed, 12, 0 },
	{ "reason 0", make_refused, 12, 0 },
	{ "a reason beyond the last", make_refused, 12, KEYWIRE_REASONS }
};

START_TEST(another_shape_is_refused)
{
	struct keywire_message sent = { .id = 9 }, got;
	unsigned char bytes[KEYWIRE_MESSAGE_MAX];
	size_t len;

	bad[_i].make(&sent);
	len = keywire_encode(&sent, bytes, sizeof(bytes));
	ck_assert_int_eq(keywire_decode(bytes, len, &got), 0);
	bytes[bad[_i].at] = bad[_i].value;
	ck_assert_msg(keywire_decode(bytes, len, &got) == -1, "%s",
	    bad[_i].sentence);
	ck_assert_uint_eq(got.id, 9);
}
END_TEST

START_TEST(a_field_out_of_bounds_is_not_encoded)
{
	struct keywire_message m;
	unsigned char bytes[2 * KEYWIRE_MESSAGE_MAX];

	memset(&m, 0, sizeof(m));
	m.type = KEYWIRE_TYPES;
	ck_assert_uint_eq(keywire_encode(&m, bytes, sizeof(bytes)), 0);
	make_keys(&m);
	m.body.keys.count = KEYWIRE_KEYS_MAX + 1;
	ck_assert_uint_eq(keywire_encode(&m, bytes, sizeof(bytes)), 0);
	make_keys(&m);
	m.body.keys.key[3].spki_len = KEYWIRE_SPKI_MAX + 1;
	ck_assert_uint_eq(keywire_encode(&m, bytes, sizeof(bytes)), 0);
	make_tls13(&m);
	m.body.tls13.hash_len = KEYWIRE_HASH_MAX + 1;
	ck_assert_uint_eq(keywire_encode(&m, bytes, sizeof(bytes)), 0);
	make_tls12(&m);
	m.body.tls12.point_len = KEYWIRE_POINT_MAX + 1;
	ck_assert_uint_eq(keywire_encode(&m, bytes, sizeof(bytes)), 0);
	make_signed(&m);
	m.body.sig.len = 0;
	ck_assert_uint_eq(keywire_encode(&m, bytes, sizeof(bytes)), 0);
	m.body.sig.len = KEYWIRE_SIGNATURE_MAX + 1;
	ck_assert_uint_eq(keywire_encode(&m, bytes, sizeof(bytes)), 0);
	make_refused(&m);
	m.body.reason = 0;
	ck_assert_uint_eq(keywire_encode(&m, bytes, sizeof(bytes)), 0);
}
END_TEST

/* The protocol's page gives these bytes; another client is built from it. */
START_TEST(the_bytes_are_the_documented_ones)
{
	static const unsigned char refused[] = { 1, 6, 0, 0, 1, 2, 3, 4, 5, 6,
		7, 8, KEYWIRE_UNKNOWN_KEY };
	struct keywire_message m;
	unsigned char bytes[KEYWIRE_MESSAGE_MAX];

	ck_assert_int_eq(keywire_decode(refused, sizeof(refused), &m), 0);
	ck_assert_uint_eq(m.type, KEYWIRE_REFUSED);
	ck_assert_uint_eq(m.id, 0x0102030405060708ULL);
	ck_assert_uint_eq(m.body.reason, KEYWIRE_UNKNOWN_KEY);
	ck_assert_uint_eq(keywire_encode(&m, bytes, sizeof(bytes)), 13);
	ck_assert_mem_eq(bytes, refused, sizeof(refused));
	make_tls13(&m);
	ck_assert_uint_eq(keywire_encode(&m, bytes, sizeof(bytes)), 79);
	ck_assert_mem_eq(bytes + 12 + 32, "\x08\x04\x20h", 4);
}
END_TEST

START_TEST(everything_has_a_name)
{
	unsigned int i;

	for (i = 1; i < KEYWIRE_TYPES; i++)
		ck_assert_str_ne(keywire_type_name(i), "unknown type");
	for (i = 1; i < KEYWIRE_REASONS; i++)
		ck_assert_str_ne(keywire_reason_name(i), "unknown reason");
	ck_assert_str_eq(keywire_type_name(0), "unknown type");
	ck_assert_str_eq(keywire_type_name(KEYWIRE_TYPES), "unknown type");
	ck_assert_str_eq(keywire_reason_name(0), "unknown reason");
	ck_assert_str_eq(keywire_reason_name(~0u), "unknown reason");
	ck_assert_str_eq(keywire_type_name(KEYWIRE_SIGN_TLS13), "SIGN_TLS13");
	ck_assert_str_eq(keywire_reason_name(KEYWIRE_UNKNOWN_KEY),
	    "unknown key");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("keywire");
	TCase *tcase = tcase_create("messages");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, a_message_survives_the_way, 0, LEN(good));
	tcase_add_loop_test(tcase, every_truncation_is_refused, 0, LEN(good));
	tcase_add_loop_test(tcase, every_size_too_small_is_said, 0, LEN(good));
	tcase_add_loop_test(tcase, another_shape_is_refused, 0, LEN(bad));
	tcase_add_test(tcase, a_field_out_of_bounds_is_not_encoded);
	tcase_add_test(tcase, the_bytes_are_the_documented_ones);
	tcase_add_test(tcase, everything_has_a_name);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
