/* SPDX-License-Identifier: ISC */
/*
 * test_child: programs start, report, fail in words, end and wait their turn.
 * Runs in: make check.
 */
#include "common/child.h"

#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log.h"
#include "common/log_sink.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define SOON_MS 10000		/* what comes at once on an idle machine */

static char log_path[] = "/tmp/postern-test-child.XXXXXX";
static struct child child;
static struct fault fault;

static void
open_log(void)
{
	struct log_sink_options options = { .filename = log_path };
	int fd = mkstemp(log_path);

	ck_assert_int_ne(fd, -1);
	close(fd);
	log_open("test");
	ck_assert_int_eq(log_sink_open(&options, &fault), 0);
	child_init(&child, "fixture");
}

static void
remove_log(void)
{
	child_stop(&child, 0);
	unlink(log_path);
}

/* What the log holds until now. */
static const char *
logged(void)
{
	static char text[16384];
	int fd = open(log_path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	close(fd);
	return text;
}

static void
assert_logged(const char *words)
{
	ck_assert_msg(strstr(logged(), words) != NULL, "no \"%s\" in:\n%s",
	    words, logged());
}

static void
start(const char *title)
{
	struct spawn_options options = { .program = FIXTURE, .title = title };

	ck_assert_msg(child_start(&child, &options, &fault) == 0, "%s",
	    fault.what);
	ck_assert_int_gt(child.pid, 0);
	ck_assert(!child.ready);
}

static void
assert_gone(void)
{
	ck_assert_int_eq(child.pid, 0);
	ck_assert_int_eq(child.channel, -1);
	ck_assert_int_eq(child.log, -1);
	ck_assert(!child.ready);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

START_TEST(a_child_is_ready_and_ends_when_told)
{
	struct report report;

	start("serve");
	ck_assert_int_eq(child_await(&child, SOON_MS, &report, &fault), 0);
	ck_assert_uint_eq(report.type, REPORT_READY);
	ck_assert(child.ready);
	assert_logged("WARNING:  about to serve");
	child_stop(&child, SOON_MS);
	assert_gone();
	assert_logged("WARNING:  about to leave");
	ck_assert_ptr_null(strstr(logged(), "did not end"));
	ck_assert_ptr_null(strstr(logged(), "exited"));
	ck_assert_uint_eq(child.quick_deaths, 0);
}
END_TEST

START_TEST(a_payload_arrives_and_is_not_ready)
{
	struct report report;

	start("payload");
	ck_assert_int_eq(child_await(&child, SOON_MS, &report, &fault), 0);
	ck_assert_uint_eq(report.type, REPORT_PAYLOAD);
	ck_assert_uint_eq(report.payload_len, 5);
	ck_assert_mem_eq(report.payload, "hello", 5);
	ck_assert(!child.ready);
}
END_TEST

static const struct {
	const char *title;
	const char *what, *detail, *words;
} ends[] = {
	{ "complain", "the fixture has a fault", "It was told to.",
	    "words before the fault" },
	{ "complain-without-words", "fixture failed without a word", "", "" },
	{ "exit-3", "fixture ended before it was ready",
	    "It exited with status 3.", "words before the end" },
	{ "exit-0", "fixture ended before it was ready",
	    "It exited with status 0.", "" },
	{ "sigsys", "fixture ended before it was ready",
	    "It was killed by signal 31 (Bad system call): its sandbox refused "
	    "a system call.", "" },
	{ "leave-channel", "fixture ended before it was ready",
	    "It closed its channel and stayed.", "" },
	{ "nonsense", "could not read the report of fixture: Protocol error",
	    "", "" },
};

START_TEST(a_child_that_cannot_start_says_why)
{
	struct report report;

	start(ends[_i].title);
	ck_assert_int_eq(child_await(&child, SOON_MS, &report, &fault), -1);
	ck_assert_str_eq(fault.what, ends[_i].what);
	ck_assert_str_eq(fault.detail, ends[_i].detail);
	assert_logged(ends[_i].words);
	assert_gone();
}
END_TEST

START_TEST(a_silent_child_is_waited_for_only_so_long)
{
	struct report report;
	int64_t begun = now_ms();

	start("silent");
	ck_assert_int_eq(child_await(&child, 50, &report, &fault), -1);
	ck_assert_str_eq(fault.what, "fixture said nothing within 50 ms");
	ck_assert_int_ge(now_ms() - begun, 50);
	ck_assert_int_eq(kill(child.pid, 0), 0);
	child_stop(&child, 0);
	assert_gone();
	ck_assert_int_eq(child_await(&child, 50, &report, &fault), -1);
	ck_assert_str_eq(fault.what, "fixture does not run");
}
END_TEST

START_TEST(a_signal_to_stop_ends_the_waiting)
{
	static const struct {
		int signo;
		const char *what;
	} cases[] = {
		{ SIGTERM, "received signal 15 (Terminated)" },
		{ SIGINT, "received signal 2 (Interrupt)" },
		{ SIGQUIT, "received signal 3 (Quit)" },
	};
	struct report report;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, cases[_i].signo);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	start("silent");
	kill(getpid(), SIGHUP);		/* asks for no end */
	ck_assert_int_eq(child_await(&child, 50, &report, &fault), -1);
	ck_assert_str_eq(fault.what, "fixture said nothing within 50 ms");
	kill(getpid(), cases[_i].signo);
	memset(&fault, 0, sizeof(fault));
	ck_assert_int_eq(child_await(&child, -1, &report, &fault), -1);
	ck_assert_str_eq(fault.what, cases[_i].what);
	ck_assert_str_eq(fault.detail, "It came before fixture had answered.");
	ck_assert_int_eq(kill(child.pid, 0), 0);
	/* It is still there for who answers it. */
	sigpending(&set);
	ck_assert_int_eq(sigismember(&set, cases[_i].signo), 1);
}
END_TEST

START_TEST(a_report_comes_before_a_signal_to_stop)
{
	struct report report;
	sigset_t set;
	struct pollfd pfd = { .events = POLLIN };

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	start("serve");
	pfd.fd = child.channel;
	ck_assert_int_eq(poll(&pfd, 1, SOON_MS), 1);
	kill(getpid(), SIGTERM);
	ck_assert_int_eq(child_await(&child, SOON_MS, &report, &fault), 0);
	ck_assert(child.ready);
}
END_TEST

START_TEST(a_stubborn_child_is_killed)
{
	struct report report;

	start("stubborn");
	ck_assert_int_eq(child_await(&child, SOON_MS, &report, &fault), 0);
	child_stop(&child, 20);
	assert_gone();
	assert_logged("did not end within 20 ms and was killed");
}
END_TEST

START_TEST(a_death_is_logged_with_its_last_words)
{
	struct report report;
	pid_t pid;
	int status;
	char line[128];

	start("mortal");
	pid = child.pid;
	ck_assert_int_eq(child_await(&child, SOON_MS, &report, &fault), 0);
	ck_assert_int_eq(report_send_type(child.channel, REPORT_STOP_FAST,
	    NULL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	child_reap(&child, status);
	assert_gone();
	assert_logged("WARNING:  last words");
	snprintf(line, sizeof(line), "LOG:  fixture (PID %d) was killed by "
	    "signal 31 (Bad system call)", (int)pid);
	assert_logged(line);
	assert_logged("DETAIL:  Its sandbox refused a system call.");
	ck_assert_uint_eq(child.quick_deaths, 1);
}
END_TEST

START_TEST(one_that_ends_too_soon_waits_even_with_status_0)
{
	int status;

	start("exit-0");
	ck_assert_int_eq(waitpid(child.pid, &status, 0), child.pid);
	child.quick_deaths = 2;
	child_reap(&child, status);
	assert_gone();
	ck_assert_uint_eq(child.quick_deaths, 3);
	ck_assert_int_gt(child.retry_ms, 0);
	assert_logged("WARNING:  fixture ended 3 times");
}
END_TEST

static const struct {
	const char *sentence;
	unsigned int before;	/* quick deaths */
	int64_t age_ms;		/* at death */
	unsigned int after;
	int delay_ms;
} deaths[] = {
	{ "the first costs nothing", 0, 0, 1, 0 },
	{ "nor the second", 1, 0, 2, 0 },
	{ "the third waits", 2, 0, 3, 200 },
	{ "the fourth twice as long", 3, 0, 4, 400 },
	{ "the tenth", 9, 0, 10, 25600 },
	{ "and no longer than this", 10, 0, 11, 30000 },
	{ "however many there were", 4000000000u, 0, 4000000001u, 30000 },
	{ "one that lived a second begins anew", 10, 1100, 0, 0 },
};

START_TEST(quick_deaths_delay_the_next_start)
{
	int64_t before;

	child.pid = 1 << 22;
	child.quick_deaths = deaths[_i].before;
	before = now_ms();
	child.started_ms = before - deaths[_i].age_ms;
	child_reap(&child, SIGKILL);
	ck_assert_uint_eq(child.quick_deaths, deaths[_i].after);
	ck_assert_int_ge(child.retry_ms, before + deaths[_i].delay_ms);
	ck_assert_int_le(child.retry_ms, now_ms() + deaths[_i].delay_ms);
	ck_assert_int_eq(strstr(logged(), "the next start waits") != NULL,
	    deaths[_i].delay_ms != 0);
}
END_TEST

START_TEST(a_start_that_fails_counts_and_leaves_nothing)
{
	static int fds[SPAWN_FDS_MAX];
	struct spawn_options options = {
		.program = "/nonexistent", .title = "x", .fds = fds
	};

	ck_assert_int_eq(child_start(&child, &options, &fault), -1);
	ck_assert_ptr_nonnull(strstr(fault.what, "\"/nonexistent\""));
	assert_gone();
	ck_assert_uint_eq(child.quick_deaths, 1);
	options.fds_len = SPAWN_FDS_MAX - 1;
	ck_assert_int_eq(child_start(&child, &options, &fault), -1);
	ck_assert_ptr_nonnull(strstr(fault.what, "too many descriptors"));
	assert_gone();
}
END_TEST

/* SIGCHLD's reader may be faster than child_stop(). */
START_TEST(somebody_else_may_have_reaped_it)
{
	start("exit-0");
	ck_assert_int_eq(waitpid(child.pid, NULL, 0), child.pid);
	child_stop(&child, SOON_MS);
	assert_gone();
}
END_TEST

static const struct {
	int status;
	const char *text;
} statuses[] = {
	{ 0, "exited with status 0" },
	{ 1 << 8, "exited with status 1" },
	{ 255 << 8, "exited with status 255" },
	{ SIGKILL, "was killed by signal 9 (Killed)" },
	{ SIGSEGV | 0x80, "was killed by signal 11 (Segmentation fault)" },
	{ 64, "was killed by signal 64 (Real-time signal 30)" },
};

START_TEST(a_wait_status_has_words)
{
	char text[64], small[8];

	child_format_status(statuses[_i].status, text, sizeof(text));
	ck_assert_str_eq(text, statuses[_i].text);
	child_format_status(statuses[_i].status, small, sizeof(small));
	ck_assert_uint_eq(strlen(small), sizeof(small) - 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("child");
	TCase *tcase = tcase_create("life");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, open_log, remove_log);
	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, a_child_is_ready_and_ends_when_told);
	tcase_add_test(tcase, a_payload_arrives_and_is_not_ready);
	tcase_add_loop_test(tcase, a_child_that_cannot_start_says_why, 0,
	    LEN(ends));
	tcase_add_test(tcase, a_silent_child_is_waited_for_only_so_long);
	tcase_add_loop_test(tcase, a_signal_to_stop_ends_the_waiting, 0, 3);
	tcase_add_test(tcase, a_report_comes_before_a_signal_to_stop);
	tcase_add_test(tcase, a_stubborn_child_is_killed);
	tcase_add_test(tcase, a_death_is_logged_with_its_last_words);
	tcase_add_test(tcase, one_that_ends_too_soon_waits_even_with_status_0);
	tcase_add_loop_test(tcase, quick_deaths_delay_the_next_start, 0,
	    LEN(deaths));
	tcase_add_test(tcase, a_start_that_fails_counts_and_leaves_nothing);
	tcase_add_test(tcase, somebody_else_may_have_reaped_it);
	tcase_add_loop_test(tcase, a_wait_status_has_words, 0, LEN(statuses));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
