/* SPDX-License-Identifier: ISC */
/*
 * test_namespaces: an empty root that stays so, a network that leads nowhere;
 * and what is said where the kernel gives neither.
 * Runs in: make check.
 */
#include "common/namespaces.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/capability.h>

#include <arpa/inet.h>
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/layers.h"
#include "tests/unit/common/refusing.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define TEST_UID 64201
#define CANNOT_SAY 77	/* not root, or a container that gives nothing */

static struct layers layers;
static struct fault fault;

/* Returns 0, or CANNOT_SAY where there is nothing to look at. */
static int
enter(const struct namespaces_options *options)
{
	if (namespaces_enter(options, &layers, &fault) == -1)
		return 1;
#ifdef WITH_SANITIZERS
	return CANNOT_SAY;
#else
	return layers.lacking[0] != '\0' ? CANNOT_SAY : 0;
#endif
}

/* How many names, but for "." and "..". */
static int
count_names(const char *path)
{
	DIR *dir = opendir(path);
	int count = -2;

	if (dir == NULL)
		return -1;
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

static bool
is_read_only(const char *path)
{
	return mkdir(path, 0700) == -1 && (errno == EROFS || errno == EACCES ||
	    errno == EOVERFLOW);
}

static int
the_root_is_empty(void)
{
	static const struct namespaces_options options;
	int rc = enter(&options);

	if (rc != 0)
		return rc;
	if (count_names("/") != 0 || count_names(".") != 0 ||
	    count_names("../../..") != 0)
		return 2;
	return is_read_only("/made") ? 0 : 3;
}

static int
errno_of_connect(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
		.sin_port = htons(1),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 ? 0 :
	    errno;
}

static int
the_network_leads_nowhere(void)
{
	static const struct namespaces_options options;
	int rc = enter(&options);

	if (rc != 0)
		return rc;
	return errno_of_connect() == ENETUNREACH ? 0 : 2;
}

static int
the_network_may_stay(void)
{
	static const struct namespaces_options options = {
		.keeps_network = true
	};
	int rc = enter(&options);

	if (rc != 0)
		return rc;
	return errno_of_connect() == ECONNREFUSED ? 0 : 2;
}

static int
a_directory_stays_and_its_neighbour_does_not(void)
{
	char dir[] = "/tmp/test_namespaces.XXXXXX", path[64];
	struct namespaces_options options = { .has_directories = true,
		.directories = { dir, "/usr/lib" }, .len = 2 };
	int rc;

	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/in", dir);
	if (mkdir(path, 0700) == -1)
		return 1;
	rc = enter(&options);
	/* The test's own are seen from here, but not to be removed. */
	if (rc == 0 && (count_names("/") != 2 || count_names("/tmp") != 1 ||
	    count_names("/usr") != 1 || count_names(dir) != 1 ||
	    count_names("/usr/lib") < 1))
		return 2;
	return rc != 0 || rmdir(path) == -1 ? rc : 3;
}

/* As a unit of systemd: no CAP_DAC_OVERRIDE, and a narrow umask. */
static int
lose_rights(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
	const unsigned int lost = 1u << CAP_DAC_OVERRIDE |
	    1u << CAP_DAC_READ_SEARCH;

	umask(077);
	if (syscall(SYS_capget, &header, sets) == -1)
		return -1;
	sets[0].effective &= ~lost;
	sets[0].permitted &= ~lost;
	return (int)syscall(SYS_capset, &header, sets);
}

static int
few_rights_and_a_narrow_umask_suffice(void)
{
	char dir[] = "/tmp/test_namespaces.XXXXXX";
	struct namespaces_options options = { .has_directories = true,
		.directories = { dir }, .len = 1 };
	int rc;

	if (getuid() != 0)
		return CANNOT_SAY;
	if (mkdtemp(dir) == NULL || chmod(dir, 0755) == -1 ||
	    lose_rights() == -1)
		return 1;
	rc = enter(&options);
	if (rc != 0)
		return rc;
	if (setresuid(TEST_UID, TEST_UID, TEST_UID) == -1)
		return 2;
	return count_names("/tmp") == 1 && count_names(dir) == 0 ? 0 : 3;
}

static int
who_reads_peers_keeps_its_user_namespace(void)
{
	static const struct namespaces_options options = {
		.reads_peers = true
	};

	if (namespaces_enter(&options, &layers, &fault) != 0)
		return 1;
	if (getuid() == 0)
		return CANNOT_SAY;
	return strstr(layers.lacking, "not started as root") != NULL &&
	    getuid() == TEST_UID ? 0 : 2;
}

static int
a_container_that_refuses_is_told_of(void)
{
	static const struct namespaces_options options;

	refusing_call(SCMP_SYS(unshare), EPERM);
	if (namespaces_enter(&options, &layers, &fault) != 0)
		return 1;
	return strstr(layers.lacking, "own mounts, network and IPC "
	    "(Operation not permitted)") != NULL ? 0 : 2;
}

static int
half_way_is_a_fault(void)
{
	static const struct namespaces_options options;

#ifdef WITH_SANITIZERS
	return CANNOT_SAY;
#endif
	refusing_call(SCMP_SYS(mount), EPERM);
	if (namespaces_enter(&options, &layers, &fault) == 0)
		return layers.lacking[0] != '\0' ? CANNOT_SAY : 1;
	return strstr(fault.what, "empty root directory") != NULL ? 0 : 2;
}

static const struct {
	const char *sentence;
	int (*run)(void);
	unsigned int uid;
} cases[] = {
	{ "root's root is empty", the_root_is_empty, 0 },
	{ "another user's, too", the_root_is_empty, TEST_UID },
	{ "root's network leads nowhere", the_network_leads_nowhere, 0 },
	{ "another user's, too", the_network_leads_nowhere, TEST_UID },
	{ "the network may stay", the_network_may_stay, 0 },
	{ "a directory stays, its neighbour does not",
	    a_directory_stays_and_its_neighbour_does_not, 0 },
	{ "few rights and a narrow umask suffice",
	    few_rights_and_a_narrow_umask_suffice, 0 },
	{ "who reads peers keeps its user namespace",
	    who_reads_peers_keeps_its_user_namespace, TEST_UID },
	{ "a container that refuses is told of",
	    a_container_that_refuses_is_told_of, 0 },
	{ "half-way is a fault", half_way_is_a_fault, 0 }
};

/* Whatever the child left of its directory. */
static void
clean(void)
{
	int rc = system("rm -rf /tmp/test_namespaces.??????");

	ck_assert_int_eq(rc, 0);
}

START_TEST(a_view)
{
	int status;

	/* Only root can be another user. */
	if (cases[_i].uid != 0 && getuid() != 0)
		return;
	status = refusing_run(cases[_i].run, cases[_i].uid);
	ck_assert_msg(status == 0 || (WIFEXITED(status) &&
	    WEXITSTATUS(status) == CANNOT_SAY), "%s: status 0x%x",
	    cases[_i].sentence, (unsigned int)status);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("namespaces");
	TCase *tcase = tcase_create("namespaces");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, NULL, clean);
	tcase_add_loop_test(tcase, a_view, 0, LEN(cases));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
