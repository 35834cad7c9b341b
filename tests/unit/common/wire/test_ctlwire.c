/* SPDX-License-Identifier: ISC */
/*
 * test_ctlwire: requests and answers there and back, and every other shape
 * refused.
 * Runs in: make check.
 */
#include "common/wire/ctlwire.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

START_TEST(a_request_comes_through)
{
	struct ctlwire_request request, out;

	ctlwire_begin_request(CTLWIRE_STOP, &request);
	request.which = CTLWIRE_STOP_SMART;
	ctlwire_put_request_body(&request, "body", 5);
	ck_assert_int_eq(ctlwire_read_request(&request, sizeof(request),
	    &out), 0);
	ck_assert_int_eq(out.verb, CTLWIRE_STOP);
	ck_assert_int_eq(out.which, CTLWIRE_STOP_SMART);
	ck_assert_int_eq(out.body_len, 5);
	ck_assert_str_eq((const char *)out.body, "body");
}
END_TEST

START_TEST(an_answer_comes_through)
{
	struct ctlwire_answer answer, out;

	ctlwire_begin_answer(CTLWIRE_DONE, &answer);
	answer.generation = 7;
	strcpy(answer.text.what, "what");
	ctlwire_put_answer_body(&answer, 3, "body", 5);
	ck_assert_int_eq(ctlwire_read_answer(&answer, sizeof(answer), &out),
	    0);
	ck_assert_int_eq(out.result, CTLWIRE_DONE);
	ck_assert_uint_eq(out.generation, 7);
	ck_assert_str_eq(out.text.what, "what");
	ck_assert_int_eq(out.kind, 3);
	ck_assert_str_eq((const char *)out.body, "body");
}
END_TEST

/* Of a request with one field changed. */
static const struct wrong_row {
	const char *sentence;
	struct ctlwire_request request;
	int returns;
} wrong_rows[] = {
	{ "a known verb passes", { CTLWIRE_VERSION, CTLWIRE_RELOAD, 0, 0,
	    { 0 } }, 0 },
	{ "a number of a verb that does not look at it passes",
	    { CTLWIRE_VERSION, CTLWIRE_RELOAD, 9, 0, { 0 } }, 0 },
	{ "another version is told from nonsense", { CTLWIRE_VERSION + 1,
	    CTLWIRE_RELOAD, 0, 0, { 0 } }, -2 },
	{ "no verb", { CTLWIRE_VERSION, 0, 0, 0, { 0 } }, -1 },
	{ "an unknown verb", { CTLWIRE_VERSION, CTLWIRE_VERBS, 0, 0, { 0 } },
	    -1 },
	{ "a body that is too long", { CTLWIRE_VERSION, CTLWIRE_RELOAD, 0,
	    CTLWIRE_BODY_MAX + 1, { 0 } }, -1 },
	{ "the longest body passes", { CTLWIRE_VERSION, CTLWIRE_RELOAD, 0,
	    CTLWIRE_BODY_MAX, { 0 } }, 0 },
	{ "stop without a mode", { CTLWIRE_VERSION, CTLWIRE_STOP, 0, 0,
	    { 0 } }, -1 },
	{ "stop with a mode that is none", { CTLWIRE_VERSION, CTLWIRE_STOP,
	    CTLWIRE_STOPS, 0, { 0 } }, -1 },
};

START_TEST(a_wrong_request_is_refused)
{
	const struct wrong_row *row = &wrong_rows[_i];
	struct ctlwire_request out = { .verb = 77 };

	ck_assert_msg(ctlwire_read_request(&row->request,
	    sizeof(row->request), &out) == row->returns, "%s", row->sentence);
	ck_assert_msg((out.verb == 77) == (row->returns != 0),
	    "%s: untouched on failure", row->sentence);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
	struct ctlwire_request request;
	struct ctlwire_answer answer;
	unsigned char longer[sizeof(answer) + 1] = { 0 };
	size_t len;

	ctlwire_begin_request(CTLWIRE_RELOAD, &request);
	for (len = 0; len < sizeof(request); len++)
		ck_assert_int_eq(ctlwire_read_request(&request, len,
		    &request), -1);
	ctlwire_begin_answer(CTLWIRE_DONE, &answer);
	for (len = 0; len < sizeof(answer); len++)
		ck_assert_int_eq(ctlwire_read_answer(&answer, len, &answer),
		    -1);
	memcpy(longer, &answer, sizeof(answer));
	ck_assert_int_eq(ctlwire_read_answer(longer, sizeof(longer), &answer),
	    -1);
}
END_TEST

START_TEST(a_wrong_answer_is_refused_and_texts_are_ended)
{
	struct ctlwire_answer answer, out;

	ctlwire_begin_answer(CTLWIRE_FAILED, &answer);
	memset(&answer.text, 'x', sizeof(answer.text));
	ck_assert_int_eq(ctlwire_read_answer(&answer, sizeof(answer), &out),
	    0);
	ck_assert_uint_eq(strlen(out.text.what), sizeof(out.text.what) - 1);
	ck_assert_uint_eq(strlen(out.text.detail),
	    sizeof(out.text.detail) - 1);
	ck_assert_uint_eq(strlen(out.text.hint), sizeof(out.text.hint) - 1);
	answer.result = CTLWIRE_RESULTS;
	ck_assert_int_eq(ctlwire_read_answer(&answer, sizeof(answer), &out),
	    -1);
	answer.result = CTLWIRE_MORE;
	answer.body_len = CTLWIRE_BODY_MAX + 1;
	ck_assert_int_eq(ctlwire_read_answer(&answer, sizeof(answer), &out),
	    -1);
	answer.body_len = 0;
	answer.version++;
	ck_assert_int_eq(ctlwire_read_answer(&answer, sizeof(answer), &out),
	    -2);
}
END_TEST

START_TEST(every_verb_and_mode_has_a_name)
{
	unsigned int i;

	for (i = 1; i < CTLWIRE_VERBS; i++)
		ck_assert_str_ne(ctlwire_verb_name(i), "unknown");
	for (i = 1; i < CTLWIRE_STOPS; i++)
		ck_assert_str_ne(ctlwire_stop_name(i), "unknown");
	ck_assert_str_eq(ctlwire_verb_name(0), "unknown");
	ck_assert_str_eq(ctlwire_verb_name(CTLWIRE_VERBS), "unknown");
	ck_assert_str_eq(ctlwire_stop_name(0), "unknown");
	ck_assert_str_eq(ctlwire_stop_name(CTLWIRE_STOPS), "unknown");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("ctlwire");
	TCase *tcase = tcase_create("messages");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, a_request_comes_through);
	tcase_add_test(tcase, an_answer_comes_through);
	tcase_add_loop_test(tcase, a_wrong_request_is_refused, 0,
	    LEN(wrong_rows));
	tcase_add_test(tcase, every_truncation_is_refused);
	tcase_add_test(tcase, a_wrong_answer_is_refused_and_texts_are_ended);
	tcase_add_test(tcase, every_verb_and_mode_has_a_name);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
