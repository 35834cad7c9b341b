/* SPDX-License-Identifier: ISC */
/*
 * test_tbs: what is a TLS server handshake, and what is not.
 */
#include "common/provider/tbs.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/wire/keywire.h"

#define TLS13_FIXED_LEN 98
#define TLS12_FIXED_LEN 68
#define LONGEST 256

/* Bytes to be signed, and what becomes of them. */
struct tbs {
	unsigned char bytes[LONGEST];
	size_t len;
};

static void
build_tls13(struct tbs *tbs, size_t hash_len)
{
	static const char context[] = "TLS 1.3, server CertificateVerify";

	memset(tbs->bytes, 0xa5, sizeof(tbs->bytes));
	memset(tbs->bytes, ' ', 64);
	memcpy(tbs->bytes + 64, context, sizeof(context));
	tbs->len = TLS13_FIXED_LEN + hash_len;
}

static void
build_tls12(struct tbs *tbs, unsigned int curve, size_t point_len)
{
	memset(tbs->bytes, 0xa5, sizeof(tbs->bytes));
	memset(tbs->bytes, 'c', 32);
	memset(tbs->bytes + 32, 's', 32);
	tbs->bytes[64] = 3;
	tbs->bytes[65] = (unsigned char)(curve >> 8);
	tbs->bytes[66] = (unsigned char)curve;
	tbs->bytes[67] = (unsigned char)point_len;
	tbs->bytes[68] = 4;
	tbs->len = TLS12_FIXED_LEN + point_len;
}

static int
read_tbs(const struct tbs *tbs, struct keywire_message *out)
{
	unsigned char *exact = malloc(tbs->len == 0 ? 1 : tbs->len);
	int status;

	/* On the heap and no longer than it is, for the sanitizer. */
	ck_assert_ptr_nonnull(exact);
	memcpy(exact, tbs->bytes, tbs->len);
	status = tbs_read(exact, tbs->len, out);
	free(exact);
	return status;
}

/* Every truncation and extension of good bytes is refused, out untouched. */
static void
check_lengths(struct tbs *tbs)
{
	struct keywire_message out, before;
	size_t good = tbs->len;

	memset(&before, 0x5a, sizeof(before));
	for (tbs->len = 0; tbs->len <= LONGEST; tbs->len++) {
		if (tbs->len == good)
			continue;
		out = before;
		ck_assert_msg(read_tbs(tbs, &out) == -1, "%zu bytes",
		    tbs->len);
		ck_assert_mem_eq(&out, &before, sizeof(out));
	}
	tbs->len = good;
}


START_TEST(a_tls13_hash_of_32_or_48_bytes)
{
	const size_t lens[] = { 32, 48 };
	struct keywire_message out;
	struct tbs tbs;

	build_tls13(&tbs, lens[_i]);
	out.id = 7;
	ck_assert_int_eq(read_tbs(&tbs, &out), 0);
	ck_assert_uint_eq(out.type, KEYWIRE_SIGN_TLS13);
	ck_assert_uint_eq(out.id, 7);
	ck_assert_uint_eq(out.body.tls13.hash_len, lens[_i]);
	ck_assert_mem_eq(out.body.tls13.hash, tbs.bytes + TLS13_FIXED_LEN,
	    lens[_i]);
}
END_TEST

START_TEST(no_tls13_hash_of_another_length)
{
	struct keywire_message out;
	struct tbs tbs;

	build_tls13(&tbs, 0);
	for (tbs.len = 0; tbs.len <= LONGEST; tbs.len++) {
		if (tbs.len == TLS13_FIXED_LEN + 32 ||
		    tbs.len == TLS13_FIXED_LEN + 48)
			continue;
		ck_assert_msg(read_tbs(&tbs, &out) == -1, "%zu bytes",
		    tbs.len);
	}
}
END_TEST

START_TEST(every_byte_of_the_tls13_prefix_counts)
{
	struct keywire_message out;
	struct tbs tbs;
	size_t i;

	build_tls13(&tbs, 32);
	for (i = 0; i < TLS13_FIXED_LEN; i++) {
		tbs.bytes[i] ^= 0x20;
		ck_assert_msg(read_tbs(&tbs, &out) == -1, "byte %zu", i);
		tbs.bytes[i] ^= 0x20;
	}
	ck_assert_int_eq(read_tbs(&tbs, &out), 0);
}
END_TEST

START_TEST(a_client_certificate_verify_is_refused)
{
	struct keywire_message out;
	struct tbs tbs;

	build_tls13(&tbs, 32);
	memcpy(tbs.bytes + 64, "TLS 1.3, client", 15);
	ck_assert_int_eq(read_tbs(&tbs, &out), -1);
}
END_TEST

static const struct curve_case {
	const char *sentence;
	unsigned int curve;
	size_t point_len;
	int status;
} curve_cases[] = {
	{ "secp256r1 has a point of 65 bytes", 23, 65, 0 },
	{ "secp384r1 has a point of 97 bytes", 24, 97, 0 },
	{ "secp521r1 has a point of 133 bytes", 25, 133, 0 },
	{ "x25519 has a point of 32 bytes", 29, 32, 0 },
	{ "x448 has a point of 56 bytes", 30, 56, 0 },
	{ "secp256r1 has no compressed point", 23, 33, -1 },
	{ "secp256r1 has no point of 97 bytes", 23, 97, -1 },
	{ "x25519 has no point of 31 bytes", 29, 31, -1 },
	{ "x25519 has no empty point", 29, 0, -1 },
	{ "secp224r1 is no curve of TLS servers of today", 21, 57, -1 },
	{ "secp256k1 is none", 22, 65, -1 },
	{ "a curve that is not assigned is none", 0xffff, 65, -1 },
	{ "a finite field group is no curve", 256, 65, -1 },
	{ "the two bytes of a curve are not swapped", 23 << 8, 65, -1 }
};

#define CURVE_CASES ((int)(sizeof(curve_cases) / sizeof(curve_cases[0])))

START_TEST(a_tls12_curve_and_its_point)
{
	const struct curve_case *row = &curve_cases[_i];
	const struct keywire_sign_tls12 *fields;
	struct keywire_message out;
	struct tbs tbs;

	build_tls12(&tbs, row->curve, row->point_len);
	out.id = 7;
	ck_assert_msg(read_tbs(&tbs, &out) == row->status, "%s",
	    row->sentence);
	if (row->status == -1)
		return;
	fields = &out.body.tls12;
	ck_assert_uint_eq(out.type, KEYWIRE_SIGN_TLS12);
	ck_assert_uint_eq(out.id, 7);
	ck_assert_mem_eq(fields->client_random, tbs.bytes, 32);
	ck_assert_mem_eq(fields->server_random, tbs.bytes + 32, 32);
	ck_assert_uint_eq(fields->curve, row->curve);
	ck_assert_uint_eq(fields->point_len, row->point_len);
	ck_assert_mem_eq(fields->point, tbs.bytes + TLS12_FIXED_LEN,
	    row->point_len);
	check_lengths(&tbs);
}
END_TEST

static const struct byte_case {
	const char *sentence;
	unsigned int curve;
	size_t point_len;
	size_t at;
	unsigned char byte;
	int status;
} byte_cases[] = {
	{ "a named curve is taken", 23, 65, 64, 3, 0 },
	{ "an explicit prime curve is refused", 23, 65, 64, 1, -1 },
	{ "an explicit binary curve is refused", 23, 65, 64, 2, -1 },
	{ "an uncompressed point is taken", 23, 65, 68, 4, 0 },
	{ "a compressed point is refused", 23, 65, 68, 2, -1 },
	{ "a hybrid point is refused", 24, 97, 68, 6, -1 },
	{ "a point at infinity is refused", 25, 133, 68, 0, -1 },
	{ "x25519 may begin with any byte", 29, 32, 68, 0, 0 },
	{ "x448 may begin with any byte", 30, 56, 68, 2, 0 },
	{ "a longer length than the bytes is refused", 29, 32, 67, 33, -1 },
	{ "a shorter length than the bytes is refused", 29, 32, 67, 31, -1 }
};

#define BYTE_CASES ((int)(sizeof(byte_cases) / sizeof(byte_cases[0])))

START_TEST(a_tls12_byte)
{
	const struct byte_case *row = &byte_cases[_i];
	struct keywire_message out;
	struct tbs tbs;

	build_tls12(&tbs, row->curve, row->point_len);
	tbs.bytes[row->at] = row->byte;
	ck_assert_msg(read_tbs(&tbs, &out) == row->status, "%s",
	    row->sentence);
}
END_TEST

/* Whatever a client puts into its random, it gets no TLS 1.3 signature. */
START_TEST(randoms_of_spaces_stay_tls12)
{
	struct keywire_message out;
	struct tbs tbs;

	build_tls12(&tbs, 29, 32);
	memset(tbs.bytes, ' ', 64);
	ck_assert_int_eq(read_tbs(&tbs, &out), 0);
	ck_assert_uint_eq(out.type, KEYWIRE_SIGN_TLS12);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("tbs");
	TCase *tcase = tcase_create("tbs");

	tcase_add_loop_test(tcase, a_tls13_hash_of_32_or_48_bytes, 0, 2);
	tcase_add_test(tcase, no_tls13_hash_of_another_length);
	tcase_add_test(tcase, every_byte_of_the_tls13_prefix_counts);
	tcase_add_test(tcase, a_client_certificate_verify_is_refused);
	tcase_add_loop_test(tcase, a_tls12_curve_and_its_point, 0,
	    CURVE_CASES);
	tcase_add_loop_test(tcase, a_tls12_byte, 0, BYTE_CASES);
	tcase_add_test(tcase, randoms_of_spaces_stay_tls12);
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
