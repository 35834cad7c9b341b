/* SPDX-License-Identifier: ISC */
/*
 * test_privs: a user is found or refused in words; who became one has no way
 * back; limits bind. What needs root runs as root, in a process of its own.
 * Runs in: make check.
 */
#include "common/privs.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define TEST_UID 64201
#define FILES_MAX 64

static struct fault fault;

static const struct {
	const char *sentence;
	const char *name;
	int result;
	uid_t uid;
	const char *what, *hint;
} names[] = {
	{ "a name is found", "nobody", 0, 65534, "", "" },
	{ "a number needs no entry", "64201", 0, 64201, "", "" },
	{ "the last number but one", "4294967294", 0, 4294967294u, "", "" },
	{ "the last number means unchanged", "4294967295", -1, 0,
	    "user \"4294967295\" of parameter \"key_user\" does not exist",
	    "useradd" },
	{ "a number that wraps", "4294967296", -1, 0,
	    "user \"4294967296\" of parameter \"key_user\" does not exist",
	    "useradd" },
	{ "a number that wraps twice", "18446744073709551617", -1, 0,
	    "user \"18446744073709551617\" of parameter \"key_user\" does not "
	    "exist", "useradd" },
	{ "a sign is no digit", "-1", -1, 0,
	    "user \"-1\" of parameter \"key_user\" does not exist",
	    "useradd" },
	{ "nor are letters behind digits", "1a", -1, 0,
	    "user \"1a\" of parameter \"key_user\" does not exist",
	    "useradd" },
	{ "nothing is nobody", "", -1, 0,
	    "user \"\" of parameter \"key_user\" does not exist", "useradd" },
	{ "an absent user comes with the command that makes it",
	    "postern-absent", -1, 0,
	    "user \"postern-absent\" of parameter \"key_user\" does not exist",
	    "Run: useradd --system --user-group --home-dir /nonexistent "
	    "--shell /usr/sbin/nologin postern-absent" },
	{ "root is refused", "root", -1, 0,
	    "parameter \"key_user\" must not name root", "owns no file" },
	{ "by number too", "0", -1, 0,
	    "parameter \"key_user\" must not name root", "owns no file" },
	{ "with zeroes before", "0000", -1, 0,
	    "parameter \"key_user\" must not name root", "owns no file" },
};

START_TEST(a_user_is_found_or_refused)
{
	struct privs_user user = { .uid = 77, .gid = 77 };

	ck_assert_int_eq(privs_find_user("key_user", names[_i].name, &user,
	    &fault), names[_i].result);
	if (names[_i].result == 0) {
		ck_assert_uint_eq(user.uid, names[_i].uid);
		ck_assert_uint_ne(user.gid, 0);
		return;
	}
	ck_assert_uint_eq(user.uid, 77);
	ck_assert_str_eq(fault.what, names[_i].what);
	ck_assert_ptr_nonnull(strstr(fault.hint, names[_i].hint));
}
END_TEST

/* Runs check in a process of its own; 0 or the number of what was wrong. */
static void
assert_in_child(int (*check)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(check());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "killed by %d", WTERMSIG(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

/* 1 (and a line) where a test needs root and has not got it. */
static int
is_skipped(const char *test)
{
	if (geteuid() == 0)
		return 0;
	printf("%s: skipped, needs root\n", test);
	return 1;
}

/* Root in a few groups, bound to its parent's life, becomes the user. */
static int
become(void)
{
	struct privs_user user = { .uid = TEST_UID, .gid = TEST_UID + 1 };
	gid_t groups[] = { 4, 5 };

	if (setgroups(LEN(groups), groups) == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGUSR2) == -1)
		return -1;
	return privs_become(&user, &fault);
}

static int
check_become(void)
{
	uid_t r, e, s;
	int death_signal;
	unsigned long cap;

	if (become() == -1)
		return 1;
	if (getresuid(&r, &e, &s) == -1 || r != TEST_UID || e != TEST_UID ||
	    s != TEST_UID)
		return 2;
	if (getgid() != TEST_UID + 1 || getgroups(0, NULL) != 0)
		return 3;
	if (setuid(0) == 0 || setgid(0) == 0 || setreuid(0, 0) == 0)
		return 4;
	if (prctl(PR_GET_PDEATHSIG, &death_signal) == -1 ||
	    death_signal != SIGUSR2)
		return 5;
	for (cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (prctl(PR_CAPBSET_READ, cap) != 0)
			return 6;
	if (open("/proc/1/environ", O_RDONLY) != -1)
		return 7;
	/* Whoever is not root any more is asked only whether that holds. */
	return become() == -1 && setgroups(0, NULL) == -1 ? 0 : 8;
}

START_TEST(who_became_a_user_has_no_way_back)
{
	if (!is_skipped("who_became_a_user_has_no_way_back"))
		assert_in_child(check_become);
}
END_TEST

static int
check_saved_root(void)
{
	struct privs_user user = { .uid = TEST_UID, .gid = TEST_UID };

	if (setresuid(TEST_UID, TEST_UID, 0) == -1)
		return 1;
	if (privs_become(&user, &fault) != -1)
		return 2;
	return strstr(fault.what, "could not be given up") != NULL ? 0 : 3;
}

START_TEST(a_root_in_the_drawer_is_noticed)
{
	if (!is_skipped("a_root_in_the_drawer_is_noticed"))
		assert_in_child(check_saved_root);
}
END_TEST

static int
check_root_target(void)
{
	struct privs_user root = { .uid = 0, .gid = TEST_UID };
	struct privs_user wheel = { .uid = TEST_UID, .gid = 0 };

	if (privs_become(&root, &fault) != -1)
		return 1;
	if (privs_become(&wheel, &fault) != -1)
		return 2;
	return geteuid() == 0 ? 0 : 3;
}

START_TEST(nobody_becomes_root)
{
	if (!is_skipped("nobody_becomes_root"))
		assert_in_child(check_root_target);
}
END_TEST

/* As an ordinary user, whoever runs the tests. */
static int
leave_root(void)
{
	struct privs_user user = { .uid = TEST_UID, .gid = TEST_UID };

	return privs_become(&user, &fault);
}

static int
check_plain_user(void)
{
	return leave_root() == 0 && geteuid() != 0 ? 0 : 1;
}

START_TEST(without_root_there_is_nothing_to_give_up)
{
	assert_in_child(check_plain_user);
}
END_TEST

static int
has_limit(int resource, rlim_t value)
{
	struct rlimit limit;

	return getrlimit((__rlimit_resource_t)resource, &limit) == 0 &&
	    limit.rlim_cur == value && limit.rlim_max == value;
}

/* Valgrind keeps the hard limit of files for itself. */
static int
has_files_limit(void)
{
	const char *preload = getenv("LD_PRELOAD");
	struct rlimit limit;

	if (preload == NULL || strstr(preload, "vgpreload") == NULL)
		return has_limit(RLIMIT_NOFILE, FILES_MAX);
	return getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur == FILES_MAX;
}

static unsigned long long
effective_capabilities(void)
{
	unsigned long long effective = ~0ull;
	char line[256];
	FILE *status = fopen("/proc/thread-self/status", "r");

	if (status == NULL)
		return ~0ull;
	while (fgets(line, sizeof(line), status) != NULL)
		if (sscanf(line, "CapEff: %llx", &effective) == 1)
			break;
	fclose(status);
	return effective;
}

static int
check_own_limits(void)
{
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 10;
	if (!has_limit(RLIMIT_CORE, 0))
		return 11;
	if (!has_files_limit())
		return 12;
	if (fcntl(0, F_DUPFD, FILES_MAX) != -1)
		return 13;
#ifndef WITH_SANITIZERS
	if (prctl(PR_GET_DUMPABLE) != 0)
		return 14;
#endif
	return 0;
}

static int
check_limit(void)
{
	int rc;

	if (leave_root() == -1 || privs_limit(FILES_MAX, &fault) == -1)
		return 1;
	if ((rc = check_own_limits()) != 0)
		return rc;
#ifndef WITH_SANITIZERS
	if (!has_limit(RLIMIT_NPROC, 0))
		return 2;
	if (fork() != -1 || errno != EAGAIN)
		return 3;
#endif
	/* Once more, and with more: what is bound stays bound. */
	if (privs_limit(FILES_MAX * 2, &fault) == -1)
		return 4;
	return has_files_limit() ? 0 : 5;
}

START_TEST(limits_bind)
{
	assert_in_child(check_limit);
}
END_TEST

static int
check_root_limit(void)
{
	if (privs_limit(FILES_MAX, &fault) == -1)
		return 1;
	if (has_limit(RLIMIT_NPROC, 0))
		return 2;
	if (effective_capabilities() != 0)
		return 3;
	return check_own_limits();
}

START_TEST(root_keeps_no_capability)
{
	if (!is_skipped("root_keeps_no_capability"))
		assert_in_child(check_root_limit);
}
END_TEST

static void *
report_thread(void *out)
{
	*(int *)out = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 &&
	    effective_capabilities() == 0;
	return NULL;
}

static int
check_threads(void)
{
	pthread_t thread;
	int bound = 0;

	if (leave_root() == -1 ||
	    privs_limit_before_threads(FILES_MAX, &fault) == -1)
		return 1;
	if (pthread_create(&thread, NULL, report_thread, &bound) != 0)
		return 2;
	pthread_join(thread, NULL);
	if (!bound)
		return 3;
	if (privs_limit(FILES_MAX, &fault) == -1)
		return 4;
#ifndef WITH_SANITIZERS
	if (pthread_create(&thread, NULL, report_thread, &bound) == 0)
		return 5;
#endif
	return check_own_limits();
}

START_TEST(threads_come_between_and_are_bound)
{
	assert_in_child(check_threads);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("privs");
	TCase *tcase = tcase_create("users and limits");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, a_user_is_found_or_refused, 0, LEN(names));
	tcase_add_test(tcase, who_became_a_user_has_no_way_back);
	tcase_add_test(tcase, a_root_in_the_drawer_is_noticed);
	tcase_add_test(tcase, nobody_becomes_root);
	tcase_add_test(tcase, without_root_there_is_nothing_to_give_up);
	tcase_add_test(tcase, limits_bind);
	tcase_add_test(tcase, root_keeps_no_capability);
	tcase_add_test(tcase, threads_come_between_and_are_bound);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
