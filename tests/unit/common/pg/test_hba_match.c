/* SPDX-License-Identifier: ISC */
/*
 * test_hba_match: what the index finds is what trying every rule in turn
 * finds, and the last of many thousand rules costs next to nothing.
 */
#include "common/pg/hba_match.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/pg/hba_image.h"
#include "tests/unit/common/pg/rules.h"

#define RULES 400
#define CLIENTS 3000
#define MANY 10000
#define ROUNDS 2000
#define LAST_MAX_NS 30000	/* a tenth of a connection at most */

static struct rules rules;

static const char *
pick(const char *const *from, int len)
{
	return from[rand() % len];
}

#define PICK(array) pick(array, (int)(sizeof(array) / sizeof((array)[0])))

static const char *const types[] = { "host", "hostssl", "hostnossl", "local",
	"hostgssenc", "hostnogssenc" };
static const char *const databases[] = { "all", "sameuser", "a", "b", "c",
	"a,b", "b,replication", "replication", "/^a", "all,c", "bob" };
static const char *const users[] = { "all", "bob", "amy", "bob,amy", "eve",
	"/y$", "a", "amy,eve,x", "\"all\"" };
static const char *const addresses[] = { "all", "10.0.0.1/32", "10.0.0.0/24",
	"10.0.0.0/8", "0.0.0.0/0", "::/0", "::1/128", "2001:db8::/32",
	"samehost", "samenet", "10.0.0.0 255.0.0.255", "::ffff:10.0.0.2/128" };
static const char *const clients[] = { "10.0.0.1", "10.0.0.2", "10.0.1.0",
	"10.0.7.1", "192.0.2.1", "::1", "2001:db8::1" };
static const char *const client_users[] = { "bob", "amy", "eve", "x", "all",
	"a" };
static const char *const client_databases[] = { "a", "b", "c", "d", "bob",
	"replication", "all" };

static void
add_random_rules(void)
{
	char line[256];
	const char *type;
	int i;

	for (i = 0; i < RULES; i++) {
		type = PICK(types);
		snprintf(line, sizeof(line), "%s %s %s %s md5%s\n", type,
		    PICK(databases), PICK(users), strcmp(type, "local") == 0 ?
		    "" : PICK(addresses), strcmp(type, "hostssl") == 0 &&
		    rand() % 2 == 0 ? " tlsmin=TLSv1.3" : "");
		/* Few that take everybody, or nothing behind would count. */
		if (strstr(line, " all all all ") == NULL)
			rules_add(&rules, "pg_hba.conf", line);
	}
}

static const struct hba_rule *
try_in_turn(const struct hba_facts *facts)
{
	uint32_t i;

	for (i = 0; i < rules.image->rules_len; i++) {
		if (hba_match_is(&rules.match, hba_image_rule(rules.image, i),
		    facts))
			return hba_image_rule(rules.image, i);
	}
	return NULL;
}

/* Rules in a random order, of every shape; few at a time, so that late ones
 * are found too. */
START_TEST(index_finds_the_first)
{
	char words[256];
	struct rules_facts facts;
	const struct hba_rule *rule;
	int round, i, found = 0;

	srand((unsigned int)_i + 1);
	for (round = 0; round < 3; round++) {
		rules_add(&rules, "pg_hba.conf", "host zz zz all md5\n");
		add_random_rules();
		rules.interfaces_len = 1;
		rules.interfaces[0].family = HBA_ADDRESS_IPV4;
		memcpy(rules.interfaces[0].address, "\x0a\0\0\2", 4);
		memcpy(rules.interfaces[0].mask, "\xff\xff\xff\0", 4);
		ck_assert_int_eq(rules_load(&rules), 0);
		for (i = 0; i < CLIENTS / 3; i++) {
			snprintf(words, sizeof(words), "ip=%s user=%s db=%s%s%s",
			    PICK(clients), PICK(client_users),
			    PICK(client_databases), i % 3 == 0 ? " tls=1.2" :
			    i % 3 == 1 ? " tls=1.3" : "",
			    i % 7 == 0 ? " repl" : "");
			rules_parse_facts(&facts, words);
			rule = hba_match_find(&rules.match, &facts.facts);
			ck_assert_msg(rule == try_in_turn(&facts.facts),
			    "%s: line %u", words, rule != NULL ? rule->line :
			    0);
			found += rule != NULL;
		}
		rules_close(&rules);
	}
	ck_assert_int_gt(found, 0);
}
END_TEST

/* How 10,000 lines can be written, and a client of the last one. */
static const struct many_case {
	const char *proves;
	const char *format;	/* with the line's number, */
	const char *halves;	/* or its hundreds and the rest */
	const char *last;	/* client */
} many_cases[] = {
	{ "users of databases", "host db%d user%d 10.0.0.0/8 md5\n", NULL,
	    "db=db9999 user=user9999 ip=10.1.1.1" },
	{ "users", "hostssl all user%d all scram-sha-256\n", NULL,
	    "user=user9999 tls=1.3" },
	{ "databases", "host db%d all all md5\n", NULL, "db=db9999" },
	{ "addresses", NULL, "host all all 10.%d.%d.1/32 md5\n",
	    "ip=10.99.99.1" },
	{ "networks", NULL, "host app all 10.%d.%d.0/24 md5\n",
	    "ip=10.99.99.7" },
	{ "networks of IPv6", NULL, "host all all 2001:db8:%d:%d::/64 md5\n",
	    "ip=2001:db8:99:99::5" },
	{ "lists", "host a%d,b%d x%d,y%d samenet md5\n"
	    "host a%d,b%d x%d,y%d 10.0.0.0/8 md5\n", NULL,
	    "db=b9999 user=y9999 ip=10.0.0.1" },
};

static long
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000L + ts.tv_nsec;
}

static void
add_many(const struct many_case *c)
{
	char *text = malloc(MANY * 160), *p = text;
	int i;

	ck_assert_ptr_nonnull(text);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	for (i = 0; i < MANY; i++) {
		if (c->format != NULL)
			p += sprintf(p, c->format, i, i, i, i, i, i, i, i);
		else
			p += sprintf(p, c->halves, i / 100, i % 100);
	}
#pragma GCC diagnostic pop
	rules_add(&rules, "pg_hba.conf", text);
	free(text);
}

START_TEST(last_of_many_costs_little)
{
	const struct many_case *c = &many_cases[_i];
	const struct hba_rule *rule = NULL;
	struct rules_facts facts;
	long start, load_ns, find_ns;
	int i;

	add_many(c);
	start = now_ns();
	ck_assert_msg(rules_load(&rules) == 0, "%s: %s", c->proves,
	    rules.faults[0].what);
	load_ns = now_ns() - start;
	rules_parse_facts(&facts, c->last);
	start = now_ns();
	for (i = 0; i < ROUNDS; i++)
		rule = hba_match_find(&rules.match, &facts.facts);
	find_ns = (now_ns() - start) / ROUNDS;
	printf("%s: loaded in %ld us, found in %ld ns\n", c->proves,
	    load_ns / 1000, find_ns);
	ck_assert_ptr_nonnull(rule);
	ck_assert_msg(rule == hba_image_rule(rules.image,
	    rules.image->rules_len - 1), "%s: line %u", c->proves, rule->line);
	ck_assert_msg(find_ns < LAST_MAX_NS, "%s: %ld ns", c->proves, find_ns);
	rules_close(&rules);
}
END_TEST

/* More masks than there are shapes: the rules hold all the same. */
START_TEST(many_masks)
{
	struct rules_facts facts;
	char line[128];
	int i;

	for (i = 0; i < 700; i++) {
		snprintf(line, sizeof(line), "host db%d all 10.0.%d.%d "
		    "255.0.%d.%d md5\n", i, i / 256, i % 256, 128 | i / 256,
		    i % 256);
		rules_add(&rules, "pg_hba.conf", line);
	}
	ck_assert_int_eq(rules_load(&rules), 0);
	ck_assert_uint_le(rules.match.index.shapes_len, HBA_INDEX_SHAPES_MAX);
	for (i = 0; i < 700; i++) {
		snprintf(line, sizeof(line), "db=db%d ip=10.0.%d.%d", i,
		    i / 256, i % 256);
		rules_parse_facts(&facts, line);
		ck_assert_ptr_eq(hba_match_find(&rules.match, &facts.facts),
		    hba_image_rule(rules.image, (uint32_t)i));
		facts.facts.address.bytes[0] = 11;
		ck_assert_ptr_null(hba_match_find(&rules.match,
		    &facts.facts));
	}
	rules_close(&rules);
}
END_TEST

/* Two long lists lie in the index by one of them alone. */
START_TEST(long_lists)
{
	struct rules_facts facts;
	char word[32];
	int i, list;

	rules_add(&rules, "pg_hba.conf", "host @d @u all md5\n"
	    "host all all all reject\n");
	for (list = 0; list < 2; list++) {
		for (i = 0; i < 300; i++) {
			snprintf(word, sizeof(word), "%s%d\n",
			    list == 0 ? "d" : "u", i);
			rules_add(&rules, list == 0 ? "d" : "u", word);
		}
	}
	ck_assert_int_eq(rules_load(&rules), 0);
	ck_assert_uint_le(rules.match.index.entries_len, 301);
	rules_parse_facts(&facts, "db=d299 user=u299");
	ck_assert_uint_eq(hba_match_find(&rules.match, &facts.facts)->line, 1);
	rules_parse_facts(&facts, "db=d300 user=u299");
	ck_assert_uint_eq(hba_match_find(&rules.match, &facts.facts)->line, 2);
	rules_close(&rules);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("common/pg/hba_match");
	TCase *tc = tcase_create("hba_match");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, index_finds_the_first, 0, 10);
	tcase_add_loop_test(tc, last_of_many_costs_little, 0,
	    (int)(sizeof(many_cases) / sizeof(many_cases[0])));
	tcase_add_test(tc, many_masks);
	tcase_add_test(tc, long_lists);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
