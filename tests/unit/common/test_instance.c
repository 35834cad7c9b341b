/* SPDX-License-Identifier: ISC */
/*
 * test_instance: where a data directory's two daemons meet, and what is read
 * from its postern.conf.
 * Runs in: make check.
 */
#include "common/instance.h"

#include <sys/stat.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/config_row.h"
#include "common/fault.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

struct settings {
	struct instance_settings instance;
	int port;
};

static const struct config_setting table[] = {
	INSTANCE_ROWS(instance),
	ROW_NUMBER("port", port, "5432", 1, 65535),
	{ .name = NULL }
};

static struct settings settings;
static struct fault_list faults;
static struct instance instance;

static void
set_up(void)
{
	instance = (struct instance){ .directory = "/etc/postern",
		.is_root = true };
	memset(&faults, 0, sizeof(faults));
}

static int
parse(const char *text)
{
	const struct config_text config = { "postern.conf", text,
		strlen(text) };

	memset(&faults, 0, sizeof(faults));
	if (instance_parse(&instance, table, &config, &settings, &faults) ==
	    -1)
		return -1;
	return instance_complete(&instance, &settings.instance, &faults);
}

static const struct path_row {
	const char *sentence;
	const char *directory;
	bool is_root;
	const char *text;
	const char *run_directory, *key_socket;
} path_rows[] = {
	{ "root's default", "/etc/postern", true, "", "/run/postern",
	    "/run/postern/key/keyd.sock" },
	{ "another directory of root's has a run directory of its own",
	    "/srv/gate", true, "", "/run/postern-gate",
	    "/run/postern-gate/key/keyd.sock" },
	{ "the root directory has no name", "/", true, "", "/run/postern",
	    "/run/postern/key/keyd.sock" },
	{ "a user's run directory is the data directory", "/home/me/postern",
	    false, "", "/home/me/postern", "/home/me/postern/key/keyd.sock" },
	{ "absolute names stay", "/srv/gate", true,
	    "run_directory = '/run/x'\nkey_socket = '/run/y/s'", "/run/x",
	    "/run/y/s" },
	{ "relative names begin where they belong", "/d", true,
	    "run_directory = 'run'\nkey_socket = 's'", "/d/run", "/d/run/s" },
	{ "the socket follows the run directory", "/d", false,
	    "run_directory = run", "/d/run", "/d/run/key/keyd.sock" },
};

START_TEST(paths_are_absolute)
{
	const struct path_row *row = &path_rows[_i];

	instance.directory = row->directory;
	instance.is_root = row->is_root;
	ck_assert_msg(parse(row->text) == 0, "%s", row->sentence);
	ck_assert_str_eq(settings.instance.run_directory, row->run_directory);
	ck_assert_str_eq(settings.instance.key_socket, row->key_socket);
}
END_TEST

START_TEST(a_path_that_becomes_too_long_is_refused)
{
	char path[8] = "abcd";

	ck_assert_int_eq(instance_complete_path("x", "/d", path, sizeof(path),
	    &faults), 0);
	ck_assert_str_eq(path, "/d/abcd");
	strcpy(path, "abcde");
	ck_assert_int_eq(instance_complete_path("x", "/d", path, sizeof(path),
	    &faults), -1);
	ck_assert_str_eq(path, "abcde");
	ck_assert_str_eq(faults.item[0].what, "the path of \"x\" is too long");
	ck_assert_str_eq(faults.item[0].detail,
	    "It begins with \"/d/abcde\".");
}
END_TEST

START_TEST(the_clients_user_has_a_name)
{
	ck_assert_int_eq(parse("user = ''"), -1);
	ck_assert_str_eq(faults.item[0].what,
	    "invalid value for parameter \"user\": \"\"");
	ck_assert_ptr_nonnull(strstr(faults.item[0].detail,
	    "must not be empty"));
	ck_assert_int_eq(parse("user = 'u'"), 0);
	ck_assert_str_eq(settings.instance.user, "u");
	ck_assert_int_eq(parse(""), 0);
	ck_assert_str_eq(settings.instance.user, "postern");
}
END_TEST

START_TEST(the_command_line_comes_last)
{
	static const char *const good[] = { "port=5999", "port=6000" };
	static const char *const bad[] = { "port=x", "nonsense=1" };

	instance.assignments = good;
	instance.assignments_len = 2;
	ck_assert_int_eq(parse("port = 7000"), 0);
	ck_assert_int_eq(settings.port, 6000);
	instance.assignments = bad;
	ck_assert_int_eq(parse("user = ''"), -1);
	ck_assert_uint_eq(faults.count, 3);
	instance.assignments_len = 0;
	ck_assert_int_eq(parse("port = 7000"), 0);
	ck_assert_int_eq(settings.port, 7000);
}
END_TEST

static int
read_conf(void)
{
	memset(&faults, 0, sizeof(faults));
	return instance_read(&instance, table, &settings, &faults);
}

START_TEST(the_data_directorys_file_is_read)
{
	char dir[] = "/tmp/test_instance.XXXXXX", path[64];
	FILE *file;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	instance.directory = dir;
	ck_assert_int_eq(read_conf(), -1);
	ck_assert_ptr_nonnull(strstr(faults.item[0].what,
	    "could not open configuration file"));
	ck_assert_ptr_nonnull(strstr(faults.item[0].hint, "sample"));

	snprintf(path, sizeof(path), "%s/postern.conf", dir);
	file = fopen(path, "w");
	fputs("port = 7000\n", file);
	fclose(file);
	chmod(path, 0644);
	ck_assert_msg(read_conf() == 0, "%s", faults.item[0].what);
	ck_assert_int_eq(settings.port, 7000);
	if (geteuid() == 0) {
		chmod(path, 0666);
		ck_assert_int_eq(read_conf(), -1);
		chmod(path, 0644);
		chmod(dir, 0777);
		ck_assert_int_eq(read_conf(), -1);
	}
	unlink(path);
	rmdir(dir);
}
END_TEST

START_TEST(a_directory_of_too_long_a_name_is_refused)
{
	char name[INSTANCE_PATH_MAX];

	memset(name, 'd', sizeof(name));
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	instance.directory = name;
	ck_assert_int_eq(read_conf(), -1);
	ck_assert_str_eq(faults.item[0].what,
	    "the name of the data directory is too long");
}
END_TEST

/* What the log says of that many faults. */
static void
log_faults(size_t count, char *out, size_t size)
{
	FILE *file = tmpfile();
	ssize_t len;

	memset(&faults, 0, sizeof(faults));
	faults.count = count;
	for (size_t i = 0; i < count && i < FAULT_LIST_MAX; i++)
		fault_set(&faults.item[i], "fault %zu.", i);
	fflush(stderr);
	ck_assert_int_eq(dup2(fileno(file), STDERR_FILENO), STDERR_FILENO);
	instance_log_faults(&instance, &faults);
	len = pread(fileno(file), out, size - 1, 0);
	ck_assert_int_gt(len, 0);
	out[len] = '\0';
	fclose(file);
}

START_TEST(one_fault_is_the_end)
{
	char text[8192];

	log_faults(1, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "FATAL:  fault 0."));
	ck_assert_ptr_null(strstr(text, "ERROR"));
}
END_TEST

START_TEST(several_faults_are_told_one_by_one)
{
	char text[8192];

	log_faults(FAULT_LIST_MAX + 1, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "ERROR:  fault 0."));
	ck_assert_ptr_nonnull(strstr(text, "ERROR:  fault 15."));
	ck_assert_ptr_nonnull(strstr(text, "FATAL:  the settings of data "
	    "directory \"/etc/postern\" contain 17 errors"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("instance");
	TCase *tcase = tcase_create("instance");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_loop_test(tcase, paths_are_absolute, 0, LEN(path_rows));
	tcase_add_test(tcase, a_path_that_becomes_too_long_is_refused);
	tcase_add_test(tcase, the_clients_user_has_a_name);
	tcase_add_test(tcase, the_command_line_comes_last);
	tcase_add_test(tcase, the_data_directorys_file_is_read);
	tcase_add_test(tcase, a_directory_of_too_long_a_name_is_refused);
	tcase_add_test(tcase, one_fault_is_the_end);
	tcase_add_test(tcase, several_faults_are_told_one_by_one);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
