/* SPDX-License-Identifier: ISC */
/*
 * test_access: who passes, by which route, and the words of every refusal.
 */
#include "common/pg/access.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/pg/hba_image.h"
#include "tests/unit/common/pg/rules.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define WANTS_CERT "connection requires a valid client certificate"
#define CERT_FAILED(user) "certificate authentication failed for user \"" \
    user "\""
#define CN_MISMATCH(user) "certificate validation (clientcert=verify-full) " \
    "failed for user \"" user "\": CN mismatch"
#define DO_NOT_MATCH(user, name) "provided user name (" user ") and " \
    "authenticated user name (" name ") do not match"
#define MATCHED(rule) "Connection matched file " \
    "\"/etc/postern/pg_hba.conf\" line 1: \"" rule "\""

static const struct decision_case {
	const char *proves;
	const char *rule;	/* line 1 of pg_hba.conf */
	const char *facts;
	enum access_verdict verdict;
	const char *what, *sqlstate;	/* of a refusal */
	const char *log[ACCESS_LOG_MAX];
	const char *identity;
	const char *detail_log;
} decisions[] = {
	{ "the server asks for a password", "host all all all scram-sha-256",
	    "", ACCESS_PASS, NULL, NULL, { NULL }, NULL, NULL },
	{ "or for whatever it likes", "host all all all backend", "",
	    ACCESS_PASS, NULL, NULL, { NULL }, NULL, NULL },
	{ "trust is the server's affair too", "host all all all trust", "",
	    ACCESS_PASS, NULL, NULL, { NULL }, NULL, NULL },
	{ "no rule, plain", "host x all all md5", "", ACCESS_REFUSE,
	    "no pg_hba.conf entry for host \"192.0.2.1\", user \"bob\", "
	    "database \"app\", no encryption", "28000", { NULL }, NULL,
	    NULL },
	{ "no rule, TLS", "host x all all md5", "tls=1.3", ACCESS_REFUSE,
	    "no pg_hba.conf entry for host \"192.0.2.1\", user \"bob\", "
	    "database \"app\", SSL encryption", "28000", { NULL }, NULL,
	    NULL },
	{ "no rule, replication", "host x all all md5", "repl ip=::1",
	    ACCESS_REFUSE, "no pg_hba.conf entry for replication connection "
	    "from host \"::1\", user \"bob\", no encryption", "28000",
	    { NULL }, NULL, NULL },
	{ "reject, plain", "host all all all reject", "", ACCESS_REFUSE,
	    "pg_hba.conf rejects connection for host \"192.0.2.1\", "
	    "user \"bob\", database \"app\", no encryption", "28000",
	    { NULL }, NULL, NULL },
	{ "reject, TLS", "host all all all reject", "tls=1.2", ACCESS_REFUSE,
	    "pg_hba.conf rejects connection for host \"192.0.2.1\", "
	    "user \"bob\", database \"app\", SSL encryption", "28000",
	    { NULL }, NULL, NULL },
	{ "reject, replication", "host replication all all reject",
	    "repl tls=1.3", ACCESS_REFUSE, "pg_hba.conf rejects replication "
	    "connection for host \"192.0.2.1\", user \"bob\", SSL encryption",
	    "28000", { NULL }, NULL, NULL },

	{ "verify-ca takes any good certificate",
	    "hostssl all all all md5 clientcert=verify-ca", "tls=1.3 cn=eve",
	    ACCESS_PASS, NULL, NULL, { NULL }, NULL, NULL },
	{ "one without a CN too",
	    "hostssl all all all md5 clientcert=verify-ca", "tls=1.3 san=DNS:x",
	    ACCESS_PASS, NULL, NULL, { NULL }, NULL, NULL },
	{ "but no absent one", "hostssl all all all md5 clientcert=verify-ca",
	    "tls=1.3", ACCESS_REFUSE, WANTS_CERT, "28000", { NULL }, NULL,
	    NULL },
	{ "and none that was not judged",
	    "hostssl all all all md5 clientcert=verify-ca", "tls=1.3 noca",
	    ACCESS_REFUSE, "client certificates can only be checked if a root "
	    "certificate store is available", "F0000", { NULL }, NULL, NULL },
	{ "verify-full takes the user's",
	    "hostssl all all all md5 clientcert=verify-full", "tls=1.3 cn=bob",
	    ACCESS_PASS, NULL, NULL, { NULL }, NULL, NULL },
	{ "and no other's", "hostssl all all all md5 clientcert=verify-full",
	    "tls=1.3 cn=eve", ACCESS_REFUSE,
	    "password authentication failed for user \"bob\"", "28P01",
	    { DO_NOT_MATCH("bob", "eve"), CN_MISMATCH("bob") }, NULL,
	    MATCHED("hostssl all all all md5 clientcert=verify-full") },
	{ "in its case", "hostssl all all all trust clientcert=verify-full",
	    "tls=1.3 cn=Bob", ACCESS_REFUSE,
	    "\"trust\" authentication failed for user \"bob\"", "28000",
	    { DO_NOT_MATCH("bob", "Bob"), CN_MISMATCH("bob") }, NULL,
	    MATCHED("hostssl all all all trust clientcert=verify-full") },
	{ "nor one without a name",
	    "hostssl all all all md5 clientcert=verify-full",
	    "tls=1.3 san=DNS:bob", ACCESS_REFUSE,
	    "password authentication failed for user \"bob\"", "28P01",
	    { "certificate authentication failed for user \"bob\": client "
	    "certificate contains no user name" }, NULL,
	    MATCHED("hostssl all all all md5 clientcert=verify-full") },
	{ "the whole DN for the CN",
	    "hostssl all all all md5 clientcert=verify-full clientname=DN",
	    "tls=1.3 user=CN=bob,O=x dn=CN=bob,O=x", ACCESS_PASS, NULL, NULL,
	    { NULL }, NULL, NULL },
	{ "is not the CN",
	    "hostssl all all all ldap clientcert=verify-full clientname=DN",
	    "tls=1.3 cn=bob dn=CN=bob,O=x", ACCESS_REFUSE,
	    "LDAP authentication failed for user \"bob\"", "28000",
	    { DO_NOT_MATCH("bob", "CN=bob,O=x"), "certificate validation "
	    "(clientcert=verify-full) failed for user \"bob\": DN mismatch" },
	    NULL, MATCHED("hostssl all all all ldap clientcert=verify-full "
	    "clientname=DN") },
	{ "reject looks at no name",
	    "hostssl all all all reject clientcert=verify-full",
	    "tls=1.3 cn=eve", ACCESS_REFUSE, "pg_hba.conf rejects connection "
	    "for host \"192.0.2.1\", user \"bob\", database \"app\", SSL "
	    "encryption", "28000", { NULL }, NULL, NULL },
	{ "but first at the certificate, as PostgreSQL",
	    "hostssl all all all reject clientcert=verify-full", "tls=1.3",
	    ACCESS_REFUSE, WANTS_CERT, "28000", { NULL }, NULL, NULL },
	{ "backend has its own words",
	    "hostssl all all all backend clientcert=verify-full",
	    "tls=1.3 cn=eve", ACCESS_REFUSE, CERT_FAILED("bob"), "28000",
	    { DO_NOT_MATCH("bob", "eve"), CN_MISMATCH("bob") }, NULL,
	    MATCHED("hostssl all all all backend clientcert=verify-full") },

	{ "cert takes the user's", "hostssl all all all cert",
	    "tls=1.3 cn=bob dn=CN=bob,O=x", ACCESS_PASS_CERT, NULL, NULL,
	    { NULL }, "CN=bob,O=x", NULL },
	{ "and no other's, whom it knows all the same",
	    "hostssl all all all cert", "tls=1.3 cn=eve dn=CN=eve,O=x",
	    ACCESS_REFUSE, CERT_FAILED("bob"), "28000",
	    { DO_NOT_MATCH("bob", "eve") }, "CN=eve,O=x",
	    MATCHED("hostssl all all all cert") },
	{ "nor an absent one", "hostssl all all all cert", "tls=1.3",
	    ACCESS_REFUSE, WANTS_CERT, "28000", { NULL }, NULL, NULL },
	{ "nor one without a name", "hostssl all all all cert",
	    "tls=1.3 cn= dn=O=x", ACCESS_REFUSE, CERT_FAILED("bob"), "28000",
	    { "certificate authentication failed for user \"bob\": client "
	    "certificate contains no user name" }, NULL,
	    MATCHED("hostssl all all all cert") },
	{ "cert with the DN through a map",
	    "hostssl all all all cert clientname=DN map=dn",
	    "tls=1.3 dn=CN=bob,O=x", ACCESS_PASS_CERT, NULL, NULL, { NULL },
	    "CN=bob,O=x", NULL },
	{ "whose answer is no", "hostssl all all all cert clientname=DN map=m",
	    "tls=1.3 dn=CN=bob,O=x", ACCESS_REFUSE, CERT_FAILED("bob"),
	    "28000", { "no match in usermap \"m\" for user \"bob\" "
	    "authenticated as \"CN=bob,O=x\"" }, "CN=bob,O=x",
	    MATCHED("hostssl all all all cert clientname=DN map=m") },
	{ "cert with the CN through a map",
	    "hostssl all all all cert map=m", "tls=1.3 cn=dn user=app",
	    ACCESS_PASS_CERT, NULL, NULL, { NULL }, "CN=bob", NULL },
	{ "does not take the CN itself then",
	    "hostssl all all all cert map=m", "tls=1.3 cn=bob",
	    ACCESS_REFUSE, CERT_FAILED("bob"), "28000", { "no match in usermap "
	    "\"m\" for user \"bob\" authenticated as \"bob\"" }, "CN=bob",
	    MATCHED("hostssl all all all cert map=m") },
	{ "a condition that does not hold makes no match",
	    "hostssl all all all cert san=DNS:x", "tls=1.3 cn=bob",
	    ACCESS_REFUSE, "no pg_hba.conf entry for host \"192.0.2.1\", "
	    "user \"bob\", database \"app\", SSL encryption", "28000",
	    { NULL }, NULL, NULL },
};

static const char maps[] =
    "dn \"/^CN=(.*),O=x$\" \\1\n"
    "m dn app\n";

START_TEST(decision)
{
	const struct decision_case *c = &decisions[_i];
	static struct access_answer answer;
	static struct rules rules;
	struct rules_facts facts;
	size_t i;

	rules_add(&rules, "pg_hba.conf", c->rule);
	rules_add(&rules, "pg_ident.conf", maps);
	ck_assert_msg(rules_load(&rules) == 0, "%s: %s", c->proves,
	    rules.faults[0].what);
	rules_parse_facts(&facts, c->facts);
	memset(&answer, 0x5a, sizeof(answer));
	access_decide(&rules.match, &facts.facts, &answer);
	ck_assert_msg(answer.verdict == c->verdict, "%s: %d: %s", c->proves,
	    answer.verdict, answer.fault.what);
	ck_assert_msg(strcmp(answer.fault.what, c->what != NULL ? c->what :
	    "") == 0, "%s: %s", c->proves, answer.fault.what);
	ck_assert_str_eq(answer.fault.sqlstate, c->sqlstate != NULL ?
	    c->sqlstate : "");
	ck_assert_str_eq(answer.fault.detail, "");
	ck_assert_str_eq(answer.fault.hint, "");
	for (i = 0; i < ACCESS_LOG_MAX && c->log[i] != NULL; i++)
		ck_assert_msg(i < answer.log_len && strcmp(answer.log[i].what,
		    c->log[i]) == 0, "%s: %s", c->proves, answer.log[i].what);
	ck_assert_uint_eq(answer.log_len, i);
	ck_assert_pstr_eq(answer.identity, c->identity);
	ck_assert_str_eq(answer.detail_log, c->detail_log != NULL ?
	    c->detail_log : "");
	rules_close(&rules);
}
END_TEST

/* What stands in the log behind a client that was known or let in. */
START_TEST(words_of_the_log)
{
	static struct access_answer answer;
	static struct rules rules;
	struct rules_facts facts;
	char text[512];

	rules_add(&rules, "pg_hba.conf", "\nhostssl all all all cert\n");
	ck_assert_int_eq(rules_load(&rules), 0);
	rules_parse_facts(&facts, "tls=1.3 cn=bob");
	access_decide(&rules.match, &facts.facts, &answer);
	access_format_authenticated(&rules.match, answer.rule,
	    answer.identity, text, sizeof(text));
	ck_assert_str_eq(text, "connection authenticated: identity=\"CN=bob\" "
	    "method=cert (/etc/postern/pg_hba.conf:2)");
	access_format_matched(&rules.match, answer.rule, text, sizeof(text));
	ck_assert_str_eq(text, "Connection matched file "
	    "\"/etc/postern/pg_hba.conf\" line 2: \"hostssl all all all "
	    "cert\"");
	rules_close(&rules);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("common/pg/access");
	TCase *tc = tcase_create("access");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, decision, 0, LEN(decisions));
	tcase_add_test(tc, words_of_the_log);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
