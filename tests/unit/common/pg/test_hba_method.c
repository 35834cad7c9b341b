/* SPDX-License-Identifier: ISC */
/*
 * test_hba_method: names, words of failure, and what a server may ask.
 */
#include "common/pg/hba_method.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct method_case {
	const char *name;
	const char *failure, *sqlstate;
	const char *asks;	/* O AuthenticationOk, C cleartext, M md5, G GSS,
				   S SASL */
} cases[] = {
	{ "trust", "\"trust\" authentication failed for user \"bob\"",
	    "28000", "OCMGS" },
	{ "ident", "Ident authentication failed for user \"bob\"", "28000",
	    "CMGS" },
	{ "peer", "Peer authentication failed for user \"bob\"", "28000",
	    "CMGS" },
	{ "password", "password authentication failed for user \"bob\"",
	    "28P01", "C" },
	{ "md5", "password authentication failed for user \"bob\"", "28P01",
	    "MS" },
	{ "scram-sha-256", "password authentication failed for user \"bob\"",
	    "28P01", "S" },
	{ "gss", "GSSAPI authentication failed for user \"bob\"", "28000",
	    "G" },
	{ "sspi", "SSPI authentication failed for user \"bob\"", "28000",
	    "G" },
	{ "pam", "PAM authentication failed for user \"bob\"", "28000", "C" },
	{ "bsd", "BSD authentication failed for user \"bob\"", "28000", "C" },
	{ "ldap", "LDAP authentication failed for user \"bob\"", "28000",
	    "C" },
	{ "cert", "certificate authentication failed for user \"bob\"",
	    "28000", "OCMGS" },
	{ "radius", "RADIUS authentication failed for user \"bob\"", "28000",
	    "C" },
	{ "oauth", "OAuth bearer authentication failed for user \"bob\"",
	    "28000", "S" },
	{ "backend", "certificate authentication failed for user \"bob\"",
	    "28000", "CMGS" },
	{ "reject", "authentication failed for user \"bob\"", "28000", "" },
};

START_TEST(method)
{
	static const struct { char letter; uint32_t kind; } kinds[] = {
		{ 'O', 0 }, { 'C', 3 }, { 'M', 5 }, { 'G', 7 }, { 'G', 9 },
		{ 'S', 10 } };
	const struct method_case *c = &cases[_i];
	struct fault fault = { .what = "" };
	enum hba_method got;
	int i;

	ck_assert_int_eq(hba_method_parse(c->name, &got), 0);
	ck_assert_str_eq(hba_method_name(got), c->name);
	ck_assert_int_eq(hba_method_fault(got, "bob", &fault), -1);
	ck_assert_str_eq(fault.what, c->failure);
	ck_assert_str_eq(fault.sqlstate, c->sqlstate);
	for (i = 0; i < LEN(kinds); i++)
		ck_assert_msg(hba_method_may_ask(got, kinds[i].kind) ==
		    (strchr(c->asks, kinds[i].letter) != NULL), "%s %u",
		    c->name, kinds[i].kind);
	ck_assert(!hba_method_may_ask(got, 1));
	ck_assert(!hba_method_may_ask(got, 32));
	ck_assert(!hba_method_may_ask(got, UINT32_MAX));
}
END_TEST

START_TEST(no_method)
{
	static const char *const names[] = { "", "MD5", "md", "md55", "crypt",
		"krb5", "implicit reject" };
	enum hba_method got;
	int i;

	ck_assert_int_eq(LEN(cases), HBA_METHODS);
	for (i = 0; i < LEN(names); i++)
		ck_assert_int_eq(hba_method_parse(names[i], &got), -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("common/pg/hba_method");
	TCase *tc = tcase_create("hba_method");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, method, 0, LEN(cases));
	tcase_add_test(tc, no_method);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
