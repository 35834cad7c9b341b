/* SPDX-License-Identifier: ISC */
/*
 * test_ident_match: user maps, and the log's words where they say no.
 */
#include "common/pg/ident_match.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/common/pg/rules.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define NO_MATCH(map, user, name) "no match in usermap \"" map "\" for " \
    "user \"" user "\" authenticated as \"" name "\""

static const char maps[] =
    "# a comment\n"
    "plain  amy      bob\n"
    "plain  \"o b\"  \"b b\"\n"
    "all    amy      all\n"
    "quoted amy      \"all\"\n"
    "mail   /^(.*)@x\\.org$  \\1\n"
    "mail   /^(.*)@y\\.org$  guest\n"
    "around /^([a-z]+)=.*$   pre_\\1_post\n"
    "group  /^none$  \\1\n"
    "group  none     late\n"
    "user   amy      /^app_\n"
    "both   /^a      /^b\n"
    "dn     \"/^CN=(.*),OU=a b,O=x$\"  \\1\n"
    "twice  /^(.)$   \\1\\1\n"
    "lit    amy      \\1\n"
    "wild   /        all\n"
    "include_me  /^i(.*)$ \\1\n";

static const struct map_case {
	const char *proves;
	const char *map, *system_user, *pg_user;
	const char *log;	/* NULL: yes */
} cases[] = {
	{ "no map: equal names", "", "bob", "bob", NULL },
	{ "no map: others", "", "amy", "bob", "provided user name (bob) and "
	    "authenticated user name (amy) do not match" },
	{ "no map: names have their case", "", "Bob", "bob", "provided user "
	    "name (bob) and authenticated user name (Bob) do not match" },
	{ "a line's names", "plain", "amy", "bob", NULL },
	{ "another user", "plain", "amy", "eve", NO_MATCH("plain", "eve",
	    "amy") },
	{ "another name", "plain", "eve", "bob", NO_MATCH("plain", "bob",
	    "eve") },
	{ "in their case", "plain", "Amy", "bob", NO_MATCH("plain", "bob",
	    "Amy") },
	{ "a map has no equal names by itself", "plain", "bob", "bob",
	    NO_MATCH("plain", "bob", "bob") },
	{ "quoted names", "plain", "o b", "b b", NULL },
	{ "another map's lines do not count", "all", "o b", "b b",
	    NO_MATCH("all", "b b", "o b") },
	{ "a map that is not there", "nosuch", "amy", "bob",
	    NO_MATCH("nosuch", "bob", "amy") },
	{ "a map's name has its case", "Plain", "amy", "bob",
	    NO_MATCH("Plain", "bob", "amy") },
	{ "all is every user", "all", "amy", "postgres", NULL },
	{ "for that name alone", "all", "eve", "postgres", NO_MATCH("all",
	    "postgres", "eve") },
	{ "quoted, all is a user", "quoted", "amy", "all", NULL },
	{ "and no other", "quoted", "amy", "bob", NO_MATCH("quoted", "bob",
	    "amy") },
	{ "an expression's group", "mail", "bob@x.org", "bob", NULL },
	{ "is the user", "mail", "bob@x.org", "eve", NO_MATCH("mail", "eve",
	    "bob@x.org") },
	{ "the whole of it", "mail", "bob@x.org", "bo", NO_MATCH("mail", "bo",
	    "bob@x.org") },
	{ "an expression for one user", "mail", "amy@y.org", "guest", NULL },
	{ "not for its group", "mail", "amy@y.org", "amy", NO_MATCH("mail",
	    "amy", "amy@y.org") },
	{ "an expression that does not hold", "mail", "bob@xxorg", "bob",
	    NO_MATCH("mail", "bob", "bob@xxorg") },
	{ "a group among letters", "around", "amy=1", "pre_amy_post", NULL },
	{ "needs all of them", "around", "amy=1", "pre_amy_pos",
	    NO_MATCH("around", "pre_amy_pos", "amy=1") },
	{ "and no more", "around", "amy=1", "pre_amy_postt",
	    NO_MATCH("around", "pre_amy_postt", "amy=1") },
	{ "a group that is not there ends the question", "group", "none",
	    "late", "regular expression \"^none$\" has no subexpressions as "
	    "requested by backreference in \"\\1\"" },
	{ "only where it is reached", "group", "other", "late",
	    NO_MATCH("group", "late", "other") },
	{ "an expression for users", "user", "amy", "app_x", NULL },
	{ "that does not hold", "user", "amy", "ap_x", NO_MATCH("user",
	    "ap_x", "amy") },
	{ "expressions on both sides", "both", "amy", "bob", NULL },
	{ "of which one does not hold", "both", "amy", "amy",
	    NO_MATCH("both", "amy", "amy") },
	{ "nor the other", "both", "bob", "bob", NO_MATCH("both", "bob",
	    "bob") },
	{ "a quoted expression with commas and blanks", "dn",
	    "CN=bob,OU=a b,O=x", "bob", NULL },
	{ "of another name", "dn", "CN=bob,OU=a c,O=x", "bob", NO_MATCH("dn",
	    "bob", "CN=bob,OU=a c,O=x") },
	{ "the first \\1 alone is replaced", "twice", "a", "a\\1", NULL },
	{ "not the second", "twice", "a", "aa", NO_MATCH("twice", "aa",
	    "a") },
	{ "without an expression \\1 is a name", "lit", "amy", "\\1", NULL },
	{ "and no other", "lit", "amy", "amy", NO_MATCH("lit", "amy",
	    "amy") },
	{ "an empty expression is any name", "wild", "whoever", "x", NULL },
	{ "a name that a group makes is no keyword", "include_me", "iall",
	    "bob", NO_MATCH("include_me", "bob", "iall") },
	{ "but a name", "include_me", "iall", "all", NULL },
	{ "an empty group is an empty name", "include_me", "i", "x",
	    NO_MATCH("include_me", "x", "i") },
};

START_TEST(map)
{
	const struct map_case *c = &cases[_i];
	struct ident_question question = { .map = c->map,
		.system_user = c->system_user, .pg_user = c->pg_user };
	static struct rules rules;
	struct fault log = { .what = "" };
	int got;

	rules_add(&rules, "pg_hba.conf", "host all all all md5\n");
	rules_add(&rules, "pg_ident.conf", maps);
	ck_assert_msg(rules_load(&rules) == 0, "%s (%s)",
	    rules.faults[0].what, rules.faults[0].detail);
	got = ident_match_user(&rules.match, &question, &log);
	ck_assert_msg(got == (c->log == NULL ? 0 : -1), "%s: %s", c->proves,
	    log.what);
	ck_assert_msg(strcmp(log.what, c->log != NULL ? c->log : "") == 0,
	    "%s: %s", c->proves, log.what);
	rules_close(&rules);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("common/pg/ident_match");
	TCase *tc = tcase_create("ident_match");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, map, 0, LEN(cases));
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
