/* SPDX-License-Identifier: ISC */
/*
 * test_options: what the command line says, and what it may not say.
 * Runs in: make check.
 */
#include "common/options.h"

#include <sys/mman.h>

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define ARGUMENTS_MAX 6

static const struct options_program program = { "gate", "lets clients in",
	true };
static struct options options;
static struct fault fault;

/* The words live on: options point into them. */
static int
parse(const char *const arguments[ARGUMENTS_MAX])
{
	static char words[ARGUMENTS_MAX + 1][PATH_MAX + 2] = { "gate" };
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
	return options_parse(&program, argc, argv, &options, &fault);
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
	{ "a relative name begins here", { "-D", "bin" }, "/usr/bin",
	    OPTIONS_RUN, false, 0 },
	{ "a dot is no name", { "-D", "." }, "/usr", OPTIONS_RUN, false, 0 },
	{ "two dots neither", { "-D", ".." }, "/", OPTIONS_RUN, false, 0 },
	{ "a dot at the end neither", { "-D", "/proc/../." }, "/",
	    OPTIONS_RUN, false, 0 },
	{ "two at the end neither", { "-D", "/usr/share/.." }, "/usr",
	    OPTIONS_RUN, false, 0 },
	{ "a name may begin with dots", { "-D", "/a/..b" }, "/a/..b",
	    OPTIONS_RUN, false, 0 },
	{ "the last directory wins", { "-D", "/a", "-D", "/b" }, "/b",
	    OPTIONS_RUN, false, 0 },
	{ "-c twice", { "-c", "a=1", "-F", "-cb=2" }, SYSCONFDIR, OPTIONS_RUN,
	    true, 2 },
	{ "help", { "--help" }, SYSCONFDIR, OPTIONS_HELP, false, 0 },
	{ "short help", { "-?" }, SYSCONFDIR, OPTIONS_HELP, false, 0 },
	{ "help behind another option", { "-D", "/a", "-?" }, "/a",
	    OPTIONS_HELP, false, 0 },
	{ "help in one word with another option", { "-F?" }, SYSCONFDIR,
	    OPTIONS_HELP, true, 0 },
	{ "version", { "--version" }, SYSCONFDIR, OPTIONS_VERSION, false, 0 },
	{ "short version", { "-V" }, SYSCONFDIR, OPTIONS_VERSION, false, 0 },
	{ "check, and what is checked behind it", { "--check", "-D", "/a" },
	    "/a", OPTIONS_CHECK, false, 0 },
	{ "what comes behind it is not read", { "-V", "-x" }, SYSCONFDIR,
	    OPTIONS_VERSION, false, 0 },
};

START_TEST(an_option_is_taken)
{
	const struct good_row *row = &good_rows[_i];

	ck_assert_int_eq(chdir("/usr"), 0);
	ck_assert_msg(parse(row->arguments) == 0, "%s: %s", row->sentence,
	    fault.what);
	ck_assert_int_eq(options.action, row->action);
	ck_assert(options.foreground == row->foreground);
	ck_assert_uint_eq(options.assignments_len, row->assignments_len);
	ck_assert_str_eq(options.directory, row->directory);
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
	const char *what;	/* a part of it */
} bad_rows[] = {
	{ { "-x" }, "invalid option \"-x\"" },
	{ { "-D", "/a", "-xF" }, "invalid option \"-x\"" },
	{ { "-D", "--foo", "-xF" }, "invalid option \"-x\"" },
	{ { "--foo" }, "invalid option \"--foo\"" },
	{ { "-F", "--foo=1" }, "invalid option \"--foo=1\"" },
	{ { "--help=x" }, "invalid option \"--help=x\"" },
	{ { "--version=x" }, "invalid option \"--version=x\"" },
	{ { "-D" }, "option \"-D\" needs a value" },
	{ { "-Fc" }, "option \"-c\" needs a value" },
	{ { "-D", "" }, "name of the data directory is empty" },
	{ { "-D", "/nonexistent/." },
	    "could not access data directory \"/nonexistent/.\"" },
	{ { "--check", "start" },
	    "too many command-line arguments (first is \"start\")" },
	{ { "start" }, "too many command-line arguments (first is \"start\")" },
	{ { "-F", "--", "-x" },
	    "too many command-line arguments (first is \"-x\")" },
};

START_TEST(a_mistake_is_refused_in_words)
{
	const struct bad_row *row = &bad_rows[_i];

	ck_assert_int_eq(parse(row->arguments), -1);
	ck_assert_msg(strstr(fault.what, row->what) != NULL, "%s", fault.what);
	ck_assert_str_eq(fault.hint,
	    "Try \"gate --help\" for more information.");
}
END_TEST

START_TEST(a_check_is_for_who_knows_it)
{
	static const struct options_program other = { "gate", "is shut",
		false };
	static char name[] = "gate", check[] = "--check";
	char *argv[] = { name, check, NULL };

	ck_assert_int_eq(options_parse(&other, 2, argv, &options, &fault), -1);
	ck_assert_str_eq(fault.what, "invalid option \"--check\"");
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
	static char name[] = "gate", assignment[] = "-ca=1";
	char *argv[2 + OPTIONS_ASSIGNMENTS_MAX + 1] = { name };

	for (int i = 1; i < LEN(argv) - 1; i++)
		argv[i] = assignment;
	ck_assert_int_eq(options_parse(&program, 1 + OPTIONS_ASSIGNMENTS_MAX,
	    argv, &options, &fault), 0);
	ck_assert_int_eq(options_parse(&program, 2 + OPTIONS_ASSIGNMENTS_MAX,
	    argv, &options, &fault), -1);
	ck_assert_ptr_nonnull(strstr(fault.what, "more than 128"));
}
END_TEST

static const struct print_row {
	enum options_action action;
	const char *begins, *contains;
} print_rows[] = {
	{ OPTIONS_HELP, "gate lets clients in.\n", "Usage:\n  gate [-F]" },
	{ OPTIONS_HELP, "gate", "\n  --check " },
	{ OPTIONS_HELP, "gate", "\nSee gate(8) and postern.conf(5).\n" },
	{ OPTIONS_HELP, "gate", "(default: " SYSCONFDIR ")\n" },
	{ OPTIONS_VERSION, "gate (Postern) " PACKAGE_VERSION "\n", "" },
};

START_TEST(it_says_what_it_is)
{
	const struct print_row *row = &print_rows[_i];
	char text[4096] = "";
	int file = memfd_create("stdout", 0);

	fflush(stdout);
	ck_assert_int_eq(dup2(file, STDOUT_FILENO), STDOUT_FILENO);
	ck_assert_int_eq(options_print(&program, row->action), 0);
	ck_assert_int_gt(pread(file, text, sizeof(text) - 1, 0), 0);
	close(file);
	ck_assert_int_eq(strncmp(text, row->begins, strlen(row->begins)), 0);
	ck_assert_msg(strstr(text, row->contains) != NULL, "%s", text);
}
END_TEST

START_TEST(a_text_that_cannot_be_written_is_no_success)
{
	int file = open("/dev/full", O_WRONLY | O_CLOEXEC);

	fflush(stdout);
	ck_assert_int_eq(dup2(file, STDOUT_FILENO), STDOUT_FILENO);
	ck_assert_int_eq(options_print(&program, OPTIONS_HELP), 1);
	close(file);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("options");
	TCase *tcase = tcase_create("options");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, an_option_is_taken, 0, LEN(good_rows));
	tcase_add_test(tcase, assignments_keep_their_order);
	tcase_add_loop_test(tcase, a_mistake_is_refused_in_words, 0,
	    LEN(bad_rows));
	tcase_add_test(tcase, a_check_is_for_who_knows_it);
	tcase_add_test(tcase, a_name_may_fill_its_array);
	tcase_add_test(tcase, too_many_assignments_are_refused);
	tcase_add_loop_test(tcase, it_says_what_it_is, 0, LEN(print_rows));
	tcase_add_test(tcase, a_text_that_cannot_be_written_is_no_success);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
