/* SPDX-License-Identifier: ISC */
/*
 * test_signature: a remote key signs TLS server handshakes and nothing else.
 */
#include "common/provider/signature.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/provider/key_link.h"
#include "common/wire/tls_scheme.h"
#include "tests/unit/common/provider/keypair.h"
#include "tests/unit/common/provider/remote.h"
#include "tests/unit/common/provider/responder.h"

#define TLS13_LEN 130
#define TLS12_LEN 100

static unsigned char tls13[TLS13_LEN], tls12[TLS12_LEN];
static struct remote remote;
static struct responder responder;

static void
set_up(void)
{
	static const char context[] = "TLS 1.3, server CertificateVerify";

	memset(tls13, ' ', sizeof(tls13));
	memcpy(tls13 + 64, context, sizeof(context));
	tls12[64] = 3;
	tls12[66] = 29;
	tls12[67] = 32;
}

/* keyd answers whatever comes. */
static const struct keypair *
open_kind(enum keypair_kind kind)
{
	remote_open(&remote, &keypairs[kind]);
	responder_start(&responder, remote.keyd, &keypairs[kind]);
	remote.keyd = -1;
	ck_assert_int_eq(key_link_await_keys(remote.link), 0);
	return &keypairs[kind];
}

static void
tear_down(void)
{
	key_link_attach(remote.link, -1);
	responder_stop(&responder);
	remote_close(&remote);
}

static const struct scheme_case {
	const char *sentence;
	enum keypair_kind kind;
	const char *digest;
	int padding;			/* 0: not said */
	int signs_tls13, signs_tls12;
} scheme_cases[] = {
	{ "RSA-PSS with SHA-256", KEYPAIR_RSA, "SHA256",
	    RSA_PKCS1_PSS_PADDING, 1, 1 },
	{ "RSA-PSS with SHA-512", KEYPAIR_RSA, "SHA2-512",
	    RSA_PKCS1_PSS_PADDING, 1, 1 },
	{ "PKCS#1 v1.5, in TLS 1.2 alone", KEYPAIR_RSA, "SHA256",
	    RSA_PKCS1_PADDING, 0, 1 },
	{ "PKCS#1 v1.5 is RSA's default", KEYPAIR_RSA, "SHA384", 0, 0, 1 },
	{ "RSA without padding is refused", KEYPAIR_RSA, "SHA256",
	    RSA_NO_PADDING, 0, 0 },
	{ "RSA with OAEP is refused", KEYPAIR_RSA, "SHA256",
	    RSA_PKCS1_OAEP_PADDING, 0, 0 },
	{ "RSA with X9.31 is refused", KEYPAIR_RSA, "SHA256",
	    RSA_X931_PADDING, 0, 0 },
	{ "RSA with SHA-1 is refused", KEYPAIR_RSA, "SHA1", 0, 0, 0 },
	{ "RSA with SHA-224 is refused", KEYPAIR_RSA, "SHA224", 0, 0, 0 },
	{ "RSA with MD5 is refused", KEYPAIR_RSA, "MD5", 0, 0, 0 },
	{ "an RSA-PSS key's default is PSS", KEYPAIR_RSA_PSS, "SHA384", 0, 1,
	    1 },
	{ "an RSA-PSS key makes no PKCS#1 v1.5", KEYPAIR_RSA_PSS, "SHA256",
	    RSA_PKCS1_PADDING, 0, 0 },
	{ "P-256 with SHA-256", KEYPAIR_P256, "SHA256", 0, 1, 1 },
	{ "P-256 with SHA-384, in TLS 1.2 alone", KEYPAIR_P256, "SHA384", 0, 0,
	    1 },
	{ "P-384 with SHA-384", KEYPAIR_P384, "SHA384", 0, 1, 1 },
	{ "P-384 with SHA-256, in TLS 1.2 alone", KEYPAIR_P384, "SHA256", 0, 0,
	    1 },
	{ "P-384 with SHA3-384 is refused", KEYPAIR_P384, "SHA3-384", 0, 0, 0 },
	{ "Ed25519 has no digest", KEYPAIR_ED25519, NULL, 0, 1, 1 },
	{ "Ed25519 with one is refused", KEYPAIR_ED25519, "SHA256", 0, 0, 0 }
};

static int
sign(const struct scheme_case *row, const unsigned char *tbs, size_t tbs_len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_context;
	unsigned char out[KEYWIRE_SIGNATURE_MAX];
	size_t len = 0;
	int signs;

	ERR_clear_error();
	signs = EVP_DigestSignInit_ex(context, &key_context, row->digest, NULL,
	    NULL, remote.key, NULL) == 1;
	if (signs && row->padding != 0)
		signs = EVP_PKEY_CTX_set_rsa_padding(key_context,
		    row->padding) == 1;
	if (signs && row->padding == RSA_PKCS1_PSS_PADDING)
		signs = EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context,
		    RSA_PSS_SALTLEN_DIGEST) == 1;
	signs = signs && EVP_DigestSign(context, NULL, &len, tbs,
	    tbs_len) == 1 && len <= sizeof(out) &&
	    EVP_DigestSign(context, out, &len, tbs, tbs_len) == 1;
	EVP_MD_CTX_free(context);
	if (!signs)
		ck_assert_uint_ne(ERR_peek_error(), 0);
	return signs;
}

START_TEST(scheme)
{
	const struct scheme_case *row = &scheme_cases[_i];

	(void)open_kind(row->kind);
	ck_assert_msg(sign(row, tls13, sizeof(tls13)) == row->signs_tls13,
	    "%s (1.3)", row->sentence);
	ck_assert_msg(sign(row, tls12, sizeof(tls12)) == row->signs_tls12,
	    "%s (1.2)", row->sentence);
}
END_TEST

/* One row of scheme_cases per kind that signs both. */
static const int good_rows[KEYPAIR_KINDS] = {
	[KEYPAIR_RSA] = 0,
	[KEYPAIR_RSA_PSS] = 10,
	[KEYPAIR_P256] = 12,
	[KEYPAIR_P384] = 14,
	[KEYPAIR_ED25519] = 17
};

START_TEST(arbitrary_bytes_are_not_signed)
{
	const struct scheme_case *row = &scheme_cases[good_rows[_i]];
	static const unsigned char zeroes[200];

	(void)open_kind((enum keypair_kind)_i);
	ck_assert(sign(row, tls13, sizeof(tls13)));
	ck_assert(!sign(row, zeroes, 0));
	ck_assert(!sign(row, zeroes, 32));
	ck_assert(!sign(row, zeroes, TLS12_LEN));
	ck_assert(!sign(row, zeroes, sizeof(zeroes)));
	ck_assert_str_eq(ERR_reason_error_string(ERR_peek_error()),
	    "only TLS server handshakes are signed");
	ck_assert(!sign(row, tls13, sizeof(tls13) - 1));
	tls13[64 + 9] = 'c';
	ck_assert(!sign(row, tls13, sizeof(tls13)));
}
END_TEST

START_TEST(a_digest_is_not_signed)
{
	EVP_PKEY_CTX *context;
	unsigned char digest[32] = { 1 }, out[KEYWIRE_SIGNATURE_MAX];
	size_t len = sizeof(out);

	(void)open_kind((enum keypair_kind)_i);
	context = EVP_PKEY_CTX_new_from_pkey(NULL, remote.key, NULL);
	ck_assert_ptr_nonnull(context);
	ck_assert_int_le(EVP_PKEY_sign_init(context), 0);
	ck_assert_int_le(EVP_PKEY_sign(context, out, &len, digest,
	    sizeof(digest)), 0);
	EVP_PKEY_CTX_free(context);
}
END_TEST

/* In pieces, nobody would see all that is to be signed. */
START_TEST(pieces_are_not_signed)
{
	const struct scheme_case *row = &scheme_cases[good_rows[_i]];
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	(void)open_kind((enum keypair_kind)_i);
	ck_assert_int_eq(EVP_DigestSignInit_ex(context, NULL, row->digest,
	    NULL, NULL, remote.key, NULL), 1);
	ck_assert_int_le(EVP_DigestSignUpdate(context, tls13, sizeof(tls13)),
	    0);
	EVP_MD_CTX_free(context);
}
END_TEST

/* 0: refused. */
static const struct salt_case {
	const char *sentence;
	int len;
	int taken;
} salt_cases[] = {
	{ "as long as the digest", RSA_PSS_SALTLEN_DIGEST, 1 },
	{ "as long as the digest, in bytes", 32, 1 },
	{ "none", 0, 0 },
	{ "20 bytes", 20, 0 },
	{ "the longest", RSA_PSS_SALTLEN_MAX, 0 },
	{ "any", RSA_PSS_SALTLEN_AUTO, 0 }
};

START_TEST(salt)
{
	const struct salt_case *row = &salt_cases[_i];
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_context;

	(void)open_kind(KEYPAIR_RSA);
	ck_assert_int_eq(EVP_DigestSignInit_ex(context, &key_context, "SHA256",
	    NULL, NULL, remote.key, NULL), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(key_context,
	    RSA_PKCS1_PSS_PADDING), 1);
	ck_assert_msg((EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context,
	    row->len) == 1) == row->taken, "%s", row->sentence);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_mgf1_md_name(key_context,
	    "SHA256", NULL), 1);
	ck_assert_int_ne(EVP_PKEY_CTX_set_rsa_mgf1_md_name(key_context,
	    "SHA1", NULL), 1);
	EVP_MD_CTX_free(context);
}
END_TEST

START_TEST(too_small_a_place_is_not_written_over)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char out[8];
	size_t len = sizeof(out);

	(void)open_kind(KEYPAIR_P256);
	ck_assert_int_eq(EVP_DigestSignInit_ex(context, NULL, "SHA256", NULL,
	    NULL, remote.key, NULL), 1);
	ck_assert_int_ne(EVP_DigestSign(context, out, &len, tls13,
	    sizeof(tls13)), 1);
	EVP_MD_CTX_free(context);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("signature");
	TCase *tcase = tcase_create("signature");

	tcase_add_unchecked_fixture(tcase, keypair_make_all, keypair_free_all);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, scheme, 0,
	    (int)(sizeof(scheme_cases) / sizeof(scheme_cases[0])));
	tcase_add_loop_test(tcase, arbitrary_bytes_are_not_signed, 0,
	    KEYPAIR_KINDS);
	tcase_add_loop_test(tcase, a_digest_is_not_signed, 0, KEYPAIR_KINDS);
	tcase_add_loop_test(tcase, pieces_are_not_signed, 0, KEYPAIR_KINDS);
	tcase_add_loop_test(tcase, salt, 0,
	    (int)(sizeof(salt_cases) / sizeof(salt_cases[0])));
	tcase_add_test(tcase, too_small_a_place_is_not_written_over);
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
