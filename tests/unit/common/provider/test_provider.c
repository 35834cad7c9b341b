/* SPDX-License-Identifier: ISC */
/*
 * test_provider: what the provider offers OpenSSL, and that it is no more.
 */
#include "common/provider/provider.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include <check.h>
#include <stdlib.h>

static OSSL_LIB_CTX *context;
static OSSL_PROVIDER *provider;

static void
set_up(void)
{
	context = OSSL_LIB_CTX_new();
	ck_assert_ptr_nonnull(context);
	ck_assert_int_eq(OSSL_PROVIDER_add_builtin(context, PROVIDER_NAME,
	    provider_init), 1);
	provider = OSSL_PROVIDER_load(context, PROVIDER_NAME);
	ck_assert_ptr_nonnull(provider);
}

static void
tear_down(void)
{
	ck_assert_int_eq(OSSL_PROVIDER_unload(provider), 1);
	OSSL_LIB_CTX_free(context);
}

START_TEST(it_says_who_it_is)
{
	const char *name = NULL, *version = NULL;
	int status = 0;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_ptr(OSSL_PROV_PARAM_NAME,
		    (char **)(uintptr_t)&name, 0),
		OSSL_PARAM_construct_utf8_ptr(OSSL_PROV_PARAM_VERSION,
		    (char **)(uintptr_t)&version, 0),
		OSSL_PARAM_construct_int(OSSL_PROV_PARAM_STATUS, &status),
		OSSL_PARAM_construct_end()
	};

	ck_assert_ptr_nonnull(OSSL_PROVIDER_gettable_params(provider));
	ck_assert_int_eq(OSSL_PROVIDER_get_params(provider, params), 1);
	ck_assert_str_eq(name, "Postern remote keys");
	ck_assert_str_eq(version, PACKAGE_VERSION);
	ck_assert_int_eq(status, 1);
}
END_TEST

static const struct operation_case {
	const char *sentence;
	int operation;
	int offered;
} operation_cases[] = {
	{ "keys are offered", OSSL_OP_KEYMGMT, 1 },
	{ "signatures are offered", OSSL_OP_SIGNATURE, 1 },
	{ "no decryption", OSSL_OP_ASYM_CIPHER, 0 },
	{ "no key encapsulation", OSSL_OP_KEM, 0 },
	{ "no key exchange", OSSL_OP_KEYEXCH, 0 },
	{ "no digest", OSSL_OP_DIGEST, 0 },
	{ "no random numbers", OSSL_OP_RAND, 0 },
	{ "no encoder", OSSL_OP_ENCODER, 0 },
	{ "no decoder", OSSL_OP_DECODER, 0 },
	{ "no store", OSSL_OP_STORE, 0 }
};

START_TEST(operation)
{
	const struct operation_case *row = &operation_cases[_i];
	int no_cache;

	ck_assert_msg((OSSL_PROVIDER_query_operation(provider, row->operation,
	    &no_cache) != NULL) == row->offered, "%s", row->sentence);
}
END_TEST

START_TEST(no_other_provider_is_in_its_context)
{
	ck_assert_int_eq(OSSL_PROVIDER_available(context, PROVIDER_NAME), 1);
	ck_assert_int_eq(OSSL_PROVIDER_available(context, "default"), 0);
	ck_assert_ptr_null(EVP_MD_fetch(context, "SHA256", NULL));
	ck_assert_int_eq(OSSL_PROVIDER_available(NULL, PROVIDER_NAME), 0);
}
END_TEST

START_TEST(no_key_is_generated)
{
	const char *const types[] = { "RSA", "RSA-PSS", "EC", "ED25519" };
	EVP_PKEY_CTX *key_context;

	key_context = EVP_PKEY_CTX_new_from_name(context, types[_i], NULL);
	ck_assert_ptr_nonnull(key_context);
	ck_assert_int_le(EVP_PKEY_keygen_init(key_context), 0);
	EVP_PKEY_CTX_free(key_context);
}
END_TEST

START_TEST(no_other_type_of_key_is_there)
{
	ck_assert_ptr_null(EVP_PKEY_CTX_new_from_name(context, "X25519",
	    NULL));
	ck_assert_ptr_null(EVP_PKEY_CTX_new_from_name(context, "DH", NULL));
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("provider");
	TCase *tcase = tcase_create("provider");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, it_says_who_it_is);
	tcase_add_loop_test(tcase, operation, 0,
	    (int)(sizeof(operation_cases) / sizeof(operation_cases[0])));
	tcase_add_test(tcase, no_other_provider_is_in_its_context);
	tcase_add_loop_test(tcase, no_key_is_generated, 0, 4);
	tcase_add_test(tcase, no_other_type_of_key_is_there);
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
