/* SPDX-License-Identifier: ISC */
/*
 * test_background: who starts a daemon waits until it serves and learns whether
 * it does; the daemon is then away from the terminal.
 * Runs in: make check.
 */
#include "common/background.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* What the daemon says to the test, what the test says to the daemon, and what
 * daemon and caller write to stderr. */
static int told[2], tell[2], err[2];

static void
open_pipes(void)
{
	ck_assert_int_eq(pipe2(told, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(tell, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(err, O_CLOEXEC), 0);
}

/* The caller: 2 if there is no daemon, else what background_start() says. */
static pid_t
start_daemon(void (*daemon_main)(void))
{
	struct fault fault;
	pid_t pid = fork();

	if (pid != 0) {
		close(told[1]);
		close(tell[0]);
		close(err[1]);
		return pid;
	}
	close(told[0]);
	close(tell[1]);
	close(err[0]);
	dup2(err[1], STDERR_FILENO);
	log_open("postern-test");
	if (background_start(&fault) == -1)
		_exit(2);
	daemon_main();
	_exit(0);
}

static int
status_of(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
read_all(int fd, char *out, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, out + len, size - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
}

static int
is_null(int fd)
{
	struct stat st, null;

	return fstat(fd, &st) == 0 && stat("/dev/null", &null) == 0 &&
	    st.st_rdev == null.st_rdev;
}

static void
daemon_that_serves(void)
{
	char byte, dir[16] = "";

	dprintf(told[1], "sid %d ", getsid(0) == getpid());
	if (read(tell[0], &byte, 1) != 1)
		_exit(3);
	background_ready();
	background_ready();
	dprintf(told[1], "sid %d dir %s null %d%d%d", getsid(0) == getpid(),
	    getcwd(dir, sizeof(dir)), is_null(0), is_null(1), is_null(2));
	close(told[1]);
	/* Lives on until the test has seen its caller's end. */
	if (read(tell[0], &byte, 1) != 0)
		_exit(3);
}

START_TEST(the_caller_waits_until_the_daemon_serves)
{
	char text[256];
	struct pollfd pfd;
	pid_t pid = start_daemon(daemon_that_serves);

	pfd = (struct pollfd){ .fd = told[0], .events = POLLIN };
	ck_assert_int_eq(poll(&pfd, 1, 10000), 1);
	ck_assert_int_eq(waitpid(pid, NULL, WNOHANG), 0);
	ck_assert_int_eq(write(tell[1], "", 1), 1);
	ck_assert_int_eq(status_of(pid), 0);
	read_all(told[0], text, sizeof(text));
	ck_assert_str_eq(text, "sid 0 sid 1 dir / null 111");
	close(tell[1]);
	read_all(err[0], text, sizeof(text));
	ck_assert_str_eq(text, "");
}
END_TEST

static void
daemon_that_fails(void)
{
	log_write(LOG_LEVEL_FATAL, "own words");
	_exit(1);
}

static void
daemon_that_fails_loudly(void)
{
	log_write(LOG_LEVEL_FATAL, "own words");
	_exit(77);
}

static void
daemon_that_leaves(void)
{
	_exit(0);
}

static void
daemon_that_is_killed(void)
{
	raise(SIGKILL);
}

static const struct {
	const char *sentence;
	void (*daemon_main)(void);
	const char *words;
} failures[] = {
	{ "one that fails has its own words", daemon_that_fails,
	    "postern-test: FATAL:  own words\n" },
	{ "its status is 1 whatever it was", daemon_that_fails_loudly,
	    "postern-test: FATAL:  own words\n" },
	{ "to leave before it served is to fail", daemon_that_leaves, "" },
	{ "of one that was killed the caller speaks", daemon_that_is_killed,
	    "postern-test: FATAL:  the server was killed by signal 9 (Killed) "
	    "before it was ready\n" },
};

START_TEST(a_daemon_that_does_not_serve_is_a_status_of_1)
{
	char text[256];
	pid_t pid = start_daemon(failures[_i].daemon_main);

	ck_assert_int_eq(status_of(pid), 1);
	read_all(err[0], text, sizeof(text));
	ck_assert_str_eq(text, failures[_i].words);
}
END_TEST

/* Ctrl-C at the prompt is the daemon's to answer. */
START_TEST(the_terminals_signals_do_not_end_the_caller)
{
	char text[256];
	struct pollfd pfd;
	pid_t pid = start_daemon(daemon_that_serves);

	pfd = (struct pollfd){ .fd = told[0], .events = POLLIN };
	ck_assert_int_eq(poll(&pfd, 1, 10000), 1);
	kill(pid, SIGINT);
	kill(pid, SIGQUIT);
	kill(pid, SIGHUP);
	ck_assert_int_eq(write(tell[1], "", 1), 1);
	ck_assert_int_eq(status_of(pid), 0);
	close(tell[1]);
	read_all(told[0], text, sizeof(text));
}
END_TEST

/* A caller that was killed is no reason not to serve. */
START_TEST(a_daemon_outlives_its_caller)
{
	char text[256];
	struct pollfd pfd;
	pid_t pid = start_daemon(daemon_that_serves);
	int status;

	pfd = (struct pollfd){ .fd = told[0], .events = POLLIN };
	ck_assert_int_eq(poll(&pfd, 1, 10000), 1);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(write(tell[1], "", 1), 1);
	read_all(told[0], text, sizeof(text));
	ck_assert_str_eq(text, "sid 0 sid 1 dir / null 111");
	close(tell[1]);
}
END_TEST

static void
ignore_children(void)
{
	signal(SIGCHLD, SIG_IGN);
}

/* SIGCHLD ignored is inherited; the caller still learns the end. */
START_TEST(an_inherited_disposition_hides_no_failure)
{
	char text[256];
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		ignore_children();
		pid = start_daemon(daemon_that_is_killed);
		_exit(pid > 0 ? 0 : 1);
	}
	ck_assert_int_eq(status_of(pid), 0);
	close(told[1]);
	close(err[1]);
	read_all(err[0], text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "was killed by signal 9"));
}
END_TEST

START_TEST(in_the_foreground_nothing_changes)
{
	pid_t session = getsid(0);
	struct stat before, after;

	ck_assert_int_eq(fstat(0, &before), 0);
	background_ready();
	ck_assert_int_eq(getsid(0), session);
	ck_assert_int_eq(fstat(0, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("background");
	TCase *tcase = tcase_create("caller");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, open_pipes, NULL);
	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, the_caller_waits_until_the_daemon_serves);
	tcase_add_loop_test(tcase,
	    a_daemon_that_does_not_serve_is_a_status_of_1, 0, LEN(failures));
	tcase_add_test(tcase, the_terminals_signals_do_not_end_the_caller);
	tcase_add_test(tcase, a_daemon_outlives_its_caller);
	tcase_add_test(tcase, an_inherited_disposition_hides_no_failure);
	tcase_add_test(tcase, in_the_foreground_nothing_changes);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
