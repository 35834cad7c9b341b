/* SPDX-License-Identifier: ISC */
/*
 * test_landlock: what a process may still do with files, TCP and others, and
 * what is said of a kernel that cannot forbid it.
 * Runs in: make check.
 */
#include "common/landlock.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/layers.h"
#include "tests/unit/common/refusing.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define CANNOT_SAY 77	/* this kernel, or build, forbids no such thing */

static struct layers layers;
static struct fault fault;

static long
abi(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
}

static int
restrict_by(const struct landlock_options *options)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return landlock_restrict(options, &layers, &fault);
}

static const struct landlock_options nothing;

static bool
may_open(int flags)
{
	int fd = open("/dev/null", flags);

	if (fd != -1)
		close(fd);
	return fd != -1 || errno != EACCES;
}

static int
no_file_is_opened(void)
{
#ifdef WITH_SANITIZERS
	return CANNOT_SAY;
#endif
	if (abi() < 1)
		return CANNOT_SAY;
	if (!may_open(O_RDONLY) || restrict_by(&nothing) == -1)
		return 1;
	return may_open(O_RDONLY) || may_open(O_WRONLY) ? 2 : 0;
}

static int
files_are_read_but_not_written(void)
{
	static const struct landlock_options options = {
		.reads_files = true
	};

#ifdef WITH_SANITIZERS
	return CANNOT_SAY;
#endif
	if (abi() < 1)
		return CANNOT_SAY;
	if (restrict_by(&options) == -1)
		return 1;
	return may_open(O_RDONLY) && !may_open(O_WRONLY) ? 0 : 2;
}

static struct sockaddr_in
loopback(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

/* Which port it listens on. */
static uint16_t
listen_somewhere(void)
{
	struct sockaddr_in addr = loopback(0);
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&addr, len) == -1 ||
	    listen(fd, 1) == -1 ||
	    getsockname(fd, (struct sockaddr *)&addr, &len) == -1)
		_exit(95);
	return ntohs(addr.sin_port);
}

static int
errno_of_connect(uint16_t port)
{
	struct sockaddr_in addr = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 ? 0 :
	    errno;
}

static int
only_the_named_ports_are_connected_to(void)
{
	uint16_t ports[] = { listen_somewhere(), listen_somewhere() };
	struct landlock_options options = { .connect_ports = ports,
		.connect_len = 1 };

	if (abi() < 4)
		return CANNOT_SAY;
	if (errno_of_connect(ports[1]) != 0 || restrict_by(&options) == -1)
		return 1;
	return errno_of_connect(ports[0]) == 0 &&
	    errno_of_connect(ports[1]) == EACCES ? 0 : 2;
}

static int
no_port_is_bound(void)
{
	struct sockaddr_in addr = loopback(0);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (abi() < 4)
		return CANNOT_SAY;
	if (restrict_by(&nothing) == -1)
		return 1;
	return bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1 &&
	    errno == EACCES ? 0 : 2;
}

static int
nobody_outside_is_signalled(void)
{
#ifdef WITH_SANITIZERS
	return CANNOT_SAY;
#endif
	if (abi() < 6)
		return CANNOT_SAY;
	if (kill(getppid(), 0) == -1 || restrict_by(&nothing) == -1)
		return 1;
	return kill(getpid(), 0) == 0 && kill(getppid(), 0) == -1 &&
	    errno == EPERM ? 0 : 2;
}

static int
a_kernel_without_it_is_told_of(void)
{
	refusing_call(SCMP_SYS(landlock_create_ruleset), ENOSYS);
	if (restrict_by(&nothing) != 0 || layers.in_force[0] != '\0')
		return 1;
	return strcmp(layers.lacking, "Landlock (Linux 5.13)") == 0 ? 0 : 2;
}

static int
one_that_has_it_must_obey(void)
{
	if (abi() < 1)
		return CANNOT_SAY;
	refusing_call(SCMP_SYS(landlock_restrict_self), EPERM);
	if (restrict_by(&nothing) != -1)
		return 1;
	return strstr(fault.what, "Landlock") != NULL ? 0 : 2;
}

static const struct {
	const char *sentence;
	int (*run)(void);
} cases[] = {
	{ "no file is opened", no_file_is_opened },
	{ "files are read, not written", files_are_read_but_not_written },
	{ "only the named ports are connected to",
	    only_the_named_ports_are_connected_to },
	{ "no port is bound", no_port_is_bound },
	{ "nobody outside is signalled", nobody_outside_is_signalled },
	{ "a kernel without it is told of", a_kernel_without_it_is_told_of },
	{ "one that has it must obey", one_that_has_it_must_obey }
};

START_TEST(a_restriction)
{
	int status = refusing_run(cases[_i].run, 0);

	ck_assert_msg(status == 0 || (WIFEXITED(status) &&
	    WEXITSTATUS(status) == CANNOT_SAY), "%s: status 0x%x",
	    cases[_i].sentence, (unsigned int)status);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("landlock");
	TCase *tcase = tcase_create("landlock");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, a_restriction, 0, LEN(cases));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
