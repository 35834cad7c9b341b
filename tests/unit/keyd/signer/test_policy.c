/* SPDX-License-Identifier: ISC */
/*
 * test_policy: what is signed, to the byte, and what is refused and why.
 * Runs in: make check.
 */
#include "keyd/signer/policy.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/keyd/signer/keys.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

enum { KEY_RSA, KEY_PSS, KEY_PSS384, KEY_EC, KEY_ABSENT };

static const struct policy_keys keys = {
	.count = 4,
	.key = {
		[KEY_RSA] = { "rsa", TLS_KEY_RSA, NULL },
		[KEY_PSS] = { "pss", TLS_KEY_RSA_PSS, NULL },
		[KEY_PSS384] = { "pss384", TLS_KEY_RSA_PSS, "SHA384" },
		[KEY_EC] = { "ec", TLS_KEY_P256, NULL }
	}
};

static void
set_id(unsigned char *id, int key)
{
	memset(id, 0, KEYWIRE_KEY_ID_LEN);
	if (key == KEY_ABSENT)
		memcpy(id, "rsb", 3);
	else
		memcpy(id, keys.key[key].id, KEYWIRE_KEY_ID_LEN);
}

static const struct {
	const char *sentence;
	int key;
	uint16_t scheme;
	uint8_t hash_len;
	int reason;
} tls13[] = {
	{ "a SHA-256 transcript", KEY_RSA, 0x0804, 32, 0 },
	{ "a SHA-384 transcript, whatever the scheme's hash", KEY_RSA, 0x0804,
	    48,
	    0 },
	{ "no hash", KEY_RSA, 0x0804, 0, KEYWIRE_BAD_HASH_LENGTH },
	{ "a hash of 31 bytes", KEY_RSA, 0x0804, 31, KEYWIRE_BAD_HASH_LENGTH },
	{ "a hash of 33 bytes", KEY_RSA, 0x0804, 33, KEYWIRE_BAD_HASH_LENGTH },
	{ "a SHA-1 transcript", KEY_RSA, 0x0804, 20, KEYWIRE_BAD_HASH_LENGTH },
	{ "a hash of 47 bytes", KEY_RSA, 0x0804, 47, KEYWIRE_BAD_HASH_LENGTH },
	{ "PKCS#1 v1.5", KEY_RSA, 0x0401, 32, KEYWIRE_BAD_SCHEME },
	{ "another key's scheme", KEY_RSA, 0x0403, 32, KEYWIRE_BAD_SCHEME },
	{ "a scheme that is none", KEY_RSA, 0xffff, 32, KEYWIRE_BAD_SCHEME },
	{ "a key that is not served", KEY_ABSENT, 0x0804, 32,
	    KEYWIRE_UNKNOWN_KEY },
	{ "id-RSASSA-PSS with its own scheme", KEY_PSS, 0x0809, 32, 0 },
	{ "id-RSASSA-PSS with rsae", KEY_PSS, 0x0804, 32, KEYWIRE_BAD_SCHEME },
	{ "the hash that the parameters allow", KEY_PSS384, 0x080a, 32, 0 },
	{ "a hash that the parameters forbid", KEY_PSS384, 0x0809, 32,
	    KEYWIRE_BAD_SCHEME },
	{ "ECDSA on its curve", KEY_EC, 0x0403, 48, 0 },
	{ "ECDSA on another curve", KEY_EC, 0x0503, 48, KEYWIRE_BAD_SCHEME }
};

START_TEST(tls13_is_judged)
{
	struct keywire_message message = { .type = KEYWIRE_SIGN_TLS13 };
	struct policy_order order;
	unsigned char expected[256];
	size_t len;
	int reason;

	set_id(message.body.tls13.key_id, tls13[_i].key);
	message.body.tls13.scheme = tls13[_i].scheme;
	message.body.tls13.hash_len = tls13[_i].hash_len;
	memset(message.body.tls13.hash, 0x01, KEYWIRE_HASH_MAX);
	reason = policy_judge(&keys, &message, &order);
	ck_assert_msg(reason == tls13[_i].reason, "%s: %s",
	    tls13[_i].sentence, keywire_reason_name((unsigned int)reason));
	if (reason != 0)
		return;
	len = key_bytes_tls13(&message.body.tls13, expected);
	ck_assert_uint_eq(order.len, len);
	ck_assert_mem_eq(order.bytes, expected, len);
	ck_assert_int_eq((int)order.key, tls13[_i].key);
	ck_assert_uint_eq(order.scheme->scheme, tls13[_i].scheme);
}
END_TEST

static const struct {
	const char *sentence;
	int key;
	uint16_t scheme, curve;
	uint8_t point_len, first;
	int reason;
} tls12[] = {
	{ "x25519", KEY_RSA, 0x0804, 29, 32, 0xaa, 0 },
	{ "x25519 takes any bytes", KEY_RSA, 0x0804, 29, 32, 0x04, 0 },
	{ "x25519 of 31 bytes", KEY_RSA, 0x0804, 29, 31, 0xaa,
	    KEYWIRE_BAD_CURVE },
	{ "x448", KEY_RSA, 0x0804, 30, 56, 0xaa, 0 },
	{ "x448 of 57 bytes", KEY_RSA, 0x0804, 30, 57, 0xaa,
	    KEYWIRE_BAD_CURVE },
	{ "secp256r1", KEY_RSA, 0x0401, 23, 65, 0x04, 0 },
	{ "secp256r1, compressed", KEY_RSA, 0x0401, 23, 33, 0x02,
	    KEYWIRE_BAD_CURVE },
	{ "secp256r1, of another form", KEY_RSA, 0x0401, 23, 65, 0x06,
	    KEYWIRE_BAD_CURVE },
	{ "secp256r1 of 64 bytes", KEY_RSA, 0x0401, 23, 64, 0x04,
	    KEYWIRE_BAD_CURVE },
	{ "secp384r1", KEY_RSA, 0x0501, 24, 97, 0x04, 0 },
	{ "secp384r1 with secp256r1's length", KEY_RSA, 0x0501, 24, 65, 0x04,
	    KEYWIRE_BAD_CURVE },
	{ "secp521r1", KEY_RSA, 0x0601, 25, 133, 0x04, 0 },
	{ "secp521r1, no point", KEY_RSA, 0x0601, 25, 0, 0x04,
	    KEYWIRE_BAD_CURVE },
	{ "sect163k1", KEY_RSA, 0x0401, 1, 43, 0x04, KEYWIRE_BAD_CURVE },
	{ "secp256k1", KEY_RSA, 0x0401, 22, 65, 0x04, KEYWIRE_BAD_CURVE },
	{ "ffdhe2048", KEY_RSA, 0x0401, 256, 65, 0x04, KEYWIRE_BAD_CURVE },
	{ "a curve that is secp256r1 in its low byte alone", KEY_RSA, 0x0401,
	    0x0117, 65, 0x04, KEYWIRE_BAD_CURVE },
	{ "curve 0", KEY_RSA, 0x0401, 0, 0, 0, KEYWIRE_BAD_CURVE },
	{ "SHA-1", KEY_RSA, 0x0201, 29, 32, 0xaa, KEYWIRE_BAD_SCHEME },
	{ "ECDSA with any of the three hashes", KEY_EC, 0x0603, 29, 32, 0xaa,
	    0 },
	{ "ECDSA with an KEY_RSA scheme", KEY_EC, 0x0401, 29, 32, 0xaa,
	    KEYWIRE_BAD_SCHEME },
	{ "id-RSASSA-PSS with PKCS#1", KEY_PSS, 0x0401, 29, 32, 0xaa,
	    KEYWIRE_BAD_SCHEME },
	{ "the hash that the parameters allow", KEY_PSS384, 0x080a, 29, 32,
	    0xaa,
	    0 },
	{ "a hash that the parameters forbid", KEY_PSS384, 0x080b, 29, 32, 0xaa,
	    KEYWIRE_BAD_SCHEME },
	{ "a key that is not served", KEY_ABSENT, 0x0401, 29, 32, 0xaa,
	    KEYWIRE_UNKNOWN_KEY }
};

START_TEST(tls12_is_judged)
{
	struct keywire_message message = { .type = KEYWIRE_SIGN_TLS12 };
	struct keywire_sign_tls12 *sign = &message.body.tls12;
	struct policy_order order;
	unsigned char expected[256];
	size_t len;
	int reason;

	set_id(sign->key_id, tls12[_i].key);
	sign->scheme = tls12[_i].scheme;
	sign->curve = tls12[_i].curve;
	sign->point_len = tls12[_i].point_len;
	memset(sign->client_random, 'c', sizeof(sign->client_random));
	memset(sign->server_random, 's', sizeof(sign->server_random));
	memset(sign->point, 'p', sizeof(sign->point));
	sign->point[0] = tls12[_i].first;
	reason = policy_judge(&keys, &message, &order);
	ck_assert_msg(reason == tls12[_i].reason, "%s: %s",
	    tls12[_i].sentence, keywire_reason_name((unsigned int)reason));
	if (reason != 0)
		return;
	len = key_bytes_tls12(sign, expected);
	ck_assert_uint_eq(order.len, len);
	ck_assert_mem_eq(order.bytes, expected, len);
}
END_TEST

static const struct {
	const char *sentence;
	bool has_tls13;
	const char *end;	/* of the server's random */
	int reason;
} randoms[] = {
	{ "a server of TLS 1.3 marks its random", true, "DOWNGRD\x01", 0 },
	{ "it does not sign one without the mark", true, "ssssssss",
	    KEYWIRE_NO_SENTINEL },
	{ "nor with the mark of TLS 1.1", true, "DOWNGRD\0",
	    KEYWIRE_NO_SENTINEL },
	{ "nor with another end", true, "DOWNGRD\x02", KEYWIRE_NO_SENTINEL },
	{ "nor with another beginning", true, "dOWNGRD\x01",
	    KEYWIRE_NO_SENTINEL },
	{ "a server of TLS 1.2 alone has none", false, "ssssssss", 0 }
};

START_TEST(a_random_without_the_downgrade_sentinel_is_refused)
{
	struct keywire_message message = { .type = KEYWIRE_SIGN_TLS12 };
	struct keywire_sign_tls12 *sign = &message.body.tls12;
	struct policy_keys of_server = keys;
	struct policy_order order;
	int reason;

	of_server.has_tls13 = randoms[_i].has_tls13;
	set_id(sign->key_id, KEY_RSA);
	sign->scheme = 0x0804;
	sign->curve = 29;
	sign->point_len = 32;
	memset(sign->server_random, 's', sizeof(sign->server_random));
	memcpy(sign->server_random + 24, randoms[_i].end, 8);
	reason = policy_judge(&of_server, &message, &order);
	ck_assert_msg(reason == randoms[_i].reason, "%s: %s",
	    randoms[_i].sentence, keywire_reason_name((unsigned int)reason));
}
END_TEST

START_TEST(nothing_else_is_signed)
{
	struct keywire_message message = { 0 };
	struct policy_order order;
	unsigned int type;

	for (type = 0; type <= 255; type++) {
		message.type = (uint8_t)type;
		if (type == KEYWIRE_SIGN_TLS13 || type == KEYWIRE_SIGN_TLS12)
			continue;
		ck_assert_int_eq(policy_judge(&keys, &message, &order),
		    KEYWIRE_BAD_MESSAGE);
	}
}
END_TEST

/* Randoms of spaces make no TLS 1.3 signature: curve_type stands where its
 * context would begin. */
START_TEST(one_version_never_makes_the_others_bytes)
{
	struct keywire_message message = { .type = KEYWIRE_SIGN_TLS12 };
	struct keywire_sign_tls12 *sign = &message.body.tls12;
	struct policy_order order;

	set_id(sign->key_id, KEY_RSA);
	sign->scheme = 0x0804;
	memset(sign->client_random, ' ', 32);
	memset(sign->server_random, ' ', 32);
	sign->curve = 29;
	sign->point_len = 32;
	ck_assert_int_eq(policy_judge(&keys, &message, &order), 0);
	ck_assert_int_eq(order.bytes[64], 3);
}
END_TEST

START_TEST(a_key_may_use_what_some_version_allows)
{
	ck_assert(policy_may_use(&keys.key[KEY_RSA], 0x0401));
	ck_assert(!policy_may_use(&keys.key[KEY_RSA], 0x0809));
	ck_assert(policy_may_use(&keys.key[KEY_EC], 0x0603));
	ck_assert(policy_may_use(&keys.key[KEY_PSS384], 0x080a));
	ck_assert(!policy_may_use(&keys.key[KEY_PSS384], 0x080b));
	ck_assert(!policy_may_use(&keys.key[KEY_PSS384], 0));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("policy");
	TCase *tcase = tcase_create("verdicts");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, tls13_is_judged, 0, LEN(tls13));
	tcase_add_loop_test(tcase, tls12_is_judged, 0, LEN(tls12));
	tcase_add_loop_test(tcase,
	    a_random_without_the_downgrade_sentinel_is_refused, 0,
	    LEN(randoms));
	tcase_add_test(tcase, nothing_else_is_signed);
	tcase_add_test(tcase, one_version_never_makes_the_others_bytes);
	tcase_add_test(tcase, a_key_may_use_what_some_version_allows);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
