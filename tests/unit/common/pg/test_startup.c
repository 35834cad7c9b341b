/* SPDX-License-Identifier: ISC */
/*
 * test_startup: the first eight bytes and the StartupMessage, as PostgreSQL
 * reads them; every bound from both sides, every truncation.
 * Runs in: make check.
 */
#include "common/pg/startup.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

#define CANCEL 80877102u
#define SSL 80877103u
#define GSS 80877104u
#define V3_0 0x00030000u
#define V3_2 0x00030002u

#define BAD_LENGTH "invalid length of startup packet"
#define BAD_CANCEL "invalid length of cancel request packet"
#define BAD_KEY "invalid length of cancel key in cancel request packet"
#define BAD_LAYOUT \
	"invalid startup packet layout: expected terminator as last byte"
#define NO_USER "no PostgreSQL user name specified in startup packet"

static void
put_u32(unsigned char *out, uint32_t value)
{
	out[0] = (unsigned char)(value >> 24);
	out[1] = (unsigned char)(value >> 16);
	out[2] = (unsigned char)(value >> 8);
	out[3] = (unsigned char)value;
}

static const struct header_case {
	const char *proves;
	uint32_t len, code;
	const char *what;	/* NULL: accepted, as kind */
	enum startup_kind kind;
} header_cases[] = {
	{ "SSLRequest is 8 bytes", 8, SSL, NULL, STARTUP_SSL_REQUEST },
	{ "SSLRequest of 9 bytes", 9, SSL, BAD_LENGTH, 0 },
	{ "GSSENCRequest is 8 bytes", 8, GSS, NULL, STARTUP_GSS_REQUEST },
	{ "GSSENCRequest of 9 bytes", 9, GSS, BAD_LENGTH, 0 },
	{ "no length", 0, V3_0, BAD_LENGTH, 0 },
	{ "a length of the length word alone", 4, V3_0, BAD_LENGTH, 0 },
	{ "a code cut short", 7, V3_0, BAD_LENGTH, 0 },
	{ "a session of its header alone", 8, V3_0, NULL, STARTUP_SESSION },
	{ "a body of 10,000 bytes", 10004, V3_0, NULL, STARTUP_SESSION },
	{ "a body of 10,001 bytes", 10005, V3_0, BAD_LENGTH, 0 },
	{ "SSLRequest with that length", 10005, SSL, BAD_LENGTH, 0 },
	{ "a negative length", 0xffffffff, V3_0, BAD_LENGTH, 0 },
	{ "the most negative length", 0x80000000, V3_0, BAD_LENGTH, 0 },
	{ "the largest length", 0x7fffffff, V3_0, BAD_LENGTH, 0 },
	{ "HTTP", 0x47455420, 0x2f204854, BAD_LENGTH, 0 },
	{ "SSH", 0x5353482d, 0x322e302d, BAD_LENGTH, 0 },
	{ "a Query first", 0x51000000, 0x0d53454c, BAD_LENGTH, 0 },
	{ "any version is a session, to be judged", 40, 0, NULL,
	    STARTUP_SESSION },
	{ "an unassigned request code too", 8, 80877105, NULL,
	    STARTUP_SESSION },
	{ "a cancel without a pid", 8, CANCEL, BAD_CANCEL, 0 },
	{ "a cancel with a pid cut short", 11, CANCEL, BAD_CANCEL, 0 },
	{ "a cancel with no key", 12, CANCEL, BAD_KEY, 0 },
	{ "a cancel key of 1 byte", 13, CANCEL, NULL, STARTUP_CANCEL },
	{ "a cancel key of 4 bytes, as ever", 16, CANCEL, NULL,
	    STARTUP_CANCEL },
	{ "a cancel key of 32 bytes, as 18 has", 44, CANCEL, NULL,
	    STARTUP_CANCEL },
	{ "a cancel key of 256 bytes", 268, CANCEL, NULL, STARTUP_CANCEL },
	{ "a cancel key of 257 bytes", 269, CANCEL, BAD_KEY, 0 },
	{ "a cancel of 10,001 bytes", 10005, CANCEL, BAD_LENGTH, 0 },
};

START_TEST(header)
{
	const struct header_case *c = &header_cases[_i];
	struct startup_header out = { .packet_len = 77, .code = 77 };
	struct fault fault = { .what = "" };
	unsigned char bytes[STARTUP_HEADER_LEN];

	put_u32(bytes, c->len);
	put_u32(bytes + 4, c->code);
	if (c->what != NULL) {
		ck_assert_msg(startup_read_header(bytes, &out, &fault) == -1,
		    "%s: accepted", c->proves);
		ck_assert_str_eq(fault.what, c->what);
		ck_assert_str_eq(fault.sqlstate, "08P01");
		ck_assert_uint_eq(out.packet_len, 77);
		ck_assert_uint_eq(out.code, 77);
		return;
	}
	ck_assert_msg(startup_read_header(bytes, &out, &fault) == 0,
	    "%s: %s", c->proves, fault.what);
	ck_assert_msg(out.kind == c->kind, "%s: kind %d", c->proves, out.kind);
	ck_assert_uint_eq(out.packet_len, c->len);
	ck_assert_uint_eq(out.code, c->code);
	ck_assert(!fault_is_set(&fault));
}
END_TEST

/* Of every length word, the four bytes alone say what the eight say. */
START_TEST(length_word)
{
	unsigned char bytes[STARTUP_HEADER_LEN];
	struct startup_header out;
	struct fault fault;
	uint32_t len;
	int is_length;

	for (len = 0; len < 10100; len++) {
		put_u32(bytes, len);
		put_u32(bytes + 4, V3_0);
		is_length = len >= 8 && len <= 10004 ? 0 : -1;
		memset(&fault, 0, sizeof(fault));
		ck_assert_int_eq(startup_may_be_length(bytes, &fault),
		    is_length);
		if (is_length == -1) {
			ck_assert_str_eq(fault.what, BAD_LENGTH);
			ck_assert_str_eq(fault.sqlstate, "08P01");
		}
		ck_assert_int_eq(startup_read_header(bytes, &out, &fault),
		    is_length);
	}
}
END_TEST

static const struct version_case {
	const char *proves;
	uint32_t code;
	const char *what;	/* NULL: served */
} version_cases[] = {
	{ "3.0", V3_0, NULL },
	{ "3.1 is the server's to judge", 0x00030001, NULL },
	{ "3.2", V3_2, NULL },
	{ "3.9999, libpq's grease", 0x0003270f, NULL },
	{ "3.65535", 0x0003ffff, NULL },
	{ "0.0", 0, "unsupported frontend protocol 0.0: "
	    "server supports 3.0 to 3.2" },
	{ "1.0", 0x00010000, "unsupported frontend protocol 1.0: "
	    "server supports 3.0 to 3.2" },
	{ "2.0", 0x00020000, "unsupported frontend protocol 2.0: "
	    "server supports 3.0 to 3.2" },
	{ "2.65535", 0x0002ffff, "unsupported frontend protocol 2.65535: "
	    "server supports 3.0 to 3.2" },
	{ "4.0", 0x00040000, "unsupported frontend protocol 4.0: "
	    "server supports 3.0 to 3.2" },
	{ "the largest", 0xffffffff, "unsupported frontend protocol "
	    "65535.65535: server supports 3.0 to 3.2" },
	{ "a repeated SSLRequest", SSL, "unsupported frontend protocol "
	    "1234.5679: server supports 3.0 to 3.2" },
	{ "a repeated GSSENCRequest", GSS, "unsupported frontend protocol "
	    "1234.5680: server supports 3.0 to 3.2" },
};

START_TEST(protocol_version)
{
	const struct version_case *c = &version_cases[_i];
	struct fault fault = { .what = "" };
	int got;

	got = startup_may_serve_version(c->code, &fault);
	if (c->what == NULL) {
		ck_assert_msg(got == 0, "%s: %s", c->proves, fault.what);
		ck_assert(!fault_is_set(&fault));
		return;
	}
	ck_assert_msg(got == -1, "%s: served", c->proves);
	ck_assert_str_eq(fault.what, c->what);
	ck_assert_str_eq(fault.sqlstate, "0A000");
}
END_TEST

/* A message of these texts: NUL is written as '|', nothing is added. */
static size_t
make_message(unsigned char *out, uint32_t version, const char *texts)
{
	size_t i, len;

	len = strlen(texts);
	put_u32(out, (uint32_t)(STARTUP_HEADER_LEN + len));
	put_u32(out + 4, version);
	for (i = 0; i < len; i++)
		out[STARTUP_HEADER_LEN + i] = texts[i] == '|' ? '\0' :
		    (unsigned char)texts[i];
	return (STARTUP_HEADER_LEN + len);
}

#define X10 "xxxxxxxxxx"
#define X60 X10 X10 X10 X10 X10 X10
#define E_ACUTE "\xc3\xa9"

static const struct message_case {
	const char *proves;
	const char *texts;
	const char *user, *database, *application_name;
	bool is_replication, is_physical;
} message_cases[] = {
	{ "user alone: its database has its name", "user|bob||",
	    "bob", "bob", "", false, false },
	{ "all three", "user|bob|database|db|application_name|psql||",
	    "bob", "db", "psql", false, false },
	{ "in another order, among others",
	    "options|-c x=1|database|db|client_encoding|UTF8|user|bob||",
	    "bob", "db", "", false, false },
	{ "an empty database is the user's", "database||user|bob||",
	    "bob", "bob", "", false, false },
	{ "an empty value is a value", "user|bob|application_name|||",
	    "bob", "bob", "", false, false },
	{ "of two users the last", "user|amy|user|bob||",
	    "bob", "bob", "", false, false },
	{ "of two databases the last", "user|bob|database|a|database|b||",
	    "bob", "b", "", false, false },
	{ "names are compared in their case", "User|amy|user|bob|DATABASE|d||",
	    "bob", "bob", "", false, false },
	{ "extensions of the protocol do not disturb",
	    "user|bob|_pq_.test_protocol_negotiation|||", "bob", "bob", "",
	    false, false },
	{ "63 bytes stay whole", "user|" X60 "abc|database|" X60 "def||",
	    X60 "abc", X60 "def", "", false, false },
	{ "the 64th byte is cut", "user|" X60 "abcd|database|" X60 "defg|"
	    "application_name|" X60 "hijk||",
	    X60 "abc", X60 "def", X60 "hij", false, false },
	{ "bytes are cut, not characters", "user|" X60 "ab" E_ACUTE "||",
	    X60 "ab\xc3", X60 "ab\xc3", "", false, false },
	{ "physical replication has no database",
	    "user|bob|database|db|replication|true||", "bob", "", "",
	    true, true },
	{ "logical replication has one",
	    "user|bob|database|db|replication|database||", "bob", "db", "",
	    true, false },
	{ "and none given is the user's", "user|bob|replication|database||",
	    "bob", "bob", "", true, false },
	{ "database, then true: as the server does, logical",
	    "user|bob|replication|database|replication|true||", "bob", "bob",
	    "", true, false },
	{ "database, then false: none",
	    "user|bob|replication|database|replication|false||", "bob", "bob",
	    "", false, false },
	{ "true, then false: none",
	    "user|bob|replication|true|replication|off||", "bob", "bob", "",
	    false, false },
};

START_TEST(message)
{
	const struct message_case *c = &message_cases[_i];
	struct startup_message out;
	struct fault fault = { .what = "" };
	unsigned char packet[512];
	size_t len;

	memset(&out, 0xff, sizeof(out));
	len = make_message(packet, V3_2, c->texts);
	ck_assert_msg(startup_read_message(packet, len, &out, &fault) == 0,
	    "%s: %s", c->proves, fault.what);
	ck_assert_uint_eq(out.version, V3_2);
	ck_assert_str_eq(out.user, c->user);
	ck_assert_str_eq(out.database, c->database);
	ck_assert_str_eq(out.application_name, c->application_name);
	ck_assert_int_eq(out.is_replication, c->is_replication);
	ck_assert_int_eq(out.is_physical_replication, c->is_physical);
}
END_TEST

/* Cut anywhere, a message that was good is a fault and leaves out alone. */
START_TEST(message_truncated)
{
	const struct message_case *c = &message_cases[_i];
	struct startup_message out, before;
	struct fault fault;
	unsigned char packet[512], *exact;
	size_t cut, len;

	len = make_message(packet, V3_2, c->texts);
	memset(&before, 0x5a, sizeof(before));
	for (cut = 0; cut < len; cut++) {
		out = before;
		memset(&fault, 0, sizeof(fault));
		exact = malloc(cut + 1);	/* so that a sanitizer sees */
		ck_assert_ptr_nonnull(exact);
		memcpy(exact, packet, cut);
		ck_assert_msg(startup_read_message(exact, cut, &out,
		    &fault) == -1, "%s: cut to %zu", c->proves, cut);
		free(exact);
		ck_assert(fault_is_set(&fault));
		ck_assert_mem_eq(&out, &before, sizeof(out));
	}
}
END_TEST

static const struct refused_case {
	const char *proves;
	const char *texts;
	const char *what, *sqlstate;
} refused_cases[] = {
	{ "nothing behind the version", "", BAD_LAYOUT, "08P01" },
	{ "no terminator", "user|bob|", BAD_LAYOUT, "08P01" },
	{ "a value that does not end", "user|bob", BAD_LAYOUT, "08P01" },
	{ "a name that does not end", "user|bob|x", BAD_LAYOUT, "08P01" },
	{ "a long name that does not end", "user|bob|xyz", BAD_LAYOUT,
	    "08P01" },
	{ "a name without its value", "user|bob|x|", BAD_LAYOUT, "08P01" },
	{ "a byte behind the terminator", "user|bob||x", BAD_LAYOUT, "08P01" },
	{ "a NUL behind the terminator", "user|bob|||", BAD_LAYOUT, "08P01" },
	{ "a pair behind the terminator", "user|bob||database|db||",
	    BAD_LAYOUT, "08P01" },
	{ "the terminator first", "|user|bob||", BAD_LAYOUT, "08P01" },
	{ "no parameters", "|", NO_USER, "28000" },
	{ "no user", "database|db||", NO_USER, "28000" },
	{ "an empty user", "user|||", NO_USER, "28000" },
	{ "an empty user at last", "user|bob|user|||", NO_USER, "28000" },
	{ "USER is not user", "USER|bob||", NO_USER, "28000" },
	{ "a bad layout is told before an absent user", "database|db|",
	    BAD_LAYOUT, "08P01" },
	{ "a bad replication is told before both", "replication|maybe|",
	    "invalid value for parameter \"replication\": \"maybe\"",
	    "22023" },
};

START_TEST(refused)
{
	const struct refused_case *c = &refused_cases[_i];
	struct startup_message out;
	struct fault fault = { .what = "" };
	unsigned char packet[512];
	size_t len;

	len = make_message(packet, V3_0, c->texts);
	ck_assert_msg(startup_read_message(packet, len, &out, &fault) == -1,
	    "%s: accepted", c->proves);
	ck_assert_msg(strcmp(fault.what, c->what) == 0, "%s: %s", c->proves,
	    fault.what);
	ck_assert_str_eq(fault.sqlstate, c->sqlstate);
}
END_TEST

/* parse_bool() and "database". */
static const struct replication_case {
	const char *value;
	int expected;		/* 1 physical, 2 logical, 0 none, -1 a fault */
} replication_cases[] = {
	{ "true", 1 }, { "TRUE", 1 }, { "True", 1 }, { "t", 1 }, { "T", 1 },
	{ "tr", 1 }, { "tru", 1 }, { "yes", 1 }, { "y", 1 }, { "YE", 1 },
	{ "on", 1 }, { "On", 1 }, { "1", 1 },
	{ "false", 0 }, { "f", 0 }, { "fal", 0 }, { "no", 0 }, { "n", 0 },
	{ "off", 0 }, { "of", 0 }, { "OF", 0 }, { "0", 0 },
	{ "database", 2 },
	{ "Database", -1 }, { "data", -1 }, { "databases", -1 },
	{ "", -1 }, { "o", -1 }, { "O", -1 }, { "trues", -1 }, { "onn", -1 },
	{ "offs", -1 }, { "10", -1 }, { "00", -1 }, { "2", -1 }, { "-1", -1 },
	{ " true", -1 }, { "true ", -1 }, { "falsehood", -1 },
	{ "noo", -1 }, { "yess", -1 },
};

START_TEST(replication)
{
	const struct replication_case *c = &replication_cases[_i];
	struct startup_message out;
	struct fault fault = { .what = "" };
	unsigned char packet[512];
	char texts[128], what[128];
	size_t len;
	int got;

	snprintf(texts, sizeof(texts), "user|bob|replication|%s||", c->value);
	len = make_message(packet, V3_0, texts);
	got = startup_read_message(packet, len, &out, &fault);
	if (c->expected == -1) {
		ck_assert_msg(got == -1, "\"%s\" accepted", c->value);
		snprintf(what, sizeof(what), "invalid value for parameter "
		    "\"replication\": \"%s\"", c->value);
		ck_assert_str_eq(fault.what, what);
		ck_assert_str_eq(fault.sqlstate, "22023");
		ck_assert_str_eq(fault.hint, "Valid values are: \"false\", 0, "
		    "\"true\", 1, \"database\".");
		return;
	}
	ck_assert_msg(got == 0, "\"%s\": %s", c->value, fault.what);
	ck_assert_int_eq(out.is_replication, c->expected != 0);
	ck_assert_int_eq(out.is_physical_replication, c->expected == 1);
}
END_TEST

/* The longest message: a body of 10,000 bytes, one value filling it. */
START_TEST(longest_message)
{
	static unsigned char packet[4 + STARTUP_BODY_MAX];
	static const char start[] = "user\0bob\0options";
	struct startup_message out;
	struct fault fault = { .what = "" };

	memset(packet, 'o', sizeof(packet));
	put_u32(packet, sizeof(packet));
	put_u32(packet + 4, V3_0);
	memcpy(packet + STARTUP_HEADER_LEN, start, sizeof(start));
	memcpy(packet + sizeof(packet) - 2, "\0", 2);
	ck_assert_int_eq(startup_read_message(packet, sizeof(packet), &out,
	    &fault), 0);
	ck_assert_str_eq(out.user, "bob");
	packet[sizeof(packet) - 2] = 'o';
	ck_assert_int_eq(startup_read_message(packet, sizeof(packet), &out,
	    &fault), -1);
	ck_assert_str_eq(fault.what, BAD_LAYOUT);
}
END_TEST

static const struct fault_case {
	enum startup_kind kind;
	const char *what;
} fault_cases[] = {
	{ STARTUP_SSL_REQUEST, "received unencrypted data after SSL request" },
	{ STARTUP_GSS_REQUEST,
	    "received unencrypted data after GSSAPI encryption request" },
};

START_TEST(unencrypted)
{
	struct fault fault = { .hint = "of another fault" };

	ck_assert_int_eq(startup_fault_unencrypted(fault_cases[_i].kind,
	    &fault), -1);
	ck_assert_str_eq(fault.what, fault_cases[_i].what);
	ck_assert_str_eq(fault.sqlstate, "08P01");
	ck_assert_str_eq(fault.detail, "This could be either a "
	    "client-software bug or evidence of an attempted "
	    "man-in-the-middle attack.");
	ck_assert_str_eq(fault.hint, "");
}
END_TEST

START_TEST(incomplete)
{
	struct fault fault = { .what = "" };

	ck_assert_int_eq(startup_fault_incomplete(&fault), -1);
	ck_assert_str_eq(fault.what, "incomplete startup packet");
	ck_assert_str_eq(fault.sqlstate, "08P01");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("common/pg/startup");
	TCase *tc = tcase_create("startup");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, header, 0, LEN(header_cases));
	tcase_add_test(tc, length_word);
	tcase_add_loop_test(tc, protocol_version, 0, LEN(version_cases));
	tcase_add_loop_test(tc, message, 0, LEN(message_cases));
	tcase_add_loop_test(tc, message_truncated, 0, LEN(message_cases));
	tcase_add_loop_test(tc, refused, 0, LEN(refused_cases));
	tcase_add_loop_test(tc, replication, 0, LEN(replication_cases));
	tcase_add_test(tc, longest_message);
	tcase_add_loop_test(tc, unencrypted, 0, LEN(fault_cases));
	tcase_add_test(tc, incomplete);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
