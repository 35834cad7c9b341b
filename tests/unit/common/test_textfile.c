/* SPDX-License-Identifier: ISC */
/*
 * test_textfile: a file is read whole or not at all, and for root only where
 * nobody else can have written or replaced it.
 * Runs in: make check; the rules for root only when it runs as root.
 */
#include "common/textfile.h"

#include <sys/stat.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define STRANGER 64211	/* a uid that nobody has */

static char top[64], dir[80], path[96], from[96];

static void
write_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	ck_assert(f != NULL);
	fputs(text, f);
	fclose(f);
	ck_assert_int_eq(chmod(name, 0644), 0);
}

/* top/dir/file, and top/link, which leads to it. */
static void
set_up(void)
{
	strcpy(top, "/tmp/postern-textfile-XXXXXX");
	ck_assert(mkdtemp(top) != NULL);
	snprintf(dir, sizeof(dir), "%s/dir", top);
	snprintf(path, sizeof(path), "%s/file", dir);
	snprintf(from, sizeof(from), "%s/link", top);
	ck_assert_int_eq(chmod(top, 0755), 0);
	ck_assert_int_eq(mkdir(dir, 0755), 0);
	write_file(path, "port = 1\n");
	ck_assert_int_eq(symlink("dir/file", from), 0);
}

static void
tear_down(void)
{
	unlink(from);
	unlink(path);
	rmdir(path);
	rmdir(dir);
	rmdir(top);
}

START_TEST(a_file_is_read_whole)
{
	struct textfile file = { 0 };
	struct fault fault;

	ck_assert_int_eq(textfile_read("configuration file", path, &file,
	    &fault), 0);
	ck_assert_uint_eq(file.len, 9);
	ck_assert_str_eq(file.bytes, "port = 1\n");
	textfile_close(&file);
	ck_assert(file.bytes == NULL);
	textfile_close(&file);
	write_file(path, "");
	ck_assert_int_eq(textfile_read("configuration file", from, &file,
	    &fault), 0);
	ck_assert_uint_eq(file.len, 0);
	ck_assert_str_eq(file.bytes, "");
	textfile_close(&file);
}
END_TEST

START_TEST(opening_gives_the_descriptor_and_its_facts)
{
	struct fault fault;
	struct stat st;
	int fd;

	fd = textfile_open("configuration file", path, &st, &fault);
	ck_assert_int_ge(fd, 0);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert_int_eq(st.st_size, 9);
	close(fd);
}
END_TEST

START_TEST(an_absent_file_is_told_by_errno)
{
	struct textfile file = { 0 };
	struct fault fault;
	char what[256];

	ck_assert_int_eq(unlink(path), 0);
	errno = 0;
	ck_assert_int_eq(textfile_read("root certificate file", path, &file,
	    &fault), -1);
	ck_assert_int_eq(errno, ENOENT);
	snprintf(what, sizeof(what), "could not open root certificate file "
	    "\"%s\": No such file or directory", path);
	ck_assert_str_eq(fault.what, what);
	ck_assert(file.bytes == NULL);
}
END_TEST

/* What is no regular file, in the file's place. */
static int
make_directory(const char *name)
{
	return mkdir(name, 0755);
}

static int
make_pipe(const char *name)
{
	return mkfifo(name, 0600);
}

static int
make_device(const char *name)
{
	return symlink("/dev/null", name);
}

static int (*const others[])(const char *) = {
	make_directory, make_pipe, make_device,
};

START_TEST(what_is_no_file_is_refused_without_waiting)
{
	struct textfile file = { 0 };
	struct fault fault;
	char what[256];

	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(others[_i](path), 0);
	errno = EIO;
	ck_assert_int_eq(textfile_read("key file", path, &file, &fault), -1);
	ck_assert_int_eq(errno, 0);
	snprintf(what, sizeof(what), "key file \"%s\" is not a regular file",
	    path);
	ck_assert_str_eq(fault.what, what);
}
END_TEST

START_TEST(a_file_may_be_large_but_not_larger)
{
	struct textfile file = { 0 };
	struct fault fault;

	ck_assert_int_eq(truncate(path, TEXTFILE_MAX), 0);
	ck_assert_int_eq(textfile_read("file", path, &file, &fault), 0);
	ck_assert_uint_eq(file.len, TEXTFILE_MAX);
	textfile_close(&file);
	ck_assert_int_eq(textfile_read_up_to("file", path, TEXTFILE_MAX - 1,
	    &file, &fault), -1);
	ck_assert_int_eq(truncate(path, TEXTFILE_MAX + 1), 0);
	ck_assert_int_eq(textfile_read_up_to("file", path, TEXTFILE_MAX + 1,
	    &file, &fault), 0);
	ck_assert_uint_eq(file.len, TEXTFILE_MAX + 1);
	textfile_close(&file);
	ck_assert_int_eq(textfile_read("file", path, &file, &fault), -1);
	ck_assert(strstr(fault.what, "is too large") != NULL);
	ck_assert_str_eq(fault.detail, "It has 4194305 bytes, and at most "
	    "4194304 are read.");
	ck_assert_int_eq(errno, 0);
}
END_TEST

/* A file of the kernel's says that it has no bytes, and has some. */
START_TEST(a_file_of_another_length_than_it_says_is_refused)
{
	struct textfile file = { 0 };
	struct fault fault;

	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(STRANGER), 0);
	ck_assert_int_eq(textfile_read("file", "/proc/self/status", &file,
	    &fault), -1);
	ck_assert_int_eq(seteuid(getuid()), 0);
	ck_assert_str_eq(fault.what,
	    "file \"/proc/self/status\" changed while it was read");
}
END_TEST

/* What the tree looks like, and what is said of it. %s is replaced. */
static const struct rule {
	const char *proved;
	uid_t top_owner, dir_owner, file_owner;
	mode_t top_mode, dir_mode, file_mode;
	const char *what;	/* behind the path; NULL: accepted */
	const char *detail, *hint; /* %s: the component */
	const char *component;
} rules[] = {
	{ "root's own", 0, 0, 0, 0755, 0755, 0644, NULL, "", "", NULL },
	{ "secret", 0, 0, 0, 0700, 0700, 0600, NULL, "", "", NULL },
	{ "a group may read", 0, 0, 0, 0750, 0750, 0640, NULL, "", "", NULL },
	{ "another's file", 0, 0, STRANGER, 0755, 0755, 0644,
	    "must be owned by root", "Its owner is user ID 64211.",
	    "Run: chown root %s", path },
	{ "the group may write", 0, 0, 0, 0755, 0755, 0664,
	    "has group or world write access", "Its mode is 0664.",
	    "Run: chmod go-w %s", path },
	{ "all may write", 0, 0, 0, 0755, 0755, 0646,
	    "has group or world write access", "Its mode is 0646.",
	    "Run: chmod go-w %s", path },
	{ "another's directory", 0, STRANGER, 0, 0755, 0755, 0644,
	    "can be replaced by another user than root",
	    "The owner of directory \"%s\" is user ID 64211.",
	    "Run: chown root %s", dir },
	{ "another's directory above", STRANGER, 0, 0, 0755, 0755, 0644,
	    "can be replaced by another user than root",
	    "The owner of directory \"%s\" is user ID 64211.",
	    "Run: chown root %s", top },
	{ "a directory the group may write", 0, 0, 0, 0755, 0775, 0644,
	    "can be replaced by another user than root",
	    "The mode of directory \"%s\" is 0775.", "Run: chmod go-w %s",
	    dir },
	{ "a directory above all may write", 0, 0, 0, 0757, 0755, 0644,
	    "can be replaced by another user than root",
	    "The mode of directory \"%s\" is 0757.", "Run: chmod go-w %s",
	    top },
	{ "a sticky directory with root's file", 0, 0, 0, 0755, 01777, 0644,
	    NULL, "", "", NULL },
	{ "a sticky directory above root's", 0, 0, 0, 01777, 0755, 0644,
	    NULL, "", "", NULL },
	{ "a sticky directory above another's", 0, STRANGER, 0, 01777, 0755,
	    0644, "can be replaced by another user than root",
	    "The owner of directory \"%s\" is user ID 64211.",
	    "Run: chown root %s", dir },
	{ "another's sticky directory", 0, STRANGER, 0, 0755, 01755, 0644,
	    "can be replaced by another user than root",
	    "The owner of directory \"%s\" is user ID 64211.",
	    "Run: chown root %s", dir },
};

static void
make_tree(const struct rule *rule)
{
	ck_assert_int_eq(chown(path, rule->file_owner, 0), 0);
	ck_assert_int_eq(chown(dir, rule->dir_owner, 0), 0);
	ck_assert_int_eq(chown(top, rule->top_owner, 0), 0);
	ck_assert_int_eq(chmod(path, rule->file_mode), 0);
	ck_assert_int_eq(chmod(dir, rule->dir_mode), 0);
	ck_assert_int_eq(chmod(top, rule->top_mode), 0);
}

/* fmt with %s replaced by the rule's component. */
static const char *
fill_in(const char *fmt, const char *component)
{
	static char text[256];
	const char *mark = strstr(fmt, "%s");

	if (mark == NULL)
		return fmt;
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(mark - fmt), fmt,
	    component, mark + 2);
	return text;
}

START_TEST(root_trusts_only_what_root_alone_can_change)
{
	const struct rule *rule = &rules[_i];
	struct textfile file = { 0 };
	struct fault fault = { 0 };
	char what[256];
	int rc;

	if (geteuid() != 0)
		return;
	make_tree(rule);
	errno = EIO;
	rc = textfile_read("configuration file", path, &file, &fault);
	if (rule->what == NULL) {
		ck_assert_msg(rc == 0, "%s: %s", rule->proved, fault.what);
		textfile_close(&file);
		return;
	}
	ck_assert_msg(rc == -1, "%s", rule->proved);
	ck_assert_int_eq(errno, 0);
	snprintf(what, sizeof(what), "configuration file \"%s\" %s", path,
	    rule->what);
	ck_assert_str_eq(fault.what, what);
	ck_assert_str_eq(fault.detail, fill_in(rule->detail,
	    rule->component));
	ck_assert_str_eq(fault.hint, fill_in(rule->hint, rule->component));
}
END_TEST

START_TEST(the_way_of_a_link_is_judged_where_it_leads)
{
	struct textfile file = { 0 };
	struct fault fault;

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chmod(dir, 0777), 0);
	ck_assert_int_eq(textfile_read("file", from, &file, &fault), -1);
	ck_assert(strstr(fault.detail, dir) != NULL);
	ck_assert_int_eq(chmod(dir, 0755), 0);
	ck_assert_int_eq(textfile_read("file", from, &file, &fault), 0);
	textfile_close(&file);
}
END_TEST

START_TEST(without_root_the_owner_decides)
{
	struct textfile file = { 0 };
	struct fault fault;
	int rc;

	ck_assert_int_eq(chmod(dir, 0777), 0);
	ck_assert_int_eq(chmod(path, 0666), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(STRANGER), 0);
	rc = textfile_read("configuration file", path, &file, &fault);
	ck_assert_int_eq(seteuid(getuid()), 0);
	ck_assert_int_eq(rc, 0);
	textfile_close(&file);
}
END_TEST

START_TEST(a_file_that_may_not_be_read_is_told_by_errno)
{
	struct textfile file = { 0 };
	struct fault fault;
	int rc, cause;

	ck_assert_int_eq(chmod(path, 0), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(STRANGER), 0);
	rc = textfile_read("configuration file", path, &file, &fault);
	cause = errno;
	ck_assert_int_eq(seteuid(getuid()), 0);
	ck_assert_int_eq(rc, -1);
	ck_assert_int_eq(cause, EACCES);
	ck_assert(strstr(fault.what, "Permission denied") != NULL);
}
END_TEST

START_TEST(a_directory_is_judged_by_the_same_rule)
{
	struct fault fault = { 0 };

	ck_assert_int_eq(textfile_may_trust_directory("data directory", dir,
	    &fault), 0);
	ck_assert_int_eq(textfile_may_trust_directory("data directory", path,
	    &fault), -1);
	ck_assert_int_eq(errno, ENOTDIR);
	ck_assert(strstr(fault.what, "Not a directory") != NULL);
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chmod(dir, 01777), 0);
	ck_assert_int_eq(textfile_may_trust_directory("data directory", dir,
	    &fault), -1);
	ck_assert(strstr(fault.what, "has group or world write access") !=
	    NULL);
	ck_assert_str_eq(fault.detail, "Its mode is 1777.");
	ck_assert_int_eq(chmod(dir, 0755), 0);
	ck_assert_int_eq(chmod(top, 0775), 0);
	ck_assert_int_eq(textfile_may_trust_directory("data directory", dir,
	    &fault), -1);
	ck_assert(strstr(fault.hint, top) != NULL);
	ck_assert_int_eq(textfile_may_trust_directory("data directory", "/",
	    &fault), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("textfile");
	TCase *tcase = tcase_create("files");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_file_is_read_whole);
	tcase_add_test(tcase, opening_gives_the_descriptor_and_its_facts);
	tcase_add_test(tcase, an_absent_file_is_told_by_errno);
	tcase_add_loop_test(tcase, what_is_no_file_is_refused_without_waiting,
	    0, LEN(others));
	tcase_add_test(tcase, a_file_may_be_large_but_not_larger);
	tcase_add_test(tcase,
	    a_file_of_another_length_than_it_says_is_refused);
	tcase_add_loop_test(tcase, root_trusts_only_what_root_alone_can_change,
	    0, LEN(rules));
	tcase_add_test(tcase, the_way_of_a_link_is_judged_where_it_leads);
	tcase_add_test(tcase, without_root_the_owner_decides);
	tcase_add_test(tcase, a_file_that_may_not_be_read_is_told_by_errno);
	tcase_add_test(tcase, a_directory_is_judged_by_the_same_rule);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
