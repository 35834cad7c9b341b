/* SPDX-License-Identifier: ISC */
/*
 * test_notify: what a service manager reads on its socket, of either kind.
 * Runs in: make check.
 */
#include "common/notify.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static char dir[64], path[128], said[1024], expected[256];
static int manager = -1, saved_stderr, memory;

static void
set_up(void)
{
	strcpy(dir, "/tmp/postern-notify-XXXXXX");
	ck_assert(mkdtemp(dir) != NULL);
	saved_stderr = dup(STDERR_FILENO);
	memory = memfd_create("stderr", MFD_CLOEXEC);
	dup2(memory, STDERR_FILENO);
	log_open("test");
}

static void
tear_down(void)
{
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(memory);
	if (manager != -1)
		close(manager);
	manager = -1;
	unlink(path);
	rmdir(dir);
	unsetenv("NOTIFY_SOCKET");
}

/* A service manager's socket; abstract if name is not. */
static void
listen_at(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(name);

	memcpy(address.sun_path, name, len);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	ck_assert_int_eq(bind(manager, (const struct sockaddr *)&address,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)), 0);
	setenv("NOTIFY_SOCKET", name, 1);
}

static void
listen_at_path(void)
{
	snprintf(path, sizeof(path), "%s/notify", dir);
	listen_at(path);
}

/* The next datagram, "" for none. */
static const char *
next(void)
{
	ssize_t n = recv(manager, said, sizeof(said) - 1, 0);

	said[n > 0 ? n : 0] = '\0';
	return said;
}

static const char *
complaint(void)
{
	ssize_t n = pread(memory, said, sizeof(said) - 1, 0);

	said[n > 0 ? n : 0] = '\0';
	return said;
}

START_TEST(each_state_is_one_datagram)
{
	unsigned long long usec;
	struct timespec now;
	int end = 0;

	listen_at_path();
	notify_open();
	ck_assert(notify_is_open());
	notify_status("Unlocking %d", 1);
	ck_assert_str_eq(next(), "STATUS=Unlocking 1");
	notify_ready("Serving %s", "it");
	snprintf(expected, sizeof(expected),
	    "READY=1\nMAINPID=%ld\nSTATUS=Serving it", (long)getpid());
	ck_assert_str_eq(next(), expected);
	notify_reloading();
	clock_gettime(CLOCK_MONOTONIC, &now);
	ck_assert_int_eq(sscanf(next(), "RELOADING=1\nMONOTONIC_USEC=%llu\n"
	    "STATUS=Reloading%n", &usec, &end), 1);
	ck_assert_int_ne(end, 0);
	ck_assert_int_le((long long)usec, now.tv_sec * 1000000 +
	    now.tv_nsec / 1000);
	ck_assert_int_gt((long long)usec, (now.tv_sec - 5) * 1000000);
	notify_stopping();
	ck_assert_str_eq(next(), "STOPPING=1\nSTATUS=Shutting down");
	ck_assert_str_eq(next(), "");
	ck_assert_str_eq(complaint(), "");
}
END_TEST

START_TEST(an_abstract_socket_serves_too)
{
	snprintf(path, sizeof(path), "@postern-notify-%ld", (long)getpid());
	listen_at(path);
	notify_open();
	notify_stopping();
	ck_assert_str_eq(next(), "STOPPING=1\nSTATUS=Shutting down");
}
END_TEST

START_TEST(nobody_inherits_the_name)
{
	listen_at_path();
	notify_open();
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
}
END_TEST

START_TEST(without_a_service_manager_nothing_is_said)
{
	unsetenv("NOTIFY_SOCKET");
	notify_open();
	ck_assert(!notify_is_open());
	notify_ready("Serving");
	notify_stopping();
	ck_assert_str_eq(complaint(), "");
}
END_TEST

START_TEST(a_status_is_one_line)
{
	listen_at_path();
	notify_open();
	notify_status("a%sb", "\nREADY=1\n");
	ck_assert_str_eq(next(), "STATUS=a\\x0aREADY=1\\x0ab");
}
END_TEST

static const struct {
	const char *proved, *value;
} bad_rows[] = {
	{ "a relative path", "notify" },
	{ "a slash alone", "/" },
	{ "an at alone", "@" },
	{ "another family", "vsock:2:1234" },
	{ "longer than an address",
	    "/0123456789012345678901234567890123456789012345678901234567890123"
	    "45678901234567890123456789012345678901234567890123456789" },
};

START_TEST(a_bad_name_is_told_and_not_used)
{
	setenv("NOTIFY_SOCKET", bad_rows[_i].value, 1);
	notify_open();
	ck_assert_msg(!notify_is_open(), "%s", bad_rows[_i].proved);
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	ck_assert_ptr_nonnull(strstr(complaint(), "WARNING:  could not use "
	    "the service manager's socket"));
	ck_assert_ptr_nonnull(strstr(said, bad_rows[_i].value));
}
END_TEST

START_TEST(a_manager_that_is_gone_is_told)
{
	listen_at_path();
	notify_open();
	unlink(path);
	notify_ready("Serving");
	ck_assert_ptr_nonnull(strstr(complaint(), "WARNING:  could not tell "
	    "the service manager \"READY=1\": No such file or directory\n"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("notify");
	TCase *tcase = tcase_create("notify");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, each_state_is_one_datagram);
	tcase_add_test(tcase, an_abstract_socket_serves_too);
	tcase_add_test(tcase, nobody_inherits_the_name);
	tcase_add_test(tcase, without_a_service_manager_nothing_is_said);
	tcase_add_test(tcase, a_status_is_one_line);
	tcase_add_loop_test(tcase, a_bad_name_is_told_and_not_used, 0,
	    LEN(bad_rows));
	tcase_add_test(tcase, a_manager_that_is_gone_is_told);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
