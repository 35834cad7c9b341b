/* SPDX-License-Identifier: ISC */
/*
 * test_options: postern-keyd's command line.
 * Runs in: make check.
 */
#include "keyd/options.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define ARGUMENTS_MAX 6

static struct options options;
static struct fault fault;

/* The words live on: options point into them. */
static int
parse(const char *const arguments[ARGUMENTS_MAX])
{
	static char words[ARGUMENTS_MAX + 1][PATH_MAX + 2] = { "keyd" };
	char *argv[ARGUMENTS_MAX + 2] = { words[0] };
	int argc = 1;

	while (argc <= ARGUMENTS_MAX && arguments[argc - 1] != NULL) {
		snprintf(words[argc], sizeof(words[argc]), "%s",
		    arguments[argc - 1]);
		argv[argc] = words[argc];
		argc++;
	}
	memset(&options, 0, sizeof(options));
	fault_clear(&fault);
	return options_parse(argc, argv, &options, &fault);
}

static const struct good_row {
	const char *sentence;
	const char *arguments[ARGUMENTS_MAX];
	const char *directory;
	enum options_action action;
	bool foreground;
	size_t assignments_len;
} good_rows[] = {
	{ "nothing: the default directory", { NULL }, SYSCONFDIR,
	    OPTIONS_RUN, false, 0 },
	{ "-D and -F", { "-F", "-D", "/a/b" }, "/a/b", OPTIONS_RUN, true, 0 },
	{ "slashes at the end go", { "-D/a/b//" }, "/a/b", OPTIONS_RUN, false,
	    0 },
	{ "the root directory has one", { "-D", "/" }, "/", OPTIONS_RUN,
	    false, 0 },
	{ "a relative name begins here", { "-D", "x" }, "/x", OPTIONS_RUN,
	    false, 0 },
	{ "a dot is no name", { "-D", "." }, "/", OPTIONS_RUN, false, 0 },
	{ "a dot at the end neither", { "-D", "/proc/../." }, "/",
	    OPTIONS_RUN, false, 0 },
	{ "-c twice", { "-c", "a=1", "-c", "b=2" }, SYSCONFDIR, OPTIONS_RUN,
	    false, 2 },
	{ "help", { "--help" }, SYSCONFDIR, OPTIONS_HELP, false, 0 },
	{ "short help", { "-?" }, SYSCONFDIR, OPTIONS_HELP, false, 0 },
	{ "version", { "--version" }, SYSCONFDIR, OPTIONS_VERSION, false, 0 },
	{ "short version", { "-V" }, SYSCONFDIR, OPTIONS_VERSION, false, 0 },
};

START_TEST(an_option_is_taken)
{
	const struct good_row *row = &good_rows[_i];

	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_msg(parse(row->arguments) == 0, "%s", row->sentence);
	ck_assert_int_eq(options.action, row->action);
	ck_assert(options.foreground == row->foreground);
	ck_assert_uint_eq(options.assignments_len, row->assignments_len);
	/* "x" in the root directory has two slashes: both are one. */
	ck_assert_str_eq(options.directory[1] == '/' ? options.directory + 1 :
	    options.directory, row->directory);
}
END_TEST

START_TEST(assignments_keep_their_order)
{
	static const char *const arguments[ARGUMENTS_MAX] = { "-c", "a=1",
		"-cb=2" };

	ck_assert_int_eq(parse(arguments), 0);
	ck_assert_str_eq(options.assignments[0], "a=1");
	ck_assert_str_eq(options.assignments[1], "b=2");
}
END_TEST

static const struct bad_row {
	const char *arguments[ARGUMENTS_MAX];
	const char *what, *hint;	/* a part of each */
} bad_rows[] = {
	{ { "-x" }, "invalid option \"-x\"", "--help" },
	{ { "--foo" }, "invalid option \"--foo\"", "--help" },
	{ { "-D" }, "option \"-D\" needs a value", "--help" },
	{ { "-c" }, "option \"-c\" needs a value", "--help" },
	{ { "-D", "" }, "name of the data directory is empty", "--help" },
	{ { "-D", "/nonexistent/." }, "could not access data directory", "" },
	{ { "x" }, "too many command-line arguments (first is \"x\")",
	    "--help" },
};

START_TEST(a_mistake_is_refused_in_words)
{
	const struct bad_row *row = &bad_rows[_i];

	ck_assert_int_eq(parse(row->arguments), -1);
	ck_assert_ptr_nonnull(strstr(fault.what, row->what));
	ck_assert_ptr_nonnull(strstr(fault.hint, row->hint));
}
END_TEST

START_TEST(a_name_may_fill_its_array)
{
	char name[PATH_MAX + 1];
	const char *arguments[ARGUMENTS_MAX] = { "-D", name };

	memset(name, 'n', sizeof(name));
	name[0] = '/';
	name[PATH_MAX - 1] = '\0';
	ck_assert_int_eq(parse(arguments), 0);
	name[PATH_MAX - 1] = 'n';
	name[PATH_MAX] = '\0';
	ck_assert_int_eq(parse(arguments), -1);
	ck_assert_ptr_nonnull(strstr(fault.what, "is too long"));
}
END_TEST

START_TEST(too_many_assignments_are_refused)
{
	static char name[] = "keyd", assignment[] = "-ca=1";
	char *argv[2 + OPTIONS_ASSIGNMENTS_MAX + 1] = { name };

	for (int i = 1; i < LEN(argv) - 1; i++)
		argv[i] = assignment;
	ck_assert_int_eq(options_parse(1 + OPTIONS_ASSIGNMENTS_MAX, argv,
	    &options, &fault), 0);
	ck_assert_int_eq(options_parse(2 + OPTIONS_ASSIGNMENTS_MAX, argv,
	    &options, &fault), -1);
	ck_assert_ptr_nonnull(strstr(fault.what, "more than 64"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("keyd options");
	TCase *tcase = tcase_create("options");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, an_option_is_taken, 0, LEN(good_rows));
	tcase_add_test(tcase, assignments_keep_their_order);
	tcase_add_loop_test(tcase, a_mistake_is_refused_in_words, 0,
	    LEN(bad_rows));
	tcase_add_test(tcase, a_name_may_fill_its_array);
	tcase_add_test(tcase, too_many_assignments_are_refused);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
