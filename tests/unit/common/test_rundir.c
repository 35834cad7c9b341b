/* SPDX-License-Identifier: ISC */
/*
 * test_rundir: the directory is trusted or refused, one process has a pid file,
 * and a socket appears only when it serves.
 * Runs in: make check.
 */
#include "common/rundir.h"

#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define TEST_UID 64201

static char base[] = "/tmp/postern-test-rundir.XXXXXX";
static struct fault fault;
static int dir_fd;

/* A fresh directory, which is the working one. */
static void
open_base(void)
{
	umask(027);
	ck_assert_ptr_nonnull(mkdtemp(base));
	ck_assert_int_eq(chmod(base, 0755), 0);
	ck_assert_int_eq(chdir(base), 0);
	dir_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ne(dir_fd, -1);
}

static void
remove_base(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", base);
	ck_assert_int_eq(system(command), 0);
}

static const char *
below(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	return path;
}

static void
assert_text(const char *text, const char *words)
{
	ck_assert_msg(strstr(text, words) != NULL, "no \"%s\" in: %s", words,
	    text);
}

static unsigned int
mode_of(const char *name)
{
	struct stat st;

	ck_assert_int_eq(fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_mode & 07777;
}

START_TEST(an_absent_directory_is_made_and_a_good_one_kept)
{
	int fd = rundir_open(below("run"), &fault);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_uint_eq(mode_of("run"), 0755);
	close(fd);
	ck_assert_int_eq(chmod("run", 0700), 0);
	fd = rundir_open(below("run"), &fault);
	ck_assert_int_ne(fd, -1);
	ck_assert_uint_eq(mode_of("run"), 0700);
	close(fd);
}
END_TEST

static void
make_directory(const char *name, mode_t mode)
{
	ck_assert_int_eq(mkdir(name, 0700), 0);
	ck_assert_int_eq(chmod(name, mode), 0);
}

static void
make_file(void)
{
	close(creat("run", 0644));
}

static void
make_link(void)
{
	make_directory("real", 0755);
	ck_assert_int_eq(symlink("real", "run"), 0);
}

static void
make_writable_by_group(void)
{
	make_directory("run", 0775);
}

static void
make_writable_by_all(void)
{
	make_directory("run", 01777);
}

static void
make_owned_by_another(void)
{
	make_directory("run", 0755);
	ck_assert_int_eq(chown("run", TEST_UID, 0), 0);
}

static const struct {
	const char *sentence;
	void (*make)(void);
	const char *name, *what, *detail, *hint;
	int root;	/* 1: only as root */
} refused[] = {
	{ "its parent is missing", NULL, "absent/run",
	    "could not create directory", "", "", 0 },
	{ "it is a file", make_file, "run", "could not open directory",
	    "not a symbolic link", "", 0 },
	{ "it is a link", make_link, "run", "could not open directory",
	    "not a symbolic link", "", 0 },
	{ "its group may write", make_writable_by_group, "run",
	    "is writable by others", "Its mode is 0775.", "chmod go-w", 1 },
	{ "all may write", make_writable_by_all, "run",
	    "is writable by others", "Its mode is 1777.", "chmod go-w", 1 },
	{ "somebody else owns it", make_owned_by_another, "run",
	    "must be owned by root", "owned by user 64201", "chown root", 1 },
};

START_TEST(a_directory_that_cannot_be_trusted_is_refused)
{
	if (refused[_i].root && geteuid() != 0)
		return;
	if (refused[_i].make != NULL)
		refused[_i].make();
	ck_assert_int_eq(rundir_open(below(refused[_i].name), &fault), -1);
	assert_text(fault.what, refused[_i].what);
	assert_text(fault.what, below(refused[_i].name));
	assert_text(fault.detail, refused[_i].detail);
	assert_text(fault.hint, refused[_i].hint);
}
END_TEST

static void
assert_pid_in(const char *name, pid_t pid)
{
	char wanted[32], text[32] = "";
	int fd = openat(dir_fd, name, O_RDONLY);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_ge(read(fd, text, sizeof(text) - 1), 0);
	close(fd);
	snprintf(wanted, sizeof(wanted), "%d\n", (int)pid);
	ck_assert_str_eq(text, wanted);
}

START_TEST(one_process_has_the_pid_file)
{
	char wanted[PATH_MAX];
	int fd, second;

	fd = rundir_lock_pidfile(dir_fd, "keyd.pid", "postern-keyd", &fault);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_uint_eq(mode_of("keyd.pid"), 0644);
	assert_pid_in("keyd.pid", getpid());

	second = rundir_lock_pidfile(dir_fd, "keyd.pid", "postern-keyd",
	    &fault);
	ck_assert_int_eq(second, -1);
	ck_assert_str_eq(fault.what, "postern-keyd is already running");
	snprintf(wanted, sizeof(wanted), "Process %d holds the lock of "
	    "\"%s/keyd.pid\".", (int)getpid(), base);
	ck_assert_str_eq(fault.detail, wanted);
	snprintf(wanted, sizeof(wanted), "Stop it (kill %d), or start with "
	    "another data directory (-D).", (int)getpid());
	ck_assert_str_eq(fault.hint, wanted);
	assert_pid_in("keyd.pid", getpid());

	rundir_unlock_pidfile(dir_fd, "keyd.pid", fd);
	ck_assert_int_eq(faccessat(dir_fd, "keyd.pid", F_OK, 0), -1);
	rundir_unlock_pidfile(dir_fd, "keyd.pid", -1);
	fd = rundir_lock_pidfile(dir_fd, "keyd.pid", "postern-keyd", &fault);
	ck_assert_int_ne(fd, -1);
	rundir_unlock_pidfile(dir_fd, "keyd.pid", fd);
}
END_TEST

START_TEST(a_pid_file_left_behind_is_taken_over)
{
	int fd = openat(dir_fd, "keyd.pid", O_WRONLY | O_CREAT, 0600);

	ck_assert_int_eq(write(fd, "4294967295 and more\n", 20), 20);
	close(fd);
	fd = rundir_lock_pidfile(dir_fd, "keyd.pid", "postern-keyd", &fault);
	ck_assert_int_ne(fd, -1);
	ck_assert_uint_eq(mode_of("keyd.pid"), 0644);
	assert_pid_in("keyd.pid", getpid());
	rundir_unlock_pidfile(dir_fd, "keyd.pid", fd);
}
END_TEST

static const struct {
	const char *sentence;
	const char *text;	/* in the locked file */
} strange_pids[] = {
	{ "nothing yet", "" },
	{ "no number", "postern\n" },
	{ "zero", "0\n" },
	{ "a group", "-1\n" },
	{ "no pid", "99999999999999999999\n" },
};

START_TEST(a_lock_without_a_pid_names_none)
{
	int fd = openat(dir_fd, "keyd.pid", O_RDWR | O_CREAT, 0644);
	size_t len = strlen(strange_pids[_i].text);

	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	ck_assert_int_eq(write(fd, strange_pids[_i].text, len), (ssize_t)len);
	ck_assert_int_eq(rundir_lock_pidfile(dir_fd, "keyd.pid",
	    "postern-keyd", &fault), -1);
	ck_assert_str_eq(fault.what, "postern-keyd is already running");
	assert_text(fault.detail, "Another process holds the lock");
	ck_assert_ptr_null(strstr(fault.hint, "kill"));
	close(fd);
}
END_TEST

START_TEST(a_pid_file_is_a_file)
{
	ck_assert_int_eq(mkfifoat(dir_fd, "fifo", 0600), 0);
	ck_assert_int_eq(rundir_lock_pidfile(dir_fd, "fifo", "x", &fault), -1);
	assert_text(fault.what, "is not a regular file");
	ck_assert_int_eq(symlinkat("/etc/passwd", dir_fd, "link"), 0);
	ck_assert_int_eq(rundir_lock_pidfile(dir_fd, "link", "x", &fault), -1);
	assert_text(fault.what, "could not open pid file");
	assert_text(fault.what, below("link"));
}
END_TEST

/* After a fork the child's number stands there, the lock stays. */
START_TEST(a_lock_survives_its_first_process)
{
	int fd, status;
	pid_t pid;

	fd = rundir_lock_pidfile(dir_fd, "keyd.pid", "postern-keyd", &fault);
	ck_assert_int_ne(fd, -1);
	pid = fork();
	if (pid == 0)
		_exit(rundir_write_pid(fd, &fault) == 0 ? 0 : 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	assert_pid_in("keyd.pid", pid);
	ck_assert_int_eq(rundir_lock_pidfile(dir_fd, "keyd.pid",
	    "postern-keyd", &fault), -1);
	rundir_unlock_pidfile(dir_fd, "keyd.pid", fd);
	ck_assert_int_eq(rundir_write_pid(-1, &fault), -1);
	assert_text(fault.what, "could not write the pid file");
}
END_TEST

#define ROUNDS 300

/* Takes the lock now and then; 1 if it ever held a file without the name. */
static int
contend(void)
{
	struct stat held, named;
	int fd, i;

	for (i = 0; i < ROUNDS; i++) {
		fd = rundir_lock_pidfile(dir_fd, "race.pid", "x", &fault);
		if (fd == -1 && strcmp(fault.what, "x is already running") != 0)
			return 1;
		if (fd == -1)
			continue;
		if (fstat(fd, &held) == -1 ||
		    fstatat(dir_fd, "race.pid", &named, 0) == -1 ||
		    held.st_ino != named.st_ino)
			return 1;
		rundir_unlock_pidfile(dir_fd, "race.pid", fd);
	}
	return 0;
}

START_TEST(who_holds_the_lock_has_the_name)
{
	int status, i;

	for (i = 0; i < 3; i++)
		if (fork() == 0)
			_exit(contend());
	while (i-- > 0) {
		ck_assert_int_ne(wait(&status), -1);
		ck_assert_int_eq(status, 0);
	}
}
END_TEST

static struct rundir_socket
socket_at(const char *name)
{
	struct rundir_socket options = {
		.path = below(name),
		.uid = 0,
		.gid = TEST_UID,
		.dir_mode = 0710,
		.mode = 0660
	};

	return options;
}

static int
connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), rc;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	rc = connect(fd, (const struct sockaddr *)&addr, sizeof(addr));
	close(fd);
	return rc;
}

static int
count_names(const char *dir)
{
	const struct dirent *entry;
	DIR *d = opendir(dir);
	int count = 0;

	ck_assert_ptr_nonnull(d);
	while ((entry = readdir(d)) != NULL)
		count += strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0;
	closedir(d);
	return count;
}

START_TEST(a_socket_serves_and_is_closed_to_others)
{
	struct rundir_socket options = socket_at("key/keyd");
	struct stat st;
	int fd = rundir_listen(&options, &fault);

	ck_assert_msg(fd != -1, "%s", fault.what);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_uint_eq(mode_of("key"), 0710);
	ck_assert_uint_eq(mode_of("key/keyd"), 0660);
	ck_assert_int_eq(count_names("key"), 1);
	ck_assert_int_eq(stat("key/keyd", &st), 0);
	if (geteuid() == 0)
		ck_assert_uint_eq(st.st_gid, TEST_UID);
	ck_assert_int_eq(stat("key", &st), 0);
	if (geteuid() == 0)
		ck_assert_uint_eq(st.st_gid, TEST_UID);
	ck_assert_int_eq(connect_to(options.path), 0);
	ck_assert_uint_eq(umask(0), 027);

	/* A second one is told, and does no harm. */
	ck_assert_int_eq(rundir_listen(&options, &fault), -1);
	assert_text(fault.what, "another process serves socket");
	ck_assert_int_eq(connect_to(options.path), 0);
	close(fd);
}
END_TEST

START_TEST(a_socket_left_behind_is_replaced)
{
	struct rundir_socket options = socket_at("key/keyd");
	int fd = rundir_listen(&options, &fault);

	close(fd);
	/* As after a crash between bind and rename. */
	ck_assert_int_eq(link("key/keyd", "key/.keyd"), 0);
	ck_assert_int_eq(connect_to(options.path), -1);
	fd = rundir_listen(&options, &fault);
	ck_assert_msg(fd != -1, "%s", fault.what);
	ck_assert_int_eq(connect_to(options.path), 0);
	ck_assert_int_eq(count_names("key"), 1);
	close(fd);
}
END_TEST

static void
make_plain_file(void)
{
	make_directory("key", 0755);
	close(creat("key/keyd", 0600));
}

static void
make_stream_server(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	make_directory("key", 0755);
	strcpy(addr.sun_path, "key/keyd");
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&addr,
	    sizeof(addr)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
}

static void
make_open_directory(void)
{
	make_directory("key", 01777);
}

static void
make_foreign_directory(void)
{
	make_directory("key", 0755);
	ck_assert_int_eq(chown("key", TEST_UID, 0), 0);
}

static void
make_closed_directory(void)
{
	make_directory("key", 0710);
}

static void
make_linked_directory(void)
{
	make_directory("real", 0755);
	ck_assert_int_eq(symlink("real", "key"), 0);
}

static const struct {
	const char *sentence;
	void (*make)(void);
	const char *what, *hint;
	int root;
} unserved[] = {
	{ "a file has the name", make_plain_file, "is not a socket", "", 0 },
	{ "somebody else serves", make_stream_server,
	    "another process serves socket", "Stop it", 0 },
	{ "the directory is a link", make_linked_directory,
	    "could not open directory", "", 0 },
	{ "all may write there", make_open_directory, "is writable by others",
	    "chmod go-w", 1 },
	{ "another owns the directory", make_foreign_directory,
	    "must be owned by root", "chown root", 1 },
	{ "the group cannot get there", make_closed_directory,
	    "is closed to group 64201", "chgrp 64201", 1 },
};

START_TEST(a_place_that_is_not_ours_is_left_alone)
{
	struct rundir_socket options = socket_at("key/keyd");
	unsigned int mode;

	if (unserved[_i].root && geteuid() != 0)
		return;
	unserved[_i].make();
	mode = mode_of("key");
	ck_assert_int_eq(rundir_listen(&options, &fault), -1);
	assert_text(fault.what, unserved[_i].what);
	assert_text(fault.hint, unserved[_i].hint);
	ck_assert_uint_eq(mode_of("key"), mode);
}
END_TEST

#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *path;
	const char *what;
} paths[] = {
	{ "relative", "is not absolute" },
	{ "", "is not absolute" },
	{ "/tmp/", "is not absolute" },
	{ "/" A50 "/" A50 "/1234", "is too long" },
	{ "/" A50 "/" A50 "/123", "could not create directory" },
	{ "/nonexistent/dir/socket", "could not create directory" },
};

START_TEST(a_path_is_absolute_and_fits)
{
	struct rundir_socket options = socket_at("");

	options.path = paths[_i].path;
	ck_assert_int_eq(rundir_listen(&options, &fault), -1);
	assert_text(fault.what, paths[_i].what);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rundir");
	TCase *tcase = tcase_create("names");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, open_base, remove_base);
	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, an_absent_directory_is_made_and_a_good_one_kept);
	tcase_add_loop_test(tcase,
	    a_directory_that_cannot_be_trusted_is_refused, 0, LEN(refused));
	tcase_add_test(tcase, one_process_has_the_pid_file);
	tcase_add_test(tcase, a_pid_file_left_behind_is_taken_over);
	tcase_add_loop_test(tcase, a_lock_without_a_pid_names_none, 0,
	    LEN(strange_pids));
	tcase_add_test(tcase, a_pid_file_is_a_file);
	tcase_add_test(tcase, a_lock_survives_its_first_process);
	tcase_add_test(tcase, who_holds_the_lock_has_the_name);
	tcase_add_test(tcase, a_socket_serves_and_is_closed_to_others);
	tcase_add_test(tcase, a_socket_left_behind_is_replaced);
	tcase_add_loop_test(tcase, a_place_that_is_not_ours_is_left_alone, 0,
	    LEN(unserved));
	tcase_add_loop_test(tcase, a_path_is_absolute_and_fits, 0, LEN(paths));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
