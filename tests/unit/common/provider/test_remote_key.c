/* SPDX-License-Identifier: ISC */
/*
 * test_remote_key: handshakes of libssl by a remote key.
 */
#include "common/provider/remote_key.h"

#include <openssl/err.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/provider/key_link.h"
#include "tests/unit/common/provider/handshake.h"
#include "tests/unit/common/provider/keypair.h"
#include "tests/unit/common/provider/remote.h"
#include "tests/unit/common/provider/responder.h"

static const struct blocking_case {
	const char *sentence;
	enum keypair_kind kind;
	struct handshake_options options;
	enum handshake_end end;
} blocking_cases[] = {
	{ "RSA, TLS 1.3", KEYPAIR_RSA, { TLS1_3_VERSION, NULL, NULL, NULL, 0 },
	    HANDSHAKE_DONE },
	{ "RSA, TLS 1.2", KEYPAIR_RSA, { TLS1_2_VERSION, NULL, NULL, NULL, 0 },
	    HANDSHAKE_DONE },
	{ "RSA-PSS, TLS 1.3", KEYPAIR_RSA_PSS,
	    { TLS1_3_VERSION, NULL, NULL, NULL, 0 }, HANDSHAKE_DONE },
	{ "RSA-PSS, TLS 1.2", KEYPAIR_RSA_PSS,
	    { TLS1_2_VERSION, NULL, NULL, NULL, 0 }, HANDSHAKE_DONE },
	{ "P-256, TLS 1.3", KEYPAIR_P256,
	    { TLS1_3_VERSION, NULL, NULL, NULL, 0 }, HANDSHAKE_DONE },
	{ "P-256, TLS 1.2", KEYPAIR_P256,
	    { TLS1_2_VERSION, NULL, NULL, NULL, 0 }, HANDSHAKE_DONE },
	{ "P-384, TLS 1.3", KEYPAIR_P384,
	    { TLS1_3_VERSION, NULL, NULL, NULL, 0 }, HANDSHAKE_DONE },
	{ "P-384, TLS 1.2", KEYPAIR_P384,
	    { TLS1_2_VERSION, NULL, NULL, NULL, 0 }, HANDSHAKE_DONE },
	{ "Ed25519, TLS 1.3", KEYPAIR_ED25519,
	    { TLS1_3_VERSION, NULL, NULL, NULL, 0 }, HANDSHAKE_DONE },
	{ "Ed25519, TLS 1.2", KEYPAIR_ED25519,
	    { TLS1_2_VERSION, NULL, NULL, NULL, 0 }, HANDSHAKE_DONE },
	{ "a hash of 32 bytes in TLS 1.3", KEYPAIR_RSA, { TLS1_3_VERSION,
	    NULL, NULL, "TLS_AES_128_GCM_SHA256", 0 }, HANDSHAKE_DONE },
	{ "a hash of 48 bytes in TLS 1.3", KEYPAIR_P256, { TLS1_3_VERSION,
	    NULL, NULL, "TLS_AES_256_GCM_SHA384", 0 }, HANDSHAKE_DONE },
	{ "PKCS#1 v1.5 with SHA-256 in TLS 1.2", KEYPAIR_RSA,
	    { TLS1_2_VERSION, "RSA+SHA256", NULL, NULL, 0 }, HANDSHAKE_DONE },
	{ "PKCS#1 v1.5 with SHA-384 in TLS 1.2", KEYPAIR_RSA,
	    { TLS1_2_VERSION, "RSA+SHA384", NULL, NULL, 0 }, HANDSHAKE_DONE },
	{ "PKCS#1 v1.5 with SHA-512 in TLS 1.2", KEYPAIR_RSA,
	    { TLS1_2_VERSION, "RSA+SHA512", NULL, NULL, 0 }, HANDSHAKE_DONE },
	{ "PKCS#1 v1.5 with SHA-224 is no scheme of ours", KEYPAIR_RSA,
	    { TLS1_2_VERSION, "RSA+SHA224", NULL, NULL, 0 },
	    HANDSHAKE_FAILED },
	{ "rsa_pss_rsae_sha384", KEYPAIR_RSA, { TLS1_3_VERSION,
	    "rsa_pss_rsae_sha384", NULL, NULL, 0 }, HANDSHAKE_DONE },
	{ "rsa_pss_rsae_sha512 in TLS 1.2", KEYPAIR_RSA, { TLS1_2_VERSION,
	    "rsa_pss_rsae_sha512", NULL, NULL, 0 }, HANDSHAKE_DONE },
	{ "rsa_pss_pss_sha512", KEYPAIR_RSA_PSS, { TLS1_3_VERSION,
	    "rsa_pss_pss_sha512:rsa_pss_pss_sha256", NULL, NULL, 0 },
	    HANDSHAKE_DONE },
	{ "TLS 1.2 names the hash alone: P-256 with SHA-384", KEYPAIR_P256,
	    { TLS1_2_VERSION, "ECDSA+SHA384:ECDSA+SHA256", NULL, NULL, 0 },
	    HANDSHAKE_DONE },
	{ "TLS 1.2 names the hash alone: P-384 with SHA-512", KEYPAIR_P384,
	    { TLS1_2_VERSION, "ECDSA+SHA512:ECDSA+SHA256", NULL, NULL, 0 },
	    HANDSHAKE_DONE },
	{ "ECDHE on X25519", KEYPAIR_RSA, { TLS1_2_VERSION, NULL, "X25519",
	    NULL, 0 }, HANDSHAKE_DONE },
	{ "ECDHE on X448", KEYPAIR_RSA, { TLS1_2_VERSION, NULL, "X448", NULL,
	    0 }, HANDSHAKE_DONE },
	{ "ECDHE on P-256", KEYPAIR_RSA, { TLS1_2_VERSION, NULL, "P-256",
	    NULL, 0 }, HANDSHAKE_DONE },
	{ "ECDHE on P-384", KEYPAIR_RSA, { TLS1_2_VERSION, NULL, "P-384",
	    NULL, 0 }, HANDSHAKE_DONE },
	{ "ECDHE on P-521", KEYPAIR_RSA, { TLS1_2_VERSION, NULL, "P-521",
	    NULL, 0 }, HANDSHAKE_DONE },
	{ "no static RSA", KEYPAIR_RSA, { TLS1_2_VERSION, NULL, NULL,
	    "AES128-GCM-SHA256", 0 }, HANDSHAKE_FAILED }
};

#define BLOCKING_CASES \
	((int)(sizeof(blocking_cases) / sizeof(blocking_cases[0])))

START_TEST(blocking)
{
	const struct blocking_case *row = &blocking_cases[_i];
	const struct keypair *keypair = &keypairs[row->kind];
	struct responder responder;
	struct handshake handshake;
	struct remote remote;

	remote_open(&remote, keypair);
	responder_start(&responder, remote.keyd, keypair);
	remote.keyd = -1;
	ck_assert_int_eq(key_link_await_keys(remote.link), 0);
	ck_assert_int_eq(X509_check_private_key(keypair->certificate,
	    remote.key), 1);
	handshake_open(&handshake, keypair, remote.key, &row->options);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	ck_assert_msg(handshake_run(&handshake) == row->end, "%s: %s",
	    row->sentence, ERR_reason_error_string(ERR_peek_last_error()));
	handshake_close(&handshake);
	key_link_attach(remote.link, -1);
	responder_stop(&responder);
	remote_close(&remote);
}
END_TEST

static const struct unsupported_case {
	const char *sentence;
	const char *type;
	int bits;
	const char *group;
} unsupported_cases[] = {
	{ "RSA of 1024 bits is refused", "RSA", 1024, NULL },
	{ "EC on P-521 is refused", "EC", 0, "P-521" },
	{ "EC on secp256k1 is refused", "EC", 0, "secp256k1" },
	{ "Ed448 is refused", "ED448", 0, NULL },
	{ "X25519 is refused", "X25519", 0, NULL }
};

START_TEST(unsupported)
{
	const struct unsupported_case *row = &unsupported_cases[_i];
	struct remote_key_store *store = remote_key_store_new();
	struct key_link *link = key_link_new(REMOTE_TIMEOUT_MS);
	EVP_PKEY *key = keypair_generate(row->type, row->bits, row->group);
	struct keywire_key wire;

	keypair_describe(key, &wire);
	ck_assert_msg(remote_key_new(store, link, wire.spki,
	    wire.spki_len) == NULL, "%s", row->sentence);
	ck_assert_uint_ne(ERR_peek_error(), 0);
	EVP_PKEY_free(key);
	remote_key_store_free(store);
	key_link_free(link);
}
END_TEST

START_TEST(every_truncation_of_an_spki_is_refused)
{
	const struct keywire_key *wire = &keypairs[_i].wire;
	struct remote_key_store *store = remote_key_store_new();
	struct key_link *link = key_link_new(REMOTE_TIMEOUT_MS);
	unsigned char longer[KEYWIRE_SPKI_MAX + 1] = { 0 };
	EVP_PKEY *key;
	size_t len;

	for (len = 0; len < wire->spki_len; len++)
		ck_assert_ptr_null(remote_key_new(store, link, wire->spki,
		    len));
	memcpy(longer, wire->spki, wire->spki_len);
	ck_assert_ptr_null(remote_key_new(store, link, longer,
	    (size_t)wire->spki_len + 1));
	key = remote_key_new(store, link, wire->spki, wire->spki_len);
	ck_assert_ptr_nonnull(key);
	EVP_PKEY_free(key);
	remote_key_store_free(store);
	key_link_free(link);
}
END_TEST

START_TEST(a_certificate_of_another_key_is_refused)
{
	const struct keypair *keypair = &keypairs[_i];
	EVP_PKEY *other = keypair_generate("EC", 0, "P-256");
	struct keywire_key wire;
	struct remote_key_store *store = remote_key_store_new();
	struct key_link *link = key_link_new(REMOTE_TIMEOUT_MS);
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key;

	keypair_describe(other, &wire);
	key = remote_key_new(store, link, wire.spki, wire.spki_len);
	ck_assert_ptr_nonnull(key);
	ck_assert_int_ne(X509_check_private_key(keypair->certificate, key), 1);
	ck_assert_int_ne(SSL_CTX_use_cert_and_key(context,
	    keypair->certificate, key, NULL, 1), 1);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	SSL_CTX_free(context);
	remote_key_store_free(store);
	key_link_free(link);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("remote_key");
	TCase *tcase = tcase_create("remote_key");

	tcase_add_unchecked_fixture(tcase, keypair_make_all, keypair_free_all);
	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, blocking, 0, BLOCKING_CASES);
	tcase_add_loop_test(tcase, unsupported, 0,
	    (int)(sizeof(unsupported_cases) / sizeof(unsupported_cases[0])));
	tcase_add_loop_test(tcase, every_truncation_of_an_spki_is_refused, 0,
	    KEYPAIR_KINDS);
	tcase_add_loop_test(tcase, a_certificate_of_another_key_is_refused, 0,
	    KEYPAIR_KINDS);
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
