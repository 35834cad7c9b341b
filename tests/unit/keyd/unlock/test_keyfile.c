/* SPDX-License-Identifier: ISC */
/*
 * test_keyfile: whose key files are taken, and what is read of them.
 * Runs in: make check.
 */
#include "keyd/unlock/keyfile.h"

#include <sys/stat.h>

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define ME 64203
#define OTHER 64204

static const struct rule {
	const char *sentence;
	uid_t euid, owner;
	gid_t group;
	mode_t mode;
	const char *what;	/* a part of it; NULL: the file is taken */
} rules[] = {
	/* PostgreSQL's rule. */
	{ "own 0600", ME, ME, ME, 0600, NULL },
	{ "own 0400", ME, ME, ME, 0400, NULL },
	{ "own 0700", ME, ME, ME, 0700, NULL },
	{ "own 0640", ME, ME, ME, 0640, "has group or world access" },
	{ "own 0610", ME, ME, ME, 0610, "has group or world access" },
	{ "own 0604", ME, ME, ME, 0604, "has group or world access" },
	{ "own 0601", ME, ME, ME, 0601, "has group or world access" },
	{ "root's 0640", ME, 0, ME, 0640, NULL },
	{ "root's 0440", ME, 0, ME, 0440, NULL },
	{ "root's 0660", ME, 0, ME, 0660, "has group or world access" },
	{ "root's 0650", ME, 0, ME, 0650, "has group or world access" },
	{ "root's 0644", ME, 0, ME, 0644, "has group or world access" },
	{ "another's", ME, OTHER, ME, 0600,
	    "must be owned by the database user or root" },
	/* For root, root alone. */
	{ "root: 0600", 0, 0, 0, 0600, NULL },
	{ "root: 0640", 0, 0, 0, 0640, NULL },
	{ "root: a group may read", 0, 0, OTHER, 0640, NULL },
	{ "root: a group may write", 0, 0, OTHER, 0660,
	    "has group or world access" },
	{ "root: all may read", 0, 0, 0, 0644, "has group or world access" },
	{ "root: another's", 0, OTHER, OTHER, 0600, "must be owned by root" },
};

START_TEST(owner_and_mode_are_judged)
{
	const struct rule *rule = &rules[_i];
	const struct stat st = { .st_mode = S_IFREG | rule->mode,
		.st_uid = rule->owner, .st_gid = rule->group };
	struct fault fault = { 0 };
	int rc = keyfile_judge("/k", &st, rule->euid, &fault);

	ck_assert_msg(rc == (rule->what == NULL ? 0 : -1), "%s",
	    rule->sentence);
	if (rule->what != NULL)
		ck_assert_ptr_nonnull(strstr(fault.what, rule->what));
}
END_TEST

static const mode_t kinds[] = { S_IFDIR, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK };

START_TEST(only_a_regular_file_is_taken)
{
	const struct stat st = { .st_mode = kinds[_i] | 0600 };
	struct fault fault = { 0 };

	ck_assert_int_eq(keyfile_judge("/k", &st, 0, &fault), -1);
	ck_assert_str_eq(fault.what,
	    "private key file \"/k\" is not a regular file");
}
END_TEST

static char directory[64], path[80];

/* A file of ours with len bytes, in a directory of ours. */
static void
make_file(size_t len)
{
	int fd;

	strcpy(directory, "/tmp/postern-test_keyfile.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/key", directory);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	ck_assert_int_ne(fd, -1);
	for (size_t i = 0; i < len; i++)
		ck_assert_int_eq(write(fd, "k", 1), 1);
	close(fd);
}

static const struct size_row {
	size_t len;
	const char *what;	/* a part of it; NULL: the file is read */
} sizes[] = {
	{ 1, NULL },
	{ KEYFILE_MAX, NULL },
	{ 0, "is empty" },
	{ KEYFILE_MAX + 1, "is too large" },
};

START_TEST(a_file_is_read_whole_or_not_at_all)
{
	struct keyfile file = { .text = SECRET_EMPTY };
	struct fault fault = { 0 };
	int rc;

	make_file(sizes[_i].len);
	rc = keyfile_read(path, SECRET_LOCKED, &file, &fault);
	unlink(path);
	rmdir(directory);
	ck_assert_int_eq(rc, sizes[_i].what == NULL ? 0 : -1);
	if (rc == -1) {
		ck_assert_ptr_nonnull(strstr(fault.what, sizes[_i].what));
		return;
	}
	ck_assert_uint_eq(file.len, sizes[_i].len);
	ck_assert_int_eq(file.text.map[0], 'k');
	ck_assert_int_eq(file.text.map[file.len - 1], 'k');
	ck_assert_int_eq(file.text.map[file.len], '\0');
	keyfile_wipe(&file);
	ck_assert_int_eq(file.text.fd, -1);
	keyfile_wipe(&file);
}
END_TEST

START_TEST(an_absent_file_is_named)
{
	struct keyfile file = { .text = SECRET_EMPTY };
	struct fault fault = { 0 };

	ck_assert_int_eq(keyfile_read("/nonexistent/k", SECRET_LOCKED, &file,
	    &fault), -1);
	ck_assert_str_eq(fault.what, "could not access private key file "
	    "\"/nonexistent/k\": No such file or directory");
	ck_assert_ptr_nonnull(strstr(fault.hint, "ssl_key_file"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("keyfile");
	TCase *tcase = tcase_create("keyfile");
	SRunner *runner = srunner_create(suite);
	int failed;

	log_set_min_level(LOG_LEVEL_FATAL);
	tcase_add_loop_test(tcase, owner_and_mode_are_judged, 0, LEN(rules));
	tcase_add_loop_test(tcase, only_a_regular_file_is_taken, 0,
	    LEN(kinds));
	tcase_add_loop_test(tcase, a_file_is_read_whole_or_not_at_all, 0,
	    LEN(sizes));
	tcase_add_test(tcase, an_absent_file_is_named);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
