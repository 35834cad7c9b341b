/* SPDX-License-Identifier: ISC */
/*
 * test_tls_scheme: which key may make which scheme in which version of TLS.
 * Runs in: make check.
 */
#include "common/wire/tls_scheme.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *sentence;
	enum tls_key_kind key;
	unsigned int scheme;
	bool tls13, tls12;
} cases[] = {
	{ "RSA makes PSS (rsae) in both versions", TLS_KEY_RSA,
	    TLS_RSA_PSS_RSAE_SHA256, true, true },
	{ "RSA makes PSS (rsae) with SHA-384", TLS_KEY_RSA,
	    TLS_RSA_PSS_RSAE_SHA384, true, true },
	{ "RSA makes PSS (rsae) with SHA-512", TLS_KEY_RSA,
	    TLS_RSA_PSS_RSAE_SHA512, true, true },
	{ "PKCS#1 v1.5 is TLS 1.2's alone", TLS_KEY_RSA,
	    TLS_RSA_PKCS1_SHA256, false, true },
	{ "PKCS#1 v1.5 with SHA-384 too", TLS_KEY_RSA,
	    TLS_RSA_PKCS1_SHA384, false, true },
	{ "PKCS#1 v1.5 with SHA-512 too", TLS_KEY_RSA,
	    TLS_RSA_PKCS1_SHA512, false, true },
	{ "PKCS#1 v1.5 with SHA-1 never", TLS_KEY_RSA, 0x0201, false, false },
	{ "ECDSA with SHA-1 never", TLS_KEY_P256, 0x0203, false, false },
	{ "an ordinary RSA key is none of id-RSASSA-PSS", TLS_KEY_RSA,
	    TLS_RSA_PSS_PSS_SHA256, false, false },
	{ "an id-RSASSA-PSS key makes the pss_pss schemes", TLS_KEY_RSA_PSS,
	    TLS_RSA_PSS_PSS_SHA256, true, true },
	{ "an id-RSASSA-PSS key with SHA-384", TLS_KEY_RSA_PSS,
	    TLS_RSA_PSS_PSS_SHA384, true, true },
	{ "an id-RSASSA-PSS key with SHA-512", TLS_KEY_RSA_PSS,
	    TLS_RSA_PSS_PSS_SHA512, true, true },
	{ "an id-RSASSA-PSS key makes no rsae scheme", TLS_KEY_RSA_PSS,
	    TLS_RSA_PSS_RSAE_SHA256, false, false },
	{ "an id-RSASSA-PSS key makes no PKCS#1 v1.5", TLS_KEY_RSA_PSS,
	    TLS_RSA_PKCS1_SHA256, false, false },
	{ "P-256 makes its own scheme", TLS_KEY_P256,
	    TLS_ECDSA_SECP256R1_SHA256, true, true },
	{ "P-256 with SHA-384 is TLS 1.2's alone", TLS_KEY_P256,
	    TLS_ECDSA_SECP384R1_SHA384, false, true },
	{ "P-256 with SHA-512 is TLS 1.2's alone", TLS_KEY_P256,
	    TLS_ECDSA_SECP521R1_SHA512, false, true },
	{ "P-384 makes its own scheme", TLS_KEY_P384,
	    TLS_ECDSA_SECP384R1_SHA384, true, true },
	{ "P-384 with SHA-256 is TLS 1.2's alone", TLS_KEY_P384,
	    TLS_ECDSA_SECP256R1_SHA256, false, true },
	{ "an EC key makes no RSA scheme", TLS_KEY_P256,
	    TLS_RSA_PSS_RSAE_SHA256, false, false },
	{ "an RSA key makes no ECDSA scheme", TLS_KEY_RSA,
	    TLS_ECDSA_SECP256R1_SHA256, false, false },
	{ "Ed25519 makes its own in both", TLS_KEY_ED25519, TLS_ED25519,
	    true, true },
	{ "Ed25519 makes no ECDSA scheme", TLS_KEY_ED25519,
	    TLS_ECDSA_SECP256R1_SHA256, false, false },
	{ "Ed448 is no scheme of ours", TLS_KEY_ED25519, 0x0808, false, false },
	{ "scheme 0 is none", TLS_KEY_RSA, 0, false, false },
	{ "a number beyond 16 bits is none", TLS_KEY_RSA, 0x10804, false,
	    false },
	{ "a kind of key that does not exist makes nothing",
	    (enum tls_key_kind)0, TLS_RSA_PSS_RSAE_SHA256, false, false },
	{ "nor does one far beyond", (enum tls_key_kind)99,
	    TLS_RSA_PSS_RSAE_SHA256, false, false }
};

START_TEST(a_key_makes_what_the_table_says)
{
	ck_assert_msg(tls_scheme_may_sign_tls13(cases[_i].key,
	    cases[_i].scheme) == cases[_i].tls13, "TLS 1.3: %s",
	    cases[_i].sentence);
	ck_assert_msg(tls_scheme_may_sign_tls12(cases[_i].key,
	    cases[_i].scheme) == cases[_i].tls12, "TLS 1.2: %s",
	    cases[_i].sentence);
}
END_TEST

START_TEST(find_knows_a_scheme_by_its_number)
{
	const struct tls_scheme_row *row;

	row = tls_scheme_find(TLS_RSA_PSS_RSAE_SHA384);
	ck_assert_ptr_nonnull(row);
	ck_assert_str_eq(row->name, "rsa_pss_rsae_sha384");
	ck_assert_str_eq(row->hash, "SHA384");
	ck_assert(row->is_pss);
	row = tls_scheme_find(TLS_RSA_PKCS1_SHA256);
	ck_assert(!row->is_pss);
	row = tls_scheme_find(TLS_ED25519);
	ck_assert_ptr_null(row->hash);
	ck_assert_ptr_null(tls_scheme_find(0x0808));
}
END_TEST

/* A scheme that nobody may make would be a row without a use. */
START_TEST(every_scheme_has_a_key_that_makes_it)
{
	unsigned int scheme, kind, makers, known = 0;

	for (scheme = 0; scheme <= 0xffff; scheme++) {
		makers = 0;
		for (kind = TLS_KEY_RSA; kind <= TLS_KEY_ED25519; kind++)
			makers += tls_scheme_may_sign_tls12(
			    (enum tls_key_kind)kind, scheme);
		if (tls_scheme_find(scheme) != NULL)
			known++;
		ck_assert_msg((makers > 0) ==
		    (tls_scheme_find(scheme) != NULL), "0x%04x", scheme);
	}
	ck_assert_uint_eq(known, 13);
	ck_assert_ptr_nonnull(tls_scheme_at(known - 1));
	ck_assert_ptr_null(tls_scheme_at(known));
	ck_assert_ptr_eq(tls_scheme_at(0),
	    tls_scheme_find((unsigned int)tls_scheme_at(0)->scheme));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tls_scheme");
	TCase *tcase = tcase_create("table");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, a_key_makes_what_the_table_says, 0,
	    (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(tcase, find_knows_a_scheme_by_its_number);
	tcase_add_test(tcase, every_scheme_has_a_key_that_makes_it);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
