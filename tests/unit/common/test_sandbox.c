/* SPDX-License-Identifier: ISC */
/*
 * test_sandbox: what is listed works, what is not ends the process, in every
 * thread; a kernel without seccomp is told of.
 * Runs in: make check.
 */
#include "common/sandbox.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/layers.h"
#include "tests/unit/common/refusing.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define KILLED (-1)		/* by SIGSYS, not an exit status */

static const struct sandbox_row rows[] = {
	SANDBOX_ALLOW(getpid, "the test"),
	SANDBOX_IF(getpriority, "the test", SANDBOX_IS(0, 0)),
	SANDBOX_IF2(getpgid, "the test", SANDBOX_NONE_OF(0, 4),
	    SANDBOX_IS(1, 7)),
	SANDBOX_IF(getpgid, "the test", SANDBOX_BITS(0, 3, 2)),
	SANDBOX_FAIL(getsid, "the test", EXDEV),
	SANDBOX_ALLOW(futex, "threads"),
	SANDBOX_ALLOW(write, "threads"),
	SANDBOX_ALLOW(read, "threads"),
	SANDBOX_ALLOW(exit_group, "the end")
};

static struct layers layers;
static struct fault fault;

static int
enter(bool is_required)
{
	struct sandbox_options options = { .rows = rows, .len = LEN(rows),
		.is_required = is_required };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return sandbox_enter(&options, &layers, &fault);
}

static int
errno_of(long call, long a, long b)
{
	if (enter(true) == -1)
		return 97;
	return syscall(call, a, b) == -1 ? errno : 0;
}

static int
what_is_listed(void)
{
	return errno_of(SYS_getpid, 0, 0);
}

static int
what_is_not_listed(void)
{
	return errno_of(SYS_getuid, 0, 0);
}

static int
the_right_argument(void)
{
	return errno_of(SYS_getpriority, 0, 0);
}

static int
a_wrong_argument(void)
{
	return errno_of(SYS_getpriority, 1, 0);
}

static int
a_wrong_argument_above_32_bits(void)
{
	return errno_of(SYS_getpriority, 1L << 32, 0);
}

static int
all_conditions_of_a_row(void)
{
	return errno_of(SYS_getpgid, 0, 7);
}

static int
one_condition_of_two(void)
{
	return errno_of(SYS_getpgid, 0, 8);
}

static int
a_forbidden_bit(void)
{
	return errno_of(SYS_getpgid, 4, 7);
}

static int
a_second_row_that_fits(void)
{
	return errno_of(SYS_getpgid, 0x7ffffffe, 9) == ESRCH ? 0 : 1;
}

static int
a_row_that_fails(void)
{
	return errno_of(SYS_getsid, 0, 0) == EXDEV ? 0 : 1;
}

static int ends[2];

static void *
call_once_told(void *arg)
{
	char byte;

	(void)arg;
	if (read(ends[0], &byte, 1) == 1)
		syscall(SYS_getuid);
	return NULL;
}

/* The thread that breaks the rules was there before them. */
static int
another_thread(void)
{
	pthread_t thread;

	if (pipe(ends) == -1 ||
	    pthread_create(&thread, NULL, call_once_told, NULL) != 0 ||
	    enter(true) == -1 || write(ends[1], "x", 1) != 1)
		return 97;
	pthread_join(thread, NULL);
	return 96;
}

static int
another_architecture(void)
{
#ifdef __x86_64__
	return errno_of(0x40000000 | SYS_getpid, 0, 0);	/* x32's */
#else
	return what_is_not_listed();
#endif
}

static int
a_kernel_without_seccomp(void)
{
	refusing_call(SCMP_SYS(seccomp), ENOSYS);
	if (enter(true) != -1 || layers.in_force[0] != '\0')
		return 1;
	return strstr(fault.hint, "\"preferred\"") != NULL ? 0 : 2;
}

static int
a_kernel_that_may_lack_it(void)
{
	refusing_call(SCMP_SYS(seccomp), ENOSYS);
	if (enter(false) != 0 || layers.in_force[0] != '\0')
		return 1;
	return strstr(layers.lacking, "system calls") != NULL ? 0 : 2;
}

static int
what_is_in_force(void)
{
	if (enter(true) != 0 || layers.lacking[0] != '\0')
		return 1;
	return strcmp(layers.in_force, "7 system calls") == 0 ? 0 : 2;
}

static const struct {
	const char *sentence;
	int (*run)(void);
	int result;
} cases[] = {
	{ "what is listed works", what_is_listed, 0 },
	{ "what is not listed ends the process", what_is_not_listed, KILLED },
	{ "the right argument works", the_right_argument, 0 },
	{ "a wrong one ends the process", a_wrong_argument, KILLED },
	{ "all 64 bits of an argument count", a_wrong_argument_above_32_bits,
	    KILLED },
	{ "all conditions of a row hold", all_conditions_of_a_row, 0 },
	{ "one of them is not enough", one_condition_of_two, KILLED },
	{ "a bit that must not be set", a_forbidden_bit, KILLED },
	{ "another row of the same call suffices", a_second_row_that_fits, 0 },
	{ "a row may fail with its error", a_row_that_fails, 0 },
	{ "threads that were there before are bound", another_thread, KILLED },
	{ "calls of another architecture are not listed",
	    another_architecture, KILLED },
	{ "without seccomp it does not start", a_kernel_without_seccomp, 0 },
	{ "unless that was said to be well", a_kernel_that_may_lack_it, 0 },
	{ "what is in force is told, one name one call", what_is_in_force, 0 }
};

START_TEST(a_sandbox)
{
	int status = refusing_run(cases[_i].run, 0);

	if (cases[_i].result == KILLED)
		ck_assert_msg(WIFSIGNALED(status) &&
		    WTERMSIG(status) == SIGSYS, "%s: status 0x%x",
		    cases[_i].sentence, (unsigned int)status);
	else
		ck_assert_msg(status == 0, "%s: status 0x%x",
		    cases[_i].sentence, (unsigned int)status);
}
END_TEST

START_TEST(calls_are_counted_once_and_refused_ones_not)
{
	ck_assert_uint_eq(sandbox_count(rows, LEN(rows)), 7);
	ck_assert_uint_eq(sandbox_count(rows, 1), 1);
	ck_assert_uint_eq(sandbox_count(rows, 0), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sandbox");
	TCase *tcase = tcase_create("sandbox");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, a_sandbox, 0, LEN(cases));
	tcase_add_test(tcase, calls_are_counted_once_and_refused_ones_not);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
