/* SPDX-License-Identifier: ISC */
/*
 * test_options: what the command line says, and what it may not say.
 */
#include "listener/options.h"

#include <sys/wait.h>

#include <check.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"

#define ARGS_MAX 8

static struct options options;
static struct fault fault;

static int
parse(const char *const *args)
{
	static char words[ARGS_MAX + 1][64];
	char *argv[ARGS_MAX + 2];
	int argc = 1;

	strcpy(words[0], "postern-listener");
	argv[0] = words[0];
	for (; args[argc - 1] != NULL; argc++) {
		strcpy(words[argc], args[argc - 1]);
		argv[argc] = words[argc];
	}
	argv[argc] = NULL;
	optind = 1;
	return options_parse(argc, argv, &options, &fault);
}

struct directory_case {
	const char *proves;
	const char *args[ARGS_MAX];
	const char *expect;
};

static const struct directory_case directory_cases[] = {
	{ "the default", { NULL }, SYSCONFDIR },
	{ "an absolute name", { "-D", "/srv/gate", NULL }, "/srv/gate" },
	{ "slashes at its end", { "-D/srv/gate//", NULL }, "/srv/gate" },
	{ "the root", { "-D", "/", NULL }, "/" },
	{ "a relative name", { "-D", "bin", NULL }, "/usr/bin" },
	{ "the current directory has its own name", { "-D", ".", NULL },
	    "/usr" },
	{ "the one above", { "-D", "/usr/share/..", NULL }, "/usr" },
	{ "the last one wins", { "-D", "/a", "-D", "/b", NULL }, "/b" },
};

START_TEST(test_data_directory)
{
	const struct directory_case *c = &directory_cases[_i];

	ck_assert_int_eq(chdir("/usr"), 0);
	ck_assert_int_eq(parse(c->args), 0);
	ck_assert_msg(strcmp(options.data_directory, c->expect) == 0, "%s: %s",
	    c->proves, options.data_directory);
	ck_assert(!options.foreground);
}
END_TEST

START_TEST(test_overrides_keep_their_order)
{
	static const char *const args[] = { "-c", "port=1", "-F", "-cport=2",
		NULL };

	ck_assert_int_eq(parse(args), 0);
	ck_assert_uint_eq(options.overrides_len, 2);
	ck_assert_str_eq(options.overrides[0], "port=1");
	ck_assert_str_eq(options.overrides[1], "port=2");
	ck_assert(options.foreground);
}
END_TEST

START_TEST(test_an_empty_directory_is_refused)
{
	static const char *const args[] = { "-D", "", NULL };

	ck_assert_int_eq(parse(args), -1);
	ck_assert_str_eq(fault.what, "invalid data directory \"\"");
}
END_TEST

struct exit_case {
	const char *proves;
	const char *args[ARGS_MAX];
	int status;
	const char *says;	/* on stdout or stderr */
};

static const struct exit_case exit_cases[] = {
	{ "help", { "--help", NULL }, 0, "Usage:" },
	{ "the short help", { "-?", NULL }, 0, "Usage:" },
	{ "help behind other options", { "-D", "/a", "-?", NULL }, 0,
	    "Usage:" },
	{ "the version", { "--version", NULL }, 0,
	    "postern-listener (Postern) " PACKAGE_VERSION },
	{ "the short version", { "-V", NULL }, 0, PACKAGE_VERSION },
	{ "an unknown letter", { "-x", NULL }, 1,
	    "unrecognized option \"-x\"\nTry \"postern-listener --help\"" },
	{ "an unknown word", { "--nonsense", NULL }, 1,
	    "unrecognized option \"--nonsense\"" },
	{ "an option without its argument", { "-D", NULL }, 1,
	    "option requires an argument: \"-D\"" },
	{ "an argument that is no option", { "start", NULL }, 1,
	    "too many command-line arguments, the first is \"start\"" },
};

START_TEST(test_ends)
{
	const struct exit_case *c = &exit_cases[_i];
	char text[4096] = "";
	size_t used = 0;
	int ends[2], status;
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		parse(c->args);
		_exit(99);
	}
	close(ends[1]);
	while (used < sizeof(text) - 1 && (n = read(ends[0], text + used,
	    sizeof(text) - 1 - used)) > 0)
		used += (size_t)n;
	close(ends[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_msg(WEXITSTATUS(status) == c->status, "%s: %d", c->proves,
	    WEXITSTATUS(status));
	ck_assert_msg(strstr(text, c->says) != NULL, "%s: %s", c->proves,
	    text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("options");
	TCase *tc = tcase_create("options");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, test_data_directory, 0,
	    sizeof(directory_cases) / sizeof(directory_cases[0]));
	tcase_add_test(tc, test_overrides_keep_their_order);
	tcase_add_test(tc, test_an_empty_directory_is_refused);
	tcase_add_loop_test(tc, test_ends, 0,
	    sizeof(exit_cases) / sizeof(exit_cases[0]));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
