/* SPDX-License-Identifier: ISC */
/*
 * test_hba_shadow: rules that can never hold are named, others are not.
 */
#include "common/pg/hba_shadow.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/common/pg/rules.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define SHADOWED(line) "rule never holds because line " line " of " \
    "\"/etc/postern/pg_hba.conf\" comes first"
#define X63 "012345678901234567890123456789012345678901234567890123456789012"

static const struct shadow_case {
	const char *proves;
	const char *first, *second;
	const char *what;	/* NULL: no warning */
} cases[] = {
	{ "all before one", "host all all all md5", "host a x all reject",
	    SHADOWED("1") },
	{ "one before all", "host a x all md5", "host all all all reject",
	    NULL },
	{ "the same twice", "host a x 10.0.0.0/8 md5",
	    "host a x 10.0.0.0/8 md5", SHADOWED("1") },
	{ "other users", "host a x all md5", "host a y all md5", NULL },
	{ "other databases", "host a x all md5", "host b x all md5", NULL },
	{ "a part of the lists", "host a,b x,y all md5", "host b y all md5",
	    SHADOWED("1") },
	{ "more than the lists", "host a,b x,y all md5",
	    "host b,c y all md5", NULL },
	{ "a wider network", "host all all 10.0.0.0/8 md5",
	    "host all all 10.1.0.0/16 md5", SHADOWED("1") },
	{ "a narrower network", "host all all 10.1.0.0/16 md5",
	    "host all all 10.0.0.0/8 md5", NULL },
	{ "another network", "host all all 10.0.0.0/8 md5",
	    "host all all 11.0.0.0/16 md5", NULL },
	{ "all of the other family", "host all all ::/0 md5",
	    "host all all 0.0.0.0/0 md5", NULL },
	{ "every address before all", "host all all 0.0.0.0/0 md5",
	    "host all all all md5", NULL },
	{ "all before samenet", "host all all all md5",
	    "host all all samenet md5", SHADOWED("1") },
	{ "samenet before samehost", "host all all samenet md5",
	    "host all all samehost md5", SHADOWED("1") },
	{ "samehost before samenet", "host all all samehost md5",
	    "host all all samenet md5", NULL },
	{ "host before hostssl", "host all all all md5",
	    "hostssl all all all md5", SHADOWED("1") },
	{ "hostssl before host", "hostssl all all all md5",
	    "host all all all md5", NULL },
	{ "hostssl before hostnossl", "hostssl all all all md5",
	    "hostnossl all all all md5", NULL },
	{ "hostnogssenc is host", "hostnogssenc all all all md5",
	    "host all all all md5", SHADOWED("1") },
	{ "all has no replication", "host all all all md5",
	    "host replication all all md5", NULL },
	{ "replication", "host replication all all md5",
	    "host replication x all md5", SHADOWED("1") },
	{ "all before sameuser", "host all all all md5",
	    "host sameuser all all md5", SHADOWED("1") },
	{ "sameuser before all", "host sameuser all all md5",
	    "host all all all md5", NULL },
	{ "all before an expression", "host all all all md5",
	    "host all /^x all md5", SHADOWED("1") },
	{ "an expression before a name", "host all /^x all md5",
	    "host all xy all md5", NULL },
	{ "equal expressions", "host all /^x all md5",
	    "host all /^x 10.0.0.0/8 md5", SHADOWED("1") },
	{ "a condition", "hostssl all all all md5 tlsmin=TLSv1.3",
	    "hostssl all all all md5", NULL },
	{ "a better condition", "hostssl all all all md5 tlsmin=TLSv1.2",
	    "hostssl all all all md5 tlsmin=TLSv1.3", SHADOWED("1") },
	{ "none before a condition", "hostssl all all all md5",
	    "hostssl all all all md5 san=DNS:x", SHADOWED("1") },
	{ "a condition before none", "hostssl all all all md5 sni=x",
	    "hostssl all all all md5", NULL },
	{ "one of two conditions", "hostssl all all all md5 sni=x sni=y",
	    "hostssl all all all md5 sni=y", SHADOWED("1") },
	{ "two conditions of one", "hostssl all all all md5 sni=y",
	    "hostssl all all all md5 sni=x sni=y", NULL },
	{ "conditions of two types", "hostssl all all all md5 san=DNS:x",
	    "hostssl all all all md5 san=URI:x", NULL },
	{ "what never holds shadows nothing", "hostgssenc all all all gss",
	    "host all all all md5", "hostgssenc record cannot match because "
	    "GSSAPI encryption is not offered" },
	{ "nor does local, which is named once",
	    "local all all peer\nlocal x all peer", "host all all all md5",
	    "local record cannot match because clients come by TCP" },
	{ "a user's name that is too long", "host all " X63 "3 all md5",
	    "host all all all md5", "rule cannot match because a name has at "
	    "most 63 bytes" },
	{ "a database's", "host " X63 "3 all all md5",
	    "host all all all md5", "rule cannot match because a name has at "
	    "most 63 bytes" },
	{ "one that is not", "host " X63 ",x " X63 " all md5",
	    "host all all all md5", NULL },
	{ "a map without lines", "hostssl all all all cert map=n",
	    "host all all all md5", "no line of pg_ident.conf has map \"n\"" },
	{ "a map with one", "hostssl all all all cert map=m",
	    "host all all all md5", NULL },
};

START_TEST(shadow)
{
	const struct shadow_case *c = &cases[_i];
	static struct rules rules;

	rules_add(&rules, "pg_hba.conf", c->first);
	rules_add(&rules, "pg_hba.conf", "\n");
	rules_add(&rules, "pg_hba.conf", c->second);
	rules_add(&rules, "pg_ident.conf", "m x y\n");
	ck_assert_msg(rules_load(&rules) == 0, "%s: %s", c->proves,
	    rules.faults[0].what);
	hba_shadow_warn(rules.image, &rules.sink);
	ck_assert_msg(rules.faults_len == (c->what != NULL ? 1 : 0),
	    "%s: %s", c->proves, rules.faults[0].what);
	ck_assert_uint_eq(rules.sink.errors, 0);
	if (c->what != NULL)
		ck_assert_str_eq(rules.faults[0].what, c->what);
	rules_close(&rules);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("common/pg/hba_shadow");
	TCase *tc = tcase_create("hba_shadow");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, shadow, 0, LEN(cases));
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
