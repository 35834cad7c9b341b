/* SPDX-License-Identifier: ISC */
/*
 * test_ask: what is asked is a StartupMessage that we would read ourselves; of
 * what comes back nothing is believed that is not whole.
 */
#include "common/pg/ask.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"
#include "common/pg/startup.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define BYTES(text) text, sizeof(text) - 1

START_TEST(test_the_question_is_read_as_it_was_meant)
{
	unsigned char bytes[ASK_STARTUP_MAX];
	struct startup_message message;
	struct startup_header header;
	struct fault fault = { 0 };
	char longest[200];
	size_t len;

	memset(longest, 'u', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	len = ask_write_startup(longest, "postgres", bytes);
	ck_assert_int_eq(startup_read_header(bytes, &header, &fault), 0);
	ck_assert_uint_eq(header.packet_len, len);
	ck_assert_int_eq(header.kind, STARTUP_SESSION);
	ck_assert_int_eq(startup_may_serve_version(header.code, &fault), 0);
	ck_assert_int_eq(startup_read_message(bytes, len, &message, &fault),
	    0);
	ck_assert_uint_eq(strlen(message.user), STARTUP_NAME_MAX);
	ck_assert_str_eq(message.database, "postgres");
	ck_assert_str_eq(message.application_name, "postern-listener");
}
END_TEST

static const struct row {
	const char *proves;
	const char *bytes;
	size_t len;
	enum ask_answer answer;
	uint32_t kind;
	const char *what, *sqlstate;
} rows[] = {
	{ "nothing yet", BYTES(""), ASK_MORE, 0, "", "" },
	{ "it lets in", BYTES("R\0\0\0\10\0\0\0\0"), ASK_AUTHENTICATION, 0, "",
	    "" },
	{ "more behind it", BYTES("R\0\0\0\10\0\0\0\0S\0"),
	    ASK_AUTHENTICATION, 0, "", "" },
	{ "it asks for SASL", BYTES("R\0\0\0\10\0\0\0\12"),
	    ASK_AUTHENTICATION, 10, "", "" },
	{ "it refuses", BYTES("E\0\0\0\35SFATAL\0C28000\0Mno entry\0\0"),
	    ASK_REFUSED, 0, "no entry", "28000" },
	{ "without a SQLSTATE", BYTES("E\0\0\0\11Mno\0\0"), ASK_REFUSED, 0,
	    "no", "" },
	{ "with a SQLSTATE that is none", BYTES("E\0\0\0\15Mno\0C12\0\0"),
	    ASK_REFUSED, 0, "no", "" },
	{ "no terminator", BYTES("E\0\0\0\10Mno\0"), ASK_BROKEN, 0, "", "" },
	{ "a field without its end", BYTES("E\0\0\0\7Mno"), ASK_BROKEN, 0, "",
	    "" },
	{ "bytes behind the terminator", BYTES("E\0\0\0\12Mno\0\0x"),
	    ASK_BROKEN, 0, "", "" },
	{ "no field at all", BYTES("E\0\0\0\5\0"), ASK_REFUSED, 0, "", "" },
	{ "no body", BYTES("R\0\0\0\4"), ASK_BROKEN, 0, "", "" },
	{ "a length below its own", BYTES("R\0\0\0\3"), ASK_BROKEN, 0, "",
	    "" },
	{ "a kind that is cut", BYTES("R\0\0\0\6\0\0"), ASK_BROKEN, 0, "",
	    "" },
	{ "an absurd length", BYTES("R\377\377\377\377"), ASK_BROKEN, 0, "",
	    "" },
	{ "longer than is believed", BYTES("E\0\0\40\0"), ASK_BROKEN, 0, "",
	    "" },
	{ "another protocol", BYTES("HTTP/1.0 400"), ASK_BROKEN, 0, "", "" },
	{ "its first byte", BYTES("S"), ASK_BROKEN, 0, "", "" },
};

static enum ask_answer
read_part(const struct row *row, size_t len, uint32_t *kind,
    struct fault *fault)
{
	unsigned char *exact = malloc(len + 1);
	enum ask_answer answer;

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, row->bytes, len);
	answer = ask_read_answer(exact, len, kind, fault);
	free(exact);
	return answer;
}

START_TEST(test_answers)
{
	const struct row *row = &rows[_i];
	struct fault fault = { 0 };
	uint32_t kind = 0;

	ck_assert_msg(read_part(row, row->len, &kind, &fault) == row->answer,
	    "%s", row->proves);
	ck_assert_msg(kind == row->kind, "%s: %u", row->proves, kind);
	ck_assert_msg(strcmp(fault.what, row->what) == 0, "%s: %s",
	    row->proves, fault.what);
	ck_assert_msg(strcmp(fault.sqlstate, row->sqlstate) == 0, "%s: %s",
	    row->proves, fault.sqlstate);
}
END_TEST

START_TEST(test_a_good_answer_that_is_cut_is_awaited)
{
	const struct row *row = &rows[_i];
	struct fault fault = { 0 };
	uint32_t kind = 0;
	size_t len, whole = row->len;

	if (row->answer == ASK_BROKEN || row->len < 5)
		return;
	whole = 1 + (size_t)(unsigned char)row->bytes[4];
	for (len = 0; len < whole; len++)
		ck_assert_msg(read_part(row, len, &kind, &fault) == ASK_MORE,
		    "%s: %zu bytes", row->proves, len);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("common/pg/ask");
	TCase *tc = tcase_create("ask");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, test_the_question_is_read_as_it_was_meant);
	tcase_add_loop_test(tc, test_answers, 0, LEN(rows));
	tcase_add_loop_test(tc, test_a_good_answer_that_is_cut_is_awaited, 0,
	    LEN(rows));
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
