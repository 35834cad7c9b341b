/* SPDX-License-Identifier: ISC */
/*
 * test_hba_image: a block that was damaged is refused, or it is read without
 * leaving it; what it says of itself as a whole.
 */
#include "common/pg/hba_image.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/common/pg/rules.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static struct rules rules;

static void
load(void)
{
	rules_add(&rules, "pg_hba.conf",
	    "local all all peer\n"
	    "hostssl a,b /x,y 10.0.0.0/8 cert map=m san=DNS:/q sni=s "
	    "fingerprint=sha256:0123456789abcdef0123456789abcdef0123456789"
	    "abcdef0123456789abcdef\n"
	    "host all all samenet md5\n");
	rules_add(&rules, "pg_ident.conf", "m /^(.)$ \\1\nm x all\n");
	rules.interfaces_len = 1;
	rules.interfaces[0].family = HBA_ADDRESS_IPV4;
	memset(rules.interfaces[0].mask, 0xff, 4);
	ck_assert_int_eq(rules_load(&rules), 0);
}

/* Everything that a worker does with an image. */
static void
use(const struct hba_image *image)
{
	static struct rules other;
	struct hba_match match;
	struct rules_facts facts;

	other.sink.take = rules.sink.take;
	other.sink.owner = &other;
	if (hba_match_open(&match, image, &other.sink) == 0) {
		rules_parse_facts(&facts, "tls=1.3 ip=10.0.0.1 user=x db=a "
		    "cn=y sni=s san=DNS:q fp=0");
		(void)hba_match_find(&match, &facts.facts);
		facts.facts.tls_version = 0;
		(void)hba_match_find(&match, &facts.facts);
	}
	hba_match_close(&match);
	rules_close(&other);
}

START_TEST(truncated)
{
	struct fault fault = { .what = "" };
	void *exact;
	size_t len;

	load();
	for (len = 0; len < rules.image_len; len++) {
		exact = malloc(len + 1);	/* so that a sanitizer sees */
		memcpy(exact, rules.image_bytes, len);
		ck_assert_ptr_null(hba_image_open(exact, len, &fault));
		ck_assert_str_eq(fault.what, "the access rules were damaged "
		    "on their way");
		free(exact);
	}
	rules_close(&rules);
}
END_TEST

/* Each byte of header, rules, maps and items with each of some values. */
START_TEST(damaged)
{
	static const unsigned char values[] = { 0x00, 0x01, 0x02, 0x05, 0x7f,
		0x80, 0xff };
	struct fault fault = { .what = "" };
	unsigned char *copy;
	size_t at, i, end;
	int refused = 0;

	load();
	end = rules.image->texts;
	copy = malloc(rules.image_len);
	for (at = 0; at < end; at++) {
		for (i = 0; i < sizeof(values); i++) {
			memcpy(copy, rules.image_bytes, rules.image_len);
			copy[at] = values[i];
			if (hba_image_open(copy, rules.image_len,
			    &fault) == NULL)
				refused++;
			else
				use((const struct hba_image *)(void *)copy);
		}
	}
	ck_assert_int_gt(refused, 100);
	copy[rules.image_len - 1] = 'x';
	ck_assert_ptr_null(hba_image_open(copy, rules.image_len, &fault));
	free(copy);
	rules_close(&rules);
}
END_TEST

START_TEST(misaligned)
{
	struct fault fault = { .what = "" };
	char *copy;

	load();
	copy = malloc(rules.image_len + HBA_IMAGE_ALIGN);
	memcpy(copy + 1, rules.image_bytes, rules.image_len);
	ck_assert_ptr_null(hba_image_open(copy + 1, rules.image_len, &fault));
	memmove(copy, copy + 1, rules.image_len);
	ck_assert_ptr_nonnull(hba_image_open(copy, rules.image_len, &fault));
	free(copy);
	rules_close(&rules);
}
END_TEST

/* Whom the cert route lets in has a certificate whose name was checked. */
START_TEST(cert_without_a_name)
{
	struct fault fault = { .what = "" };
	struct hba_rule *rule;

	rules_add(&rules, "pg_hba.conf", "hostssl all all all cert");
	ck_assert_int_eq(rules_load(&rules), 0);
	rule = (struct hba_rule *)(void *)((char *)rules.image_bytes +
	    rules.image->rules);
	rule->clientcert = HBA_CLIENTCERT_CA;
	ck_assert_ptr_null(hba_image_open(rules.image_bytes, rules.image_len,
	    &fault));
	rule->method = HBA_MD5;
	ck_assert_ptr_nonnull(hba_image_open(rules.image_bytes,
	    rules.image_len, &fault));
	rules_close(&rules);
}
END_TEST

static const struct whole_case {
	const char *proves;
	const char *rule;
	bool has_cert, may_want_certificate;
} whole_cases[] = {
	{ "no certificate", "host all all all md5", false, false },
	{ "the cert method", "hostssl all all all cert", true, true },
	{ "clientcert", "hostssl all all all md5 clientcert=verify-ca", false,
	    true },
	{ "a name", "hostssl all all all md5 san=DNS:x", false, true },
	{ "a fingerprint", "hostssl all all all md5 fingerprint=sha256:"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	    false, true },
	{ "SNI is the client's word alone", "hostssl all all all md5 sni=x",
	    false, false },
};

START_TEST(whole)
{
	const struct whole_case *c = &whole_cases[_i];

	rules_add(&rules, "pg_hba.conf", c->rule);
	ck_assert_msg(rules_load(&rules) == 0, "%s", rules.faults[0].what);
	ck_assert_msg((hba_image_find_method(rules.image, HBA_CERT) != NULL) ==
	    c->has_cert, "%s", c->proves);
	ck_assert_msg(hba_image_may_want_certificate(rules.image) ==
	    c->may_want_certificate, "%s", c->proves);
	rules_close(&rules);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("common/pg/hba_image");
	TCase *tc = tcase_create("hba_image");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, truncated);
	tcase_add_test(tc, damaged);
	tcase_add_test(tc, misaligned);
	tcase_add_test(tc, cert_without_a_name);
	tcase_add_loop_test(tc, whole, 0, LEN(whole_cases));
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
