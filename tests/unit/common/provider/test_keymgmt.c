/* SPDX-License-Identifier: ISC */
/*
 * test_keymgmt: what a remote key shows of itself, and what it keeps.
 */
#include "common/provider/keymgmt.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/provider.h>

#include <check.h>
#include <stdlib.h>

#include "common/provider/provider.h"
#include "common/provider/remote_key.h"
#include "tests/unit/common/provider/keypair.h"
#include "tests/unit/common/provider/remote.h"

static struct remote remote;

static void
tear_down(void)
{
	remote_close(&remote);
}

static const struct keypair *
open_row(int i)
{
	remote_open(&remote, &keypairs[i]);
	return &keypairs[i];
}

START_TEST(it_looks_like_the_real_key)
{
	EVP_PKEY *real = open_row(_i)->private;
	char name[32], real_name[32];

	ck_assert_int_eq(EVP_PKEY_get_bits(remote.key),
	    EVP_PKEY_get_bits(real));
	ck_assert_int_eq(EVP_PKEY_get_security_bits(remote.key),
	    EVP_PKEY_get_security_bits(real));
	ck_assert_int_eq(EVP_PKEY_get_size(remote.key),
	    EVP_PKEY_get_size(real));
	ck_assert(EVP_PKEY_is_a(remote.key, EVP_PKEY_get0_type_name(real)));
	ck_assert_int_eq(EVP_PKEY_get_base_id(remote.key),
	    EVP_PKEY_get_base_id(real));
	ck_assert_int_eq(EVP_PKEY_get_default_digest_name(remote.key, name,
	    sizeof(name)), EVP_PKEY_get_default_digest_name(real, real_name,
	    sizeof(real_name)));
	ck_assert_str_eq(name, real_name);
	ck_assert_int_eq(EVP_PKEY_eq(remote.key, real), 1);
	ck_assert_int_eq(EVP_PKEY_eq(real, remote.key), 1);
	ck_assert_int_eq(EVP_PKEY_eq(remote.key, remote.key), 1);
	ck_assert_ptr_nonnull(EVP_PKEY_gettable_params(remote.key));
}
END_TEST

START_TEST(it_does_not_look_like_another_key)
{
	const struct keypair *keypair = open_row(_i);
	EVP_PKEY *other, *other_remote;
	struct keywire_key wire;

	other = keypair_generate(EVP_PKEY_get0_type_name(keypair->private),
	    0, _i == KEYPAIR_P256 ? "P-256" :
	    _i == KEYPAIR_P384 ? "P-384" : NULL);
	keypair_describe(other, &wire);
	other_remote = remote_key_new(remote.store, remote.link, wire.spki,
	    wire.spki_len);
	ck_assert_ptr_nonnull(other_remote);
	ck_assert_int_ne(EVP_PKEY_eq(remote.key, other), 1);
	ck_assert_int_ne(EVP_PKEY_eq(other, remote.key), 1);
	ck_assert_int_ne(EVP_PKEY_eq(remote.key, other_remote), 1);
	EVP_PKEY_free(other_remote);
	EVP_PKEY_free(other);
}
END_TEST

START_TEST(the_public_half_is_exported)
{
	const struct keypair *keypair = open_row(_i);
	EVP_PKEY_CTX *context;
	EVP_PKEY *public = NULL;
	OSSL_PARAM *params = NULL;

	ck_assert_int_eq(EVP_PKEY_todata(remote.key, EVP_PKEY_PUBLIC_KEY,
	    &params), 1);
	context = EVP_PKEY_CTX_new_from_name(NULL,
	    EVP_PKEY_get0_type_name(keypair->private), NULL);
	ck_assert_int_eq(EVP_PKEY_fromdata_init(context), 1);
	ck_assert_int_eq(EVP_PKEY_fromdata(context, &public,
	    EVP_PKEY_PUBLIC_KEY, params), 1);
	ck_assert_int_eq(EVP_PKEY_eq(public, keypair->private), 1);
	EVP_PKEY_free(public);
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_free(params);
}
END_TEST

static const char *const private_params[] = {
	OSSL_PKEY_PARAM_PRIV_KEY, OSSL_PKEY_PARAM_RSA_D,
	OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
	OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_COEFFICIENT1
};

START_TEST(the_private_half_is_not)
{
	OSSL_PARAM *params = NULL;
	unsigned char octets[64];
	BIGNUM *number = NULL;
	BIO *memory = BIO_new(BIO_s_mem());
	size_t i, len;

	(void)open_row(_i);
	ck_assert_int_eq(EVP_PKEY_todata(remote.key, EVP_PKEY_KEYPAIR,
	    &params), 0);
	ck_assert_ptr_null(params);
	for (i = 0; i < sizeof(private_params) / sizeof(private_params[0]);
	    i++) {
		ck_assert_int_eq(EVP_PKEY_get_bn_param(remote.key,
		    private_params[i], &number), 0);
		ck_assert_int_eq(EVP_PKEY_get_octet_string_param(remote.key,
		    private_params[i], octets, sizeof(octets), &len), 0);
	}
	len = sizeof(octets);
	ck_assert_int_eq(EVP_PKEY_get_raw_private_key(remote.key, octets,
	    &len), 0);
	ck_assert_int_eq(PEM_write_bio_PrivateKey(memory, remote.key, NULL,
	    NULL, 0, NULL, NULL), 0);
	ck_assert_int_le(i2d_PrivateKey(remote.key, NULL), 0);
	BIO_free(memory);
}
END_TEST

START_TEST(it_is_not_copied)
{
	(void)open_row(_i);
	ck_assert_ptr_null(EVP_PKEY_dup(remote.key));
}
END_TEST

START_TEST(it_decrypts_nothing)
{
	EVP_PKEY_CTX *context;
	unsigned char in[256] = { 0, 2, 1 }, out[256];
	size_t len = sizeof(out);

	(void)open_row(_i);
	context = EVP_PKEY_CTX_new_from_pkey(NULL, remote.key, NULL);
	ck_assert_ptr_nonnull(context);
	ck_assert_int_le(EVP_PKEY_decrypt_init(context), 0);
	ck_assert_int_le(EVP_PKEY_decrypt(context, out, &len, in, sizeof(in)),
	    0);
	ck_assert_int_le(EVP_PKEY_derive_init(context), 0);
	ck_assert_int_le(EVP_PKEY_decapsulate_init(context, NULL), 0);
	EVP_PKEY_CTX_free(context);
}
END_TEST

/* What fromdata gets, and whether that makes a key. */
static const struct import_case {
	const char *sentence;
	const char *type;
	enum keypair_kind kind;
	int with_spki, with_link, made;
} import_cases[] = {
	{ "an RSA key as RSA is made", "RSA", KEYPAIR_RSA, 1, 1, 1 },
	{ "a P-384 key as EC is made", "EC", KEYPAIR_P384, 1, 1, 1 },
	{ "an EC key as RSA is refused", "RSA", KEYPAIR_P256, 1, 1, 0 },
	{ "an RSA-PSS key as RSA is refused", "RSA", KEYPAIR_RSA_PSS, 1, 1,
	    0 },
	{ "no SPKI is refused", "RSA", KEYPAIR_RSA, 0, 1, 0 },
	{ "no link is refused", "RSA", KEYPAIR_RSA, 1, 0, 0 }
};

/* As remote_key_new(), but for what the row leaves out. */
static EVP_PKEY *
import_row(OSSL_LIB_CTX *library, const struct import_case *row)
{
	struct keywire_key *wire = &keypairs[row->kind].wire;
	void *pointer = remote.link;
	OSSL_PARAM params[3], *p = params;
	EVP_PKEY_CTX *context;
	EVP_PKEY *key = NULL;

	if (row->with_spki)
		*p++ = OSSL_PARAM_construct_octet_string(KEYMGMT_PARAM_SPKI,
		    wire->spki, wire->spki_len);
	if (row->with_link)
		*p++ = OSSL_PARAM_construct_octet_ptr(KEYMGMT_PARAM_LINK,
		    &pointer, sizeof(pointer));
	*p = OSSL_PARAM_construct_end();
	context = EVP_PKEY_CTX_new_from_name(library, row->type, NULL);
	ck_assert_ptr_nonnull(context);
	ck_assert_ptr_nonnull(EVP_PKEY_fromdata_settable(context,
	    EVP_PKEY_KEYPAIR));
	ck_assert_int_eq(EVP_PKEY_fromdata_init(context), 1);
	(void)EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, params);
	EVP_PKEY_CTX_free(context);
	return key;
}

START_TEST(import)
{
	const struct import_case *row = &import_cases[_i];
	OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *provider;
	EVP_PKEY *key;

	(void)open_row(row->kind);
	ck_assert_int_eq(OSSL_PROVIDER_add_builtin(library, PROVIDER_NAME,
	    provider_init), 1);
	provider = OSSL_PROVIDER_load(library, PROVIDER_NAME);
	ck_assert_ptr_nonnull(provider);
	key = import_row(library, row);
	ck_assert_msg((key != NULL) == row->made, "%s", row->sentence);
	EVP_PKEY_free(key);
	ck_assert_int_eq(OSSL_PROVIDER_unload(provider), 1);
	OSSL_LIB_CTX_free(library);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("keymgmt");
	TCase *tcase = tcase_create("keymgmt");

	tcase_add_unchecked_fixture(tcase, keypair_make_all, keypair_free_all);
	tcase_add_checked_fixture(tcase, NULL, tear_down);
	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, it_looks_like_the_real_key, 0,
	    KEYPAIR_KINDS);
	tcase_add_loop_test(tcase, it_does_not_look_like_another_key, 0,
	    KEYPAIR_KINDS);
	tcase_add_loop_test(tcase, the_public_half_is_exported, 0,
	    KEYPAIR_KINDS);
	tcase_add_loop_test(tcase, the_private_half_is_not, 0, KEYPAIR_KINDS);
	tcase_add_loop_test(tcase, it_is_not_copied, 0, KEYPAIR_KINDS);
	tcase_add_loop_test(tcase, it_decrypts_nothing, 0, KEYPAIR_KINDS);
	tcase_add_loop_test(tcase, import, 0,
	    (int)(sizeof(import_cases) / sizeof(import_cases[0])));
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
