/* SPDX-License-Identifier: ISC */
/*
 * test_addresses: lists as an administrator writes them; names by the real
 * resolver program; a backend that is the front itself.
 */
#include "listener/addresses.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "listener/lookup.h"

#define PORT 5432

static struct addresses parsed;
static struct fault fault;

/* True if the list was waiting for an answer that is there now. */
static bool
take_answer(struct lookup *lookup)
{
	return lookup != NULL && lookup_is_waiting(lookup) &&
	    lookup_take(lookup, &fault) == 0;
}

/* The list as the two settings have it. */
static int
parse_listen(const char *value, struct lookup *lookup, struct addresses *out)
{
	struct addresses_list list = { .setting = "listen_addresses",
		.value = value, .port = PORT };

	while (addresses_parse_listen(&list, lookup, out, &fault) == -1)
		if (!take_answer(lookup))
			return -1;
	return 0;
}

static int
parse_backend(const char *value, int port, struct lookup *lookup,
    struct addresses *out)
{
	struct addresses_list list = { .setting = "backend_host",
		.value = value, .port = port };

	while (addresses_parse_backend(&list, lookup, out, &fault) == -1)
		if (!take_answer(lookup))
			return -1;
	return 0;
}

struct list_case {
	const char *proves;
	enum { LISTEN, BACKEND } kind;
	const char *list;
	const char *expect;	/* "family address" joined by commas; NULL */
	const char *what;	/* the fault then */
};

static const struct list_case list_cases[] = {
	{ "one address", LISTEN, "127.0.0.1",
	    "IPv4 127.0.0.1", NULL },
	{ "blanks around items", LISTEN, " 10.0.0.1 ,\t::1 ",
	    "IPv4 10.0.0.1,IPv6 ::1", NULL },
	{ "a star is all of both families", LISTEN, "*",
	    "IPv4 0.0.0.0,IPv6 ::", NULL },
	{ "an address stands once", LISTEN,
	    "::1,0:0::1,127.0.0.1,127.0.0.1", "IPv6 ::1,IPv4 127.0.0.1",
	    NULL },
	{ "nothing is no address", LISTEN, "", "", NULL },
	{ "blanks are no address", LISTEN, "  ", "", NULL },
	{ "an empty item", LISTEN, "127.0.0.1,,::1", NULL,
	    "invalid list syntax in parameter \"listen_addresses\"" },
	{ "a comma at the end", LISTEN, "127.0.0.1,", NULL,
	    "invalid list syntax in parameter \"listen_addresses\"" },
	{ "a directory is its socket", BACKEND,
	    "/var/run/postgresql",
	    "Unix /var/run/postgresql/.s.PGSQL.5432", NULL },
	{ "the root directory", BACKEND, "/",
	    "Unix /.s.PGSQL.5432", NULL },
	{ "directories and addresses in their order", BACKEND,
	    "/a, 10.1.2.3, ::1",
	    "Unix /a/.s.PGSQL.5432,IPv4 10.1.2.3,IPv6 ::1", NULL },
	{ "a backend must be somewhere", BACKEND, "", NULL,
	    "parameter \"backend_host\" is empty" },
	{ "a directory's name too long for a socket", BACKEND,
	    "/a23456789012345678901234567890123456789012345678901234567890"
	    "/b23456789012345678901234567890123456789", NULL,
	    "Unix-domain socket path \"/a2345678901234567890123456789012345678"
	    "9012345678901234567890/b23456789012345678901234567890123456789/"
	    ".s.PGSQL.5432\" is too long (maximum 107 bytes)" },
	{ "more backends than there is room for", BACKEND,
	    "10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5,10.0.0.6,10.0.0.7,"
	    "10.0.0.8,10.0.0.9,10.0.1.1,10.0.1.2,10.0.1.3,10.0.1.4,10.0.1.5,"
	    "10.0.1.6,10.0.1.7,10.0.1.8", NULL,
	    "parameter \"backend_host\" has too many addresses" },
};

static void
format_all(const struct addresses *list, char *out, size_t size)
{
	char text[ADDRESSES_TEXT_MAX];
	size_t i, used = 0;

	out[0] = '\0';
	for (i = 0; i < list->len; i++) {
		addresses_format(&list->item[i], text, sizeof(text));
		used += (size_t)snprintf(out + used, size - used, "%s%s %s",
		    i > 0 ? "," : "", addresses_family_name(&list->item[i]),
		    text);
	}
}

START_TEST(test_lists)
{
	const struct list_case *c = &list_cases[_i];
	char text[1024];
	int ret;

	ret = c->kind == LISTEN ? parse_listen(c->list, NULL, &parsed) :
	    parse_backend(c->list, PORT, NULL, &parsed);
	if (c->expect == NULL) {
		ck_assert_msg(ret == -1, "%s: accepted", c->proves);
		ck_assert_str_eq(fault.what, c->what);
		return;
	}
	ck_assert_msg(ret == 0, "%s: %s", c->proves, fault.what);
	format_all(&parsed, text, sizeof(text));
	ck_assert_msg(strcmp(text, c->expect) == 0, "%s: %s", c->proves, text);
}
END_TEST

static void
open_lookup(struct lookup *lookup)
{
	struct handoff_user user = { .change_user = geteuid() == 0,
		.uid = 64201, .gid = 64201 };

	lookup_open(lookup, RESOLVER, &user);
}

START_TEST(test_names_are_asked_for)
{
	struct lookup lookup;
	char text[1024];
	size_t i;

	open_lookup(&lookup);
	ck_assert_msg(parse_listen("localhost, 127.0.0.9", &lookup,
	    &parsed) == 0, "%s", fault.what);
	format_all(&parsed, text, sizeof(text));
	ck_assert_msg(strstr(text, "127.0.0.1") != NULL ||
	    strstr(text, "::1") != NULL, "%s", text);
	ck_assert_ptr_nonnull(strstr(text, "127.0.0.9"));
	for (i = 0; i < parsed.len; i++)
		ck_assert_int_eq(ntohs(((struct sockaddr_in *)
		    &parsed.item[i].addr)->sin_port), PORT);
	/* The same resolver answers again. */
	ck_assert_int_eq(parse_backend("localhost", PORT, &lookup, &parsed),
	    0);
	lookup_close(&lookup);
}
END_TEST

START_TEST(test_a_name_without_address_is_a_fault)
{
	static const char text[] =
	    "could not translate host name \"none.invalid\" to address: ";
	struct lookup lookup;

	open_lookup(&lookup);
	ck_assert_int_eq(parse_listen("none.invalid", &lookup, &parsed), -1);
	ck_assert_msg(strncmp(fault.what, text, strlen(text)) == 0, "%s",
	    fault.what);
	lookup_close(&lookup);
}
END_TEST

struct loop_case {
	const char *proves;
	const char *listening;
	const char *backend;
	int backend_port;
	bool expect;
};

static const struct loop_case loop_cases[] = {
	{ "the same address and port", "127.0.0.1", "127.0.0.1", PORT, true },
	{ "another port", "127.0.0.1", "127.0.0.1", PORT + 1, false },
	{ "another address", "127.0.0.1", "127.0.0.2", PORT, false },
	{ "all addresses, and one of ours", "*", "127.0.0.1", PORT, true },
	{ "all addresses, another port", "*", "127.0.0.1", PORT + 1, false },
	{ "all addresses, and another machine", "*", "192.0.2.1", PORT,
	    false },
	{ "another family", "0.0.0.0", "::1", PORT, false },
	{ "a Unix socket", "*", "/tmp", PORT, false },
};

START_TEST(test_loops)
{
	const struct loop_case *c = &loop_cases[_i];
	struct addresses backend;

	ck_assert_int_eq(parse_listen(c->listening, NULL, &parsed), 0);
	ck_assert_int_eq(parse_backend(c->backend, c->backend_port, NULL,
	    &backend), 0);
	ck_assert_msg(addresses_may_loop(&parsed, &backend.item[0]) ==
	    c->expect, "%s", c->proves);
}
END_TEST

struct common_case {
	const char *proves;
	const char *a, *b;
	const char *expect;	/* NULL: none */
	bool a_has_unix;
};

static const struct common_case common_cases[] = {
	{ "nothing in common", "127.0.0.1, 10.0.0.1", "10.0.0.2, /run", NULL,
	    false },
	{ "an address", "127.0.0.1, 10.0.0.1", "/run, 10.0.0.1", "10.0.0.1",
	    false },
	{ "a socket", "10.0.0.1, /run", "/tmp, /run", "/run/.s.PGSQL.5432",
	    true },
	{ "two sockets", "/run", "/tmp", NULL, true },
};

START_TEST(test_common_addresses)
{
	const struct common_case *c = &common_cases[_i];
	const struct handoff_address *found;
	char text[ADDRESSES_TEXT_MAX];
	struct addresses b;

	ck_assert_int_eq(parse_backend(c->a, PORT, NULL, &parsed), 0);
	ck_assert_int_eq(parse_backend(c->b, PORT, NULL, &b), 0);
	ck_assert_msg(addresses_has_unix(&parsed) == c->a_has_unix, "%s",
	    c->proves);
	found = addresses_find_common(&parsed, &b);
	ck_assert_msg((found != NULL) == (c->expect != NULL), "%s", c->proves);
	if (found == NULL)
		return;
	addresses_format(found, text, sizeof(text));
	ck_assert_str_eq(text, c->expect);
	/* The same address at another port is another one. */
	ck_assert_int_eq(parse_backend(c->b, PORT + 1, NULL, &b), 0);
	ck_assert_ptr_null(addresses_find_common(&parsed, &b));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("addresses");
	TCase *tc = tcase_create("addresses");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, test_lists, 0,
	    sizeof(list_cases) / sizeof(list_cases[0]));
	tcase_add_test(tc, test_names_are_asked_for);
	tcase_add_test(tc, test_a_name_without_address_is_a_fault);
	tcase_add_loop_test(tc, test_loops, 0,
	    sizeof(loop_cases) / sizeof(loop_cases[0]));
	tcase_add_loop_test(tc, test_common_addresses, 0,
	    sizeof(common_cases) / sizeof(common_cases[0]));
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
