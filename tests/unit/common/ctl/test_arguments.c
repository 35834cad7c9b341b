/* SPDX-License-Identifier: ISC */
/*
 * test_arguments: what posternctl's command line says, and what it may not say.
 * Runs in: make check.
 */
#include "common/ctl/arguments.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/ctl/ctl.h"
#include "common/fault.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define WORDS_MAX 8

static const struct arguments_verb verbs[] = {
	{ .name = "plain", .options = "" },
	{ .name = "stop", .options = "mt", .has_word = true },
	{ .name = NULL }
};

static struct ctl ctl;
static const struct arguments_verb *verb;
static struct fault fault;

static int
parse(const char *const words[WORDS_MAX])
{
	static char copies[WORDS_MAX][64];
	static char name[] = "posternctl";
	char *argv[WORDS_MAX + 2] = { name };
	int i;

	for (i = 0; i < WORDS_MAX && words[i] != NULL; i++) {
		strcpy(copies[i], words[i]);
		argv[1 + i] = copies[i];
	}
	return arguments_parse(verbs, argv, &ctl, &verb, &fault);
}

static const struct good_row {
	const char *sentence;
	const char *words[WORDS_MAX];
	int action;
	const char *verb, *directory;
	enum ctlwire_stop mode;
	int timeout_s;
	const char *word;
} good_rows[] = {
	{ "a verb alone", { "plain" }, ARGUMENTS_RUN, "plain", SYSCONFDIR,
	    CTLWIRE_STOP_FAST, 60, NULL },
	{ "options before and behind", { "-D", "/a/", "stop", "-m", "smart",
	    "keyd", "-t3" }, ARGUMENTS_RUN, "stop", "/a", CTLWIRE_STOP_SMART,
	    3, "keyd" },
	{ "long options", { "stop", "--mode=immediate", "--timeout", "9" },
	    ARGUMENTS_RUN, "stop", SYSCONFDIR, CTLWIRE_STOP_IMMEDIATE, 9,
	    NULL },
	{ "an assignment", { "-c", "a=b", "plain" }, ARGUMENTS_RUN, "plain",
	    SYSCONFDIR, CTLWIRE_STOP_FAST, 60, NULL },
	{ "-?", { "-?" }, ARGUMENTS_HELP, NULL, SYSCONFDIR,
	    CTLWIRE_STOP_FAST, 60, NULL },
	{ "--help behind a verb", { "stop", "--help" }, ARGUMENTS_HELP, NULL,
	    SYSCONFDIR, CTLWIRE_STOP_FAST, 60, NULL },
	{ "-V", { "-V" }, ARGUMENTS_VERSION, NULL, SYSCONFDIR,
	    CTLWIRE_STOP_FAST, 60, NULL },
};

START_TEST(good)
{
	const struct good_row *row = &good_rows[_i];

	ck_assert_msg(parse(row->words) == row->action, "%s: %s",
	    row->sentence, fault.what);
	ck_assert_str_eq(ctl.directory, row->directory);
	ck_assert_int_eq(ctl.mode, row->mode);
	ck_assert_int_eq(ctl.timeout_s, row->timeout_s);
	ck_assert_pstr_eq(ctl.word, row->word);
	ck_assert_pstr_eq(verb == NULL ? NULL : verb->name, row->verb);
}
END_TEST

static const struct wrong_row {
	const char *words[WORDS_MAX];
	const char *what;
} wrong_rows[] = {
	{ { NULL }, "no operation specified" },
	{ { "stp" }, "unrecognized operation mode \"stp\"" },
	{ { "plain", "keyd" }, "too many command-line arguments (first is "
	    "\"keyd\")" },
	{ { "stop", "keyd", "more" }, "(first is \"more\")" },
	{ { "plain", "-m", "fast" }, "\"plain\" has no option \"-m\"" },
	{ { "plain", "--timeout=3" }, "\"plain\" has no option \"-t\"" },
	{ { "stop", "-m", "slow" }, "unrecognized shutdown mode \"slow\"" },
	{ { "stop", "-t", "0" }, "\"0\" is no number of seconds" },
	{ { "stop", "-t", "1x" }, "\"1x\" is no number of seconds" },
	{ { "stop", "-t", "86401" }, "is no number of seconds" },
	{ { "stop", "-m" }, "option \"-m\" needs a value" },
	{ { "--bogus", "stop" }, "invalid option \"--bogus\"" },
	{ { "-x", "stop" }, "invalid option \"-x\"" },
};

START_TEST(wrong)
{
	const struct wrong_row *row = &wrong_rows[_i];

	ck_assert_int_eq(parse(row->words), -1);
	ck_assert_msg(strstr(fault.what, row->what) != NULL, "no \"%s\": %s",
	    row->what, fault.what);
	ck_assert_ptr_nonnull(strstr(fault.hint, "posternctl --help"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("arguments");
	TCase *tcase = tcase_create("command line");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, good, 0, LEN(good_rows));
	tcase_add_loop_test(tcase, wrong, 0, LEN(wrong_rows));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
