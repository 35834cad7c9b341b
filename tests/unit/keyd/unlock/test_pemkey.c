/* SPDX-License-Identifier: ISC */
/*
 * test_pemkey: private keys in every form are found and decrypted, and every
 * truncation of one is refused.
 * Runs in: make check.
 */
#include "keyd/unlock/pemkey.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"
#include "common/secret.h"
#include "keyd/handoff.h"
#include "keyd/unlock/identity.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define PASS "correct horse"

static EVP_PKEY *key;
static struct fault fault;

static void
set_up(void)
{
	key = EVP_EC_gen("P-256");
	ck_assert_ptr_nonnull(key);
	fault_clear(&fault);
}

static void
tear_down(void)
{
	EVP_PKEY_free(key);
}

enum form { PLAIN, OLD, OLD_ENCRYPTED, ENCRYPTED };

static const enum form forms[] = { PLAIN, OLD, OLD_ENCRYPTED, ENCRYPTED };

/* The key's PEM text of that form; the caller's to free. */
static char *
write_form(enum form form, size_t *out_len)
{
	BIO *bio = BIO_new(BIO_s_mem());
	const EVP_CIPHER *aes = EVP_aes_256_cbc();
	unsigned char pass[] = PASS;
	char *bytes, *text;
	int rc = 0, len = (int)strlen(PASS);

	if (form == PLAIN)
		rc = PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0,
		    NULL, NULL);
	else if (form == ENCRYPTED)
		rc = PEM_write_bio_PKCS8PrivateKey(bio, key, aes, PASS, len,
		    NULL, NULL);
	else
		rc = PEM_write_bio_PrivateKey_traditional(bio, key,
		    form == OLD ? NULL : aes, form == OLD ? NULL : pass,
		    form == OLD ? 0 : len, NULL, NULL);
	ck_assert_int_eq(rc, 1);
	*out_len = (size_t)BIO_get_mem_data(bio, &bytes);
	text = strndup(bytes, *out_len);
	BIO_free(bio);
	return text;
}

static int
find(const char *bytes, size_t len, struct pemkey *out)
{
	const struct pemkey_text text = { "/k", (const unsigned char *)bytes,
		len };

	return pemkey_find(&text, out, &fault);
}

START_TEST(every_form_gives_the_key)
{
	bool encrypted = forms[_i] == ENCRYPTED || forms[_i] == OLD_ENCRYPTED;
	struct pemkey pem = { 0 };
	EVP_PKEY *got = NULL;
	size_t len;
	char *text = write_form(forms[_i], &len);

	ck_assert_msg(find(text, len, &pem) == 0, "%s", fault.what);
	ck_assert(pemkey_is_encrypted(&pem) == encrypted);
	if (encrypted) {
		ck_assert_int_eq(pemkey_decrypt(&pem, "wrong", 5, &got,
		    &fault), 0);
		ck_assert_int_eq(pemkey_decrypt(&pem, PASS, 3, &got, &fault),
		    0);
	}
	ck_assert_int_eq(pemkey_decrypt(&pem, PASS, (int)strlen(PASS), &got,
	    &fault), 1);
	ck_assert_int_eq(EVP_PKEY_eq(got, key), 1);
	EVP_PKEY_free(got);
	pemkey_wipe(&pem);
	pemkey_wipe(&pem);
	free(text);
}
END_TEST

/* Each prefix is refused, or is whole but for its last line's end. */
START_TEST(no_truncation_is_taken)
{
	struct pemkey pem = { 0 };
	EVP_PKEY *got = NULL;
	size_t len;
	char *text = write_form(forms[_i], &len);

	for (size_t cut = 1; cut + 1 < len; cut++) {
		fault_clear(&fault);
		if (find(text, cut, &pem) == 0) {
			ck_assert_int_ne(pemkey_decrypt(&pem, PASS,
			    (int)strlen(PASS), &got, &fault), 1);
			pemkey_wipe(&pem);
		} else
			ck_assert(fault_is_set(&fault));
	}
	free(text);
}
END_TEST

static const struct other {
	const char *text, *what, *detail;	/* a part of each */
} others[] = {
	{ "garbage", "it holds no private key", "BEGIN" },
	{ "\x30\x82\x01", "it holds no private key", "DER" },
	{ "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
	    "it holds no private key", "It holds a certificate." },
	{ "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n",
	    "it holds no private key", "It holds a public key." },
	{ "-----BEGIN OPENSSH PRIVATE KEY-----\nMAA=\n"
	    "-----END OPENSSH PRIVATE KEY-----\n", "OpenSSH's own format",
	    "" },
	{ "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n"
	    "-----END ENCRYPTED PRIVATE KEY-----\n", "could not load",
	    "damaged" },
	{ "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
	    "DEK-Info: ROT-13,00\n\nMAA=\n-----END RSA PRIVATE KEY-----\n",
	    "is encrypted with ROT-13", "" },
	{ "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n"
	    "MAA=\n-----END RSA PRIVATE KEY-----\n", "header lines", "" },
};

START_TEST(another_thing_is_called_by_its_name)
{
	struct pemkey pem = { 0 };

	ck_assert_int_eq(find(others[_i].text, strlen(others[_i].text), &pem),
	    -1);
	ck_assert_msg(strstr(fault.what, others[_i].what) != NULL, "%s",
	    fault.what);
	ck_assert_ptr_nonnull(strstr(fault.detail, others[_i].detail));
	ck_assert_ptr_null(pem.der);
}
END_TEST

static const struct kind {
	const char *algorithm, *argument;
	size_t bits;
	const char *kind;	/* NULL: refused, */
	const char *what;	/* with a part of this */
} kinds[] = {
	{ "RSA", NULL, 2048, "RSA 2048", NULL },
	{ "RSA", NULL, 1024, NULL, "RSA key of 1024 bits, which is too short" },
	{ "EC", "P-256", 0, "EC P-256", NULL },
	{ "EC", "P-384", 0, "EC P-384", NULL },
	{ "EC", "P-521", 0, NULL, "curve secp521r1" },
	{ "ED25519", NULL, 0, "Ed25519", NULL },
	{ "ED448", NULL, 0, NULL, "type ED448" },
	{ "X25519", NULL, 0, NULL, "type X25519" },
};

static EVP_PKEY *
generate(const struct kind *row)
{
	if (row->bits != 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, row->algorithm,
		    row->bits);
	if (row->argument != NULL)
		return EVP_PKEY_Q_keygen(NULL, NULL, row->algorithm,
		    row->argument);
	return EVP_PKEY_Q_keygen(NULL, NULL, row->algorithm);
}

START_TEST(only_kinds_that_are_served_pass)
{
	const struct kind *row = &kinds[_i];
	EVP_PKEY *made = generate(row);
	struct secret secret = SECRET_EMPTY;
	struct handoff_key out;
	int rc = identity_judge("/k", made, &fault);

	ck_assert_int_eq(rc, row->kind == NULL ? -1 : 0);
	if (rc == -1) {
		ck_assert_ptr_nonnull(strstr(fault.what, row->what));
		EVP_PKEY_free(made);
		return;
	}
	ck_assert_int_eq(secret_open(SECRET_LOCKED, HANDOFF_SECRET_SIZE,
	    &secret, &fault), 0);
	ck_assert_int_eq(secret_map(&secret, &fault), 0);
	ck_assert_int_eq(identity_export(made, &secret, &out, &fault), 0);
	ck_assert_str_eq(out.kind, row->kind);
	ck_assert_uint_gt(out.identity.spki_len, 0);
	ck_assert_uint_gt(out.key_len, 0);
	ck_assert_int_eq(secret.map[0], 0x30);
	EVP_PKEY_free(made);
	secret_wipe(&secret);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pemkey");
	TCase *tcase = tcase_create("pemkey");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, every_form_gives_the_key, 0, LEN(forms));
	tcase_add_loop_test(tcase, no_truncation_is_taken, 0, LEN(forms));
	tcase_add_loop_test(tcase, another_thing_is_called_by_its_name, 0,
	    LEN(others));
	tcase_add_loop_test(tcase, only_kinds_that_are_served_pass, 0,
	    LEN(kinds));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
