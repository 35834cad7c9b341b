/* SPDX-License-Identifier: ISC */
/*
 * test_revocation: a long list costs no more than a short one: its signature is
 * checked once, and an entry is found by halving. Counted, not timed.
 * Runs in: make check.
 */
#include "listener/worker/revocation.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <check.h>
#include <dlfcn.h>
#include <stdlib.h>

#define ENTRIES 20000
#define COMPARISONS_MAX 16	/* of 20,000 entries: 2^15 are more */
#define STEP 7			/* between two serial numbers */
#define REMOVED (STEP * 40)	/* not revoked any more */

static int comparisons, verifications;

/* The library's own, counted. */
int
ASN1_STRING_cmp(const ASN1_STRING *a, const ASN1_STRING *b)
{
	static int (*next)(const ASN1_STRING *, const ASN1_STRING *);

	if (next == NULL)
		*(void **)&next = dlsym(RTLD_NEXT, "ASN1_STRING_cmp");
	comparisons++;
	return next(a, b);
}

int
ASN1_item_verify(const ASN1_ITEM *item, const X509_ALGOR *algorithm,
    const ASN1_BIT_STRING *signature, const void *text, EVP_PKEY *key)
{
	static int (*next)(const ASN1_ITEM *, const X509_ALGOR *,
	    const ASN1_BIT_STRING *, const void *, EVP_PKEY *);

	if (next == NULL)
		*(void **)&next = dlsym(RTLD_NEXT, "ASN1_item_verify");
	verifications++;
	return next(item, algorithm, signature, text, key);
}

static EVP_PKEY *key, *other;

static ASN1_INTEGER *
new_serial(long number)
{
	ASN1_INTEGER *serial = ASN1_INTEGER_new();

	ck_assert_int_eq(ASN1_INTEGER_set(serial, number), 1);
	return serial;
}

static void
add_entry(X509_CRL *crl, long number, ASN1_TIME *when)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_INTEGER *serial = new_serial(number);
	ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();

	ck_assert_int_eq(X509_REVOKED_set_serialNumber(entry, serial), 1);
	ck_assert_int_eq(X509_REVOKED_set_revocationDate(entry, when), 1);
	if (number == REMOVED) {
		ck_assert_int_eq(ASN1_ENUMERATED_set(reason,
		    CRL_REASON_REMOVE_FROM_CRL), 1);
		ck_assert_int_eq(X509_REVOKED_add1_ext_i2d(entry,
		    NID_crl_reason, reason, 0, 0), 1);
	}
	ck_assert_int_eq(X509_CRL_add0_revoked(crl, entry), 1);
	ASN1_ENUMERATED_free(reason);
	ASN1_INTEGER_free(serial);
}

/* Every seventh number, the greatest first. */
static X509_CRL *
read_list(void)
{
	X509_CRL *crl = X509_CRL_new(), *read;
	X509_NAME *name = X509_NAME_new();
	ASN1_TIME *now = X509_gmtime_adj(NULL, 0);
	BIO *pem = BIO_new(BIO_s_mem());
	long i;

	ck_assert_int_eq(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)"authority", -1, -1, 0), 1);
	ck_assert_int_eq(X509_CRL_set_version(crl, 1), 1);
	ck_assert_int_eq(X509_CRL_set_issuer_name(crl, name), 1);
	ck_assert_int_eq(X509_CRL_set1_lastUpdate(crl, now), 1);
	ck_assert_int_eq(X509_CRL_set1_nextUpdate(crl, now), 1);
	for (i = ENTRIES; i > 0; i--)
		add_entry(crl, STEP * i, now);
	ck_assert_int_gt(X509_CRL_sign(crl, key, EVP_sha256()), 0);
	ck_assert_int_eq(PEM_write_bio_X509_CRL(pem, crl), 1);
	read = revocation_read(pem);
	ck_assert_ptr_nonnull(read);
	ASN1_TIME_free(now);
	X509_NAME_free(name);
	X509_CRL_free(crl);
	BIO_free(pem);
	return read;
}

static X509_CRL *list;

static void
set_up(void)
{
	key = EVP_EC_gen("P-256");
	other = EVP_EC_gen("P-256");
	list = read_list();
	comparisons = verifications = 0;
}

static void
tear_down(void)
{
	X509_CRL_free(list);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

static const struct row {
	const char *proves;
	long number;
	int answer;		/* X509_CRL_get0_by_serial(3) */
} rows[] = {
	{ "the first one", STEP, 1 },
	{ "the last one", STEP * ENTRIES, 1 },
	{ "one between", STEP * 12345, 1 },
	{ "its neighbour is not there", STEP * 12345 + 1, 0 },
	{ "less than all", 1, 0 },
	{ "more than all", STEP * ENTRIES + 1, 0 },
	{ "one that was taken back", REMOVED, 2 },
};

START_TEST(an_entry_is_found_by_halving)
{
	const struct row *row = &rows[_i];
	ASN1_INTEGER *serial = new_serial(row->number);
	X509_REVOKED *entry = NULL;

	ck_assert_msg(X509_CRL_get0_by_serial(list, &entry, serial) ==
	    row->answer, "%s", row->proves);
	ck_assert_msg((entry != NULL) == (row->answer != 0), "%s",
	    row->proves);
	ck_assert_msg(comparisons > 0 && comparisons <= COMPARISONS_MAX,
	    "%s: %d comparisons", row->proves, comparisons);
	ASN1_INTEGER_free(serial);
}
END_TEST

START_TEST(a_good_signature_is_checked_once)
{
	int i;

	for (i = 0; i < 3; i++)
		ck_assert_int_eq(X509_CRL_verify(list, key), 1);
	ck_assert_int_eq(verifications, 1);
}
END_TEST

START_TEST(another_keys_signature_is_never_good)
{
	ck_assert_int_eq(X509_CRL_verify(list, key), 1);
	ck_assert_int_ne(X509_CRL_verify(list, other), 1);
	ck_assert_int_ne(X509_CRL_verify(list, other), 1);
	ck_assert_int_eq(verifications, 3);
	ck_assert_int_eq(X509_CRL_verify(list, key), 1);
	ck_assert_int_eq(verifications, 3);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("revocation");
	TCase *tcase = tcase_create("revocation");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, an_entry_is_found_by_halving, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tcase, a_good_signature_is_checked_once);
	tcase_add_test(tcase, another_keys_signature_is_never_good);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
