/* SPDX-License-Identifier: ISC */
/*
 * test_spawn: a started program has what was named for it and nothing else.
 * Runs in: make check.
 */
#include "common/spawn.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/sched.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "tests/unit/common/refusing.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define MARKS 12
#define FIXTURE_UNKNOWN 98	/* its status for a title it does not know */

/* Starts the fixture as "show" with these and a file; what it wrote. */
static void
run_show(struct spawn_options *options, const int *fds, size_t fds_len,
    char out[4096])
{
	int all[MARKS + 1], memory = memfd_create("shown", MFD_CLOEXEC);
	struct fault fault;
	int status;
	ssize_t n;
	pid_t pid;

	ck_assert_int_ne(memory, -1);
	ck_assert_uint_le(fds_len, MARKS);
	if (fds_len > 0)
		memcpy(all, fds, fds_len * sizeof(int));
	all[fds_len] = memory;
	options->program = FIXTURE;
	options->title = "show";
	options->fds = all;
	options->fds_len = fds_len + 1;
	ck_assert_msg(spawn_start(options, &pid, &fault) == 0, "%s",
	    fault.what);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	n = pread(memory, out, 4095, 0);
	ck_assert_int_gt(n, 0);
	out[n] = '\0';
	close(memory);
}

static void
assert_line(const char *shown, const char *line)
{
	char wanted[1024];

	snprintf(wanted, sizeof(wanted), "%s\n", line);
	ck_assert_msg(strstr(shown, wanted) != NULL, "no line \"%s\" in:\n%s",
	    line, shown);
}

/* The sources stand within the range of the targets, so every order is one
 * that a naive dup2 loop gets wrong. */
static const struct {
	const char *sentence;
	int order[MARKS];
	const char *marks;
} orders[] = {
	{ "in order", { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 },
	    "ABCDEFGHIJKL" },
	{ "backwards", { 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0 },
	    "LKJIHGFEDCBA" },
	{ "rotated left", { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0 },
	    "BCDEFGHIJKLA" },
	{ "rotated right", { 11, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 },
	    "LABCDEFGHIJK" },
	{ "one many times", { 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3 },
	    "DDDDDDDDDDDD" },
};

START_TEST(descriptors_come_in_the_order_named)
{
	struct spawn_options options = { 0 };
	char shown[4096], line[64], mark;
	int marked[MARKS], fds[MARKS], i;

	for (i = 0; i < MARKS; i++) {
		marked[i] = memfd_create("mark", MFD_CLOEXEC);
		mark = (char)('A' + i);
		ck_assert_int_eq(write(marked[i], &mark, 1), 1);
	}
	for (i = 0; i < MARKS; i++)
		fds[i] = marked[orders[_i].order[i]];
	/* Not close-on-exec and not named: it must not get through. */
	ck_assert_int_ne(fcntl(marked[0], F_DUPFD, 200), -1);
	run_show(&options, fds, MARKS, shown);
	snprintf(line, sizeof(line), "marks %s", orders[_i].marks);
	assert_line(shown, line);
	assert_line(shown, "fds 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15");
	for (i = 0; i < MARKS; i++)
		ck_assert_int_ne(fcntl(marked[i], F_GETFD), -1);
}
END_TEST

static const struct {
	const char *sentence;
	struct spawn_options options;
	const char *lines[5];
} births[] = {
	{ "a confined program is away from the terminal and dies with us",
	    { .keep_terminal = false },
	    { "session own", "stdin null", "death 9",
	    "env PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TZ=Asia/Tokyo",
	    "memlock small" } },
	{ "unlock stays on the terminal and knows its kind",
	    { .keep_terminal = true },
	    { "session inherited", "stdin inherited", "death 0",
	    "env PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TZ=Asia/Tokyo "
	    "TERM=dumb", "memlock small" } },
	{ "one with secret memory may lock more",
	    { .memlock = true },
	    { "session own", "stdin null", "death 9",
	    "env PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TZ=Asia/Tokyo",
	    "memlock raised" } },
};

/* Does the kernel give us one? Not in every container, nor under valgrind. */
static bool
may_have_own_pids(void)
{
	struct clone_args args = { .flags = CLONE_NEWPID,
		.exit_signal = SIGCHLD };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
#ifdef WITH_SANITIZERS
	return false;
#else
	return pid > 0;
#endif
}

/* Where there is none to be had, it starts all the same. */
START_TEST(a_program_may_have_a_pid_namespace_of_its_own)
{
	struct spawn_options options = { .own_pids = true };
	bool may = may_have_own_pids();
	char shown[4096];

	/* A service manager's filter may lack the newer call. */
	if (_i == 1)
		refusing_call(SCMP_SYS(clone3), ENOSYS);
	run_show(&options, NULL, 0, shown);
	assert_line(shown, "death 9");
	assert_line(shown, may ? "pids own" : "pids shared");
	options.own_pids = false;
	run_show(&options, NULL, 0, shown);
	assert_line(shown, "pids shared");
}
END_TEST

START_TEST(a_program_is_born_clean)
{
	struct spawn_options options = births[_i].options;
	struct rlimit limit;
	char shown[4096];
	sigset_t all, after;
	int ends[2], i;

	clearenv();
	setenv("LANG", "C.UTF-8", 1);
	setenv("TZ", "Asia/Tokyo", 1);
	setenv("TERM", "dumb", 1);
	setenv("LD_PRELOAD_NOT", "1", 1);
	setenv("OPENSSL_CONF", "/tmp/mine", 1);
	getrlimit(RLIMIT_MEMLOCK, &limit);
	limit.rlim_cur = 65536;
	ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);

	run_show(&options, NULL, 0, shown);
	assert_line(shown, "blocked 0");
	assert_line(shown, "ignored 0");
	assert_line(shown, "fds 0 1 2 3");
	for (i = 0; i < LEN(births[_i].lines); i++)
		assert_line(shown, births[_i].lines[i]);

	sigprocmask(SIG_SETMASK, NULL, &after);
	ck_assert_int_eq(sigismember(&after, SIGUSR1), 1);
	ck_assert_int_eq(sigismember(&after, SIGCHLD), 1);
}
END_TEST

static const struct {
	const char *sentence;
	const char *program;
	int fd;
	size_t fds_len;
	const char *what, *hint;
} failures[] = {
	{ "a program that is not there", "/nonexistent/program", 0, 1,
	    "could not execute program \"/nonexistent/program\": No such file "
	    "or directory", "installed together" },
	{ "a file that is no program", "/etc/passwd", 0, 1,
	    "could not execute program \"/etc/passwd\": Permission denied",
	    "installed together" },
	{ "a descriptor that is not open", FIXTURE, 900, 1,
	    "could not pass descriptors to program \"" FIXTURE "\": Bad file "
	    "descriptor", "" },
	{ "no descriptor at all", FIXTURE, -1, 1,
	    "could not pass descriptors to program \"" FIXTURE "\": Bad file "
	    "descriptor", "" },
	{ "too many descriptors", FIXTURE, 0, SPAWN_FDS_MAX + 1,
	    "too many descriptors for program \"" FIXTURE "\": 2049 of at most "
	    "2048", "" },
};

static void
copy_fixture(const char *path)
{
	char command[512];

	snprintf(command, sizeof(command), "cp '%s' '%s'", FIXTURE, path);
	ck_assert_int_eq(system(command), 0);
}

static int
start_and_await(const char *path)
{
	const struct spawn_options options = { .program = path,
		.title = "end" };
	struct fault fault;
	int status;
	pid_t pid;

	ck_assert_msg(spawn_start(&options, &pid, &fault) == 0, "%s",
	    fault.what);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

/* As dpkg does it: another file under the same name, the old one gone. */
START_TEST(an_upgrade_does_not_change_what_is_started)
{
	char path[] = "/tmp/postern-spawn-XXXXXX", fresh[64];
	const char *preload = getenv("LD_PRELOAD");
	int before, fd;

	/* Valgrind executes by path whatever it is given. */
	if (preload != NULL && strstr(preload, "vgpreload") != NULL)
		return;
	fd = mkstemp(path);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(fchmod(fd, 0700), 0);
	close(fd);
	copy_fixture(path);
	before = start_and_await(path);
	ck_assert_int_eq(WEXITSTATUS(before), FIXTURE_UNKNOWN);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	ck_assert_int_eq(symlink("/bin/false", fresh), 0);
	ck_assert_int_eq(rename(fresh, path), 0);
	ck_assert_int_eq(start_and_await(path), before);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(start_and_await(path), before);
}
END_TEST

START_TEST(a_start_that_fails_says_why_and_leaves_nothing)
{
	static int fds[SPAWN_FDS_MAX + 1];
	struct spawn_options options = {
		.program = failures[_i].program,
		.title = "show",
		.fds = fds,
		.fds_len = failures[_i].fds_len
	};
	struct fault fault;
	pid_t pid = 77;

	fds[0] = failures[_i].fd;
	ck_assert_int_eq(spawn_start(&options, &pid, &fault), -1);
	ck_assert_str_eq(fault.what, failures[_i].what);
	ck_assert_ptr_nonnull(strstr(fault.hint, failures[_i].hint));
	ck_assert_int_eq(pid, 77);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}
END_TEST

START_TEST(too_few_numbers_have_a_hint)
{
	int fds[1] = { STDIN_FILENO };
	struct spawn_options options = {
		.program = FIXTURE, .title = "show", .fds = fds, .fds_len = 1
	};
	struct rlimit limit;
	struct fault fault;
	pid_t pid;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 40;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while (fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) < 36)
		continue;
	/* The program, two for the pipe; none to move the sources to. */
	ck_assert_int_eq(spawn_start(&options, &pid, &fault), -1);
	ck_assert_ptr_nonnull(strstr(fault.what, "Too many open files"));
	ck_assert_ptr_nonnull(strstr(fault.hint, "ulimit -n"));
}
END_TEST

/* The fixture lives as long as the pipe's writing end is open somewhere. */
START_TEST(a_program_dies_with_its_supervisor)
{
	struct spawn_options options = {
		.program = FIXTURE, .title = "linger", .fds_len = 1,
		.own_pids = _i == 1
	};
	struct fault fault;
	int ends[2], status;
	pid_t supervisor, pid;
	char byte;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	supervisor = fork();
	if (supervisor == 0) {
		options.fds = &ends[1];
		_exit(spawn_start(&options, &pid, &fault) == 0 ? 0 : 1);
	}
	close(ends[1]);
	ck_assert_int_eq(waitpid(supervisor, &status, 0), supervisor);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(read(ends[0], &byte, 1), 0);
}
END_TEST

enum first { FIRST_NONE, FIRST_PIPE, FIRST_STREAM, FIRST_OWN, FIRST_CHANNEL };

static const struct {
	const char *sentence;
	enum first first;	/* what stands at SPAWN_FD_FIRST */
	size_t open, count;	/* descriptors from there on; taken */
	int taken;
} takes[] = {
	{ "a channel of our parent is taken", FIRST_CHANNEL, 1, 1, 0 },
	{ "what is named behind it too", FIRST_CHANNEL, 3, 3, 0 },
	{ "what is not named is closed", FIRST_CHANNEL, 9, 3, 0 },
	{ "one that is missing is noticed", FIRST_CHANNEL, 2, 3, -1 },
	{ "no descriptor is a start by hand", FIRST_NONE, 0, 1, -1 },
	{ "a pipe is no channel", FIRST_PIPE, 1, 1, -1 },
	{ "a stream is no channel", FIRST_STREAM, 1, 1, -1 },
	{ "a channel of somebody else is refused", FIRST_OWN, 1, 1, -1 },
	{ "no program takes nothing", FIRST_CHANNEL, 1, 0, -1 },
	{ "no program takes too much", FIRST_CHANNEL, 1, SPAWN_FDS_MAX + 1,
	    -1 },
};

static int
first_fd(enum first first, int channel)
{
	int ends[2] = { -1, -1 };

	switch (first) {
	case FIRST_NONE:
		return -1;
	case FIRST_PIPE:
		return pipe(ends) == 0 ? ends[0] : -1;
	case FIRST_STREAM:
		return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 ?
		    ends[0] : -1;
	case FIRST_OWN:
		return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0 ?
		    ends[0] : -1;
	case FIRST_CHANNEL:
		break;
	}
	return channel;
}

static bool
is_taken(int fd)
{
	return fcntl(fd, F_GETFD) == FD_CLOEXEC;
}

/* In a process of its own: 0 as wished, else the number of the check. */
static int
take_in_child(int row, int channel)
{
	struct fault fault;
	int fd = first_fd(takes[row].first, channel);
	int i, rc;

	/* The number must not be one that is filled next. */
	fd = fd == -1 ? -1 : fcntl(fd, F_DUPFD, 300);
	close_range(SPAWN_FD_FIRST, 299, 0);
	for (i = 0; i < (int)takes[row].open; i++)
		if (dup2(i == 0 ? fd : 0, SPAWN_FD_FIRST + i) == -1)
			return 1;
	rc = spawn_take("keyd-signer", takes[row].count, &fault);
	if (rc != takes[row].taken)
		return 2;
	if (rc == -1)
		return strcmp(fault.what, "keyd-signer cannot be started by "
		    "hand") == 0 && fault.hint[0] != '\0' ? 0 : 3;
	for (i = 0; i < (int)takes[row].count; i++)
		if (!is_taken(SPAWN_FD_FIRST + i))
			return 4;
	for (i += SPAWN_FD_FIRST; i < 512; i++)
		if (fcntl(i, F_GETFD) != -1)
			return 5;
	return 0;
}

START_TEST(a_program_takes_what_was_named)
{
	int ends[2], status;
	pid_t pid;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	pid = fork();
	if (pid == 0)
		_exit(take_in_child(_i, ends[1]));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_msg(WEXITSTATUS(status) == 0, "%s: check %d",
	    takes[_i].sentence, WEXITSTATUS(status));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("spawn");
	TCase *tcase = tcase_create("programs");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, descriptors_come_in_the_order_named, 0,
	    LEN(orders));
	tcase_add_loop_test(tcase, a_program_is_born_clean, 0, LEN(births));
	tcase_add_loop_test(tcase,
	    a_start_that_fails_says_why_and_leaves_nothing, 0, LEN(failures));
	tcase_add_test(tcase, an_upgrade_does_not_change_what_is_started);
	tcase_add_test(tcase, too_few_numbers_have_a_hint);
	tcase_add_loop_test(tcase,
	    a_program_may_have_a_pid_namespace_of_its_own, 0, 2);
	tcase_add_loop_test(tcase, a_program_dies_with_its_supervisor, 0, 2);
	tcase_add_loop_test(tcase, a_program_takes_what_was_named, 0,
	    LEN(takes));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
