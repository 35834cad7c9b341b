/* SPDX-License-Identifier: ISC */
/*
 * test_reply: the front's ErrorResponse, byte by byte, and in every size of
 * buffer.
 * Runs in: make check.
 */
#include "common/pg/reply.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const struct reply_case {
	const char *proves;
	struct fault fault;
	const char *fields;	/* NUL is written as '|' */
} cases[] = {
	{ "severity twice, SQLSTATE, message",
	    { "28000", "no such thing", "", "" },
	    "SFATAL|VFATAL|C28000|Mno such thing||" },
	{ "DETAIL and HINT where there are any",
	    { "08P01", "what", "The detail.", "The hint." },
	    "SFATAL|VFATAL|C08P01|Mwhat|DThe detail.|HThe hint.||" },
	{ "a HINT alone", { "53300", "what", "", "The hint." },
	    "SFATAL|VFATAL|C53300|Mwhat|HThe hint.||" },
	{ "no SQLSTATE is an internal error", { "", "what", "", "" },
	    "SFATAL|VFATAL|CXX000|Mwhat||" },
	{ "half an SQLSTATE too", { "08", "what", "", "" },
	    "SFATAL|VFATAL|CXX000|Mwhat||" },
	{ "a fault without words has a message all the same",
	    { "", "", "", "" }, "SFATAL|VFATAL|CXX000|M||" },
	{ "nothing can steer the client's terminal", { "28000",
	    "a\033[2Jb\nc\rd\te\177f", "\001", "\037" },
	    "SFATAL|VFATAL|C28000|Ma?[2Jb?c?d?e?f|D?|H?||" },
	{ "UTF-8 passes", { "28000", "caf\xc3\xa9", "", "" },
	    "SFATAL|VFATAL|C28000|Mcaf\xc3\xa9||" },
};

static size_t
make_expected(const char *fields, unsigned char *out)
{
	size_t i, len;

	len = strlen(fields);
	out[0] = 'E';
	out[1] = out[2] = 0;
	out[3] = (unsigned char)((len + 4) >> 8);
	out[4] = (unsigned char)(len + 4);
	for (i = 0; i < len; i++)
		out[5 + i] = fields[i] == '|' ? '\0' :
		    (unsigned char)fields[i];
	return (len + 5);
}

START_TEST(fields)
{
	const struct reply_case *c = &cases[_i];
	unsigned char expected[512], got[REPLY_ERROR_MAX];
	size_t len;

	len = make_expected(c->fields, expected);
	ck_assert_msg(reply_error(&c->fault, got, sizeof(got)) == len,
	    "%s: another length", c->proves);
	ck_assert_msg(memcmp(got, expected, len) == 0, "%s: %.*s", c->proves,
	    (int)len - 5, (const char *)got + 5);
}
END_TEST

START_TEST(every_size)
{
	const struct reply_case *c = &cases[_i];
	unsigned char expected[512], *got;
	size_t len, size;

	len = make_expected(c->fields, expected);
	for (size = 0; size <= len + 1; size++) {
		got = malloc(size + 1);
		ck_assert_ptr_nonnull(got);
		memset(got, 0x5a, size + 1);
		ck_assert_uint_eq(reply_error(&c->fault, got, size),
		    size < len ? 0 : len);
		ck_assert_uint_eq(got[size], 0x5a);
		free(got);
	}
}
END_TEST

/* REPLY_ERROR_MAX holds the longest fault, and one whose arrays lack NULs. */
START_TEST(longest)
{
	unsigned char got[REPLY_ERROR_MAX];
	struct fault fault;
	size_t expected;

	memset(&fault, 'x', sizeof(fault));
	expected = 5 + 7 + 7 + 7 + (1 + sizeof(fault.what) + 1) +
	    (1 + sizeof(fault.detail) + 1) + (1 + sizeof(fault.hint) + 1) + 1;
	ck_assert_uint_eq(reply_error(&fault, got, sizeof(got)), expected);
	ck_assert_uint_eq(got[3] << 8 | got[4], expected - 1);
	ck_assert_mem_eq(got + 5, "SFATAL\0VFATAL\0CXX000\0Mxxx", 25);
	fault_bound(&fault);
	ck_assert_uint_eq(reply_error(&fault, got, sizeof(got)),
	    expected - 3);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("common/pg/reply");
	TCase *tc = tcase_create("reply");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, fields, 0, LEN(cases));
	tcase_add_loop_test(tc, every_size, 0, LEN(cases));
	tcase_add_test(tc, longest);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
