/* SPDX-License-Identifier: ISC */
/*
 * test_hba_load: a whole reading of files: without any, with none of use, with
 * too many, with names that are looked up for a hint.
 */
#include "common/pg/hba_load.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/pg/hba_image.h"
#include "common/pg/hba_undecided.h"
#include "tests/unit/common/pg/rules.h"

static struct rules rules;

static void
take(void *owner, enum hba_severity severity, const struct fault *fault)
{
	(void)owner;
	ck_abort_msg("%d: %s", severity, fault->what);
}

START_TEST(without_a_file)
{
	const struct hba_load_options options = { .parse = { .ssl = true } };
	struct hba_sink sink = { .take = take };
	const struct hba_image *image;
	const struct hba_rule *rule;
	struct fault fault = { .what = "" };
	void *bytes;
	size_t len;

	ck_assert_int_eq(hba_load_image(&options, NULL, &sink, &bytes, &len),
	    0);
	image = hba_image_open(bytes, len, &fault);
	ck_assert_ptr_nonnull(image);
	ck_assert_uint_eq(image->rules_len, 1);
	rule = hba_image_rule(image, 0);
	ck_assert_int_eq(rule->method, HBA_BACKEND);
	ck_assert_int_eq(rule->conntype, HBA_HOST);
	ck_assert_str_eq(hba_image_text(image, rule->text),
	    "host all,replication all all backend");
	free(bytes);
}
END_TEST

static void
assert_one_fault(const char *what)
{
	ck_assert_int_eq(rules_load(&rules), -1);
	ck_assert_uint_eq(rules.faults_len, 1);
	ck_assert_str_eq(rules.faults[0].what, what);
	ck_assert_str_eq(rules.faults[0].sqlstate, "F0000");
	ck_assert_ptr_null(rules.image_bytes);
	rules_close(&rules);
}

START_TEST(without_entries)
{
	rules_add(&rules, "pg_hba.conf", "# nothing\n\n");
	assert_one_fault("configuration file \"/etc/postern/pg_hba.conf\" "
	    "contains no entries");
}
END_TEST

START_TEST(absent_file)
{
	assert_one_fault("could not open file \"/etc/postern/pg_hba.conf\": "
	    "No such file or directory");
}
END_TEST

/* One bad line is told as such, not that there are no entries. */
START_TEST(only_a_bad_line)
{
	rules_add(&rules, "pg_hba.conf", "hostx\n");
	assert_one_fault("invalid connection type \"hostx\"");
}
END_TEST

START_TEST(empty_maps)
{
	rules_add(&rules, "pg_hba.conf", "host all all all md5\n");
	rules_add(&rules, "pg_ident.conf", "# nothing\n");
	ck_assert_int_eq(rules_load(&rules), 0);
	rules_close(&rules);
}
END_TEST

/* Faults of both files, and of all included ones, in one reading. */
START_TEST(faults_of_all_files)
{
	rules_add(&rules, "pg_hba.conf", "hostx\ninclude a\nhosty\n");
	rules_add(&rules, "a", "hostz\n");
	rules_add(&rules, "pg_ident.conf", "m\n");
	ck_assert_int_eq(rules_load(&rules), -1);
	ck_assert_uint_eq(rules.faults_len, 4);
	ck_assert_uint_eq(rules.sink.errors, 4);
	rules_close(&rules);
}
END_TEST

/* Files that include each other twofold would be read 2^10 times. */
START_TEST(too_many_files)
{
	rules_add(&rules, "pg_hba.conf", "host all @a all md5\n");
	rules_add(&rules, "a", "@b @b\n");
	rules_add(&rules, "b", "@c,@c,@c,@c,@c\n");
	rules_add(&rules, "c", "@d,@d,@d,@d,@d,@d,@d,@d,@d,@d\n");
	rules_add(&rules, "d", "@e,@e,@e,@e,@e,@e,@e,@e,@e,@e\n");
	rules_add(&rules, "e", "x\n");
	ck_assert_int_eq(rules_load(&rules), -1);
	ck_assert_uint_eq(rules.faults_len, 1);
	ck_assert_str_eq(rules.faults[0].what, "could not open file "
	    "\"/etc/postern/e\": more than 1000 files are included");
	rules_close(&rules);
}
END_TEST

/* Once there are too many, no other is opened: ten files deep, ten times each,
 * there would be no end. */
START_TEST(too_many_files_end_it)
{
	rules_add(&rules, "pg_hba.conf", "host all @a all md5\n");
	rules_add(&rules, "a", "x\n@a\n@a\n");
	ck_assert_int_eq(rules_load(&rules), -1);
	ck_assert_ptr_nonnull(strstr(rules.faults[rules.faults_len - 1].what,
	    "more than 1000 files are included"));
	rules_close(&rules);
}
END_TEST

static int
read_zero_byte(void *owner, const char *path, char **out, size_t *out_len,
    struct fault *fault)
{
	static const char bytes[] = "host all b\0b all md5\nhost\n";

	(void)owner;
	(void)path;
	(void)fault;
	*out = malloc(sizeof(bytes));
	ck_assert_ptr_nonnull(*out);
	memcpy(*out, bytes, sizeof(bytes));
	*out_len = sizeof(bytes) - 1;
	return 0;
}

static void
note(void *owner, enum hba_severity severity, const struct fault *fault)
{
	(void)severity;
	*(struct fault *)owner = *fault;
}

/* A line is never taken for the part before the byte. */
START_TEST(a_zero_byte_is_refused)
{
	const struct hba_files files = { .read = read_zero_byte };
	const struct hba_load_options options = { .hba_path = "pg_hba.conf" };
	struct fault first = { 0 };
	struct hba_sink sink = { .take = note, .owner = &first };
	struct hba_lines lines = { 0 };

	ck_assert_int_eq(hba_lines_read(&lines, options.hba_path, &files,
	    &sink), -1);
	ck_assert_str_eq(first.what, "a line contains a zero byte");
	ck_assert_str_eq(first.detail,
	    "line 1 of configuration file \"pg_hba.conf\"");
	hba_lines_close(&lines);
}
END_TEST

START_TEST(a_name_that_no_file_can_have)
{
	static char line[5000], what[sizeof(line)];

	memset(line, 'f', sizeof(line) - 2);
	memcpy(line, "include ", 8);
	line[sizeof(line) - 2] = '\n';
	rules_add(&rules, "pg_hba.conf", line);
	snprintf(what, sizeof(what), "could not open file \"%.200s...\": its "
	    "name is too long", line + 8);
	assert_one_fault(what);
}
END_TEST

static int
addresses(void *owner, const char *host, char *out, size_t size)
{
	(void)owner;
	if (strcmp(host, "known") != 0)
		return -1;
	snprintf(out, size, "192.0.2.7/32 and 2001:db8::7/128");
	return 0;
}

START_TEST(addresses_of_hosts)
{
	const struct hba_resolve resolve = { .addresses = addresses };

	rules_add(&rules, "pg_hba.conf", "host all all known md5\n"
	    "host all all unknown md5\n");
	rules.resolve = &resolve;
	ck_assert_int_eq(rules_load(&rules), -1);
	ck_assert_uint_eq(rules.faults_len, 2);
	ck_assert_str_eq(rules.faults[0].hint, "Write its addresses instead, "
	    "one line each; now they are 192.0.2.7/32 and 2001:db8::7/128.");
	ck_assert_str_eq(rules.faults[1].hint, "Write its addresses instead, "
	    "one line each. Run: getent ahosts unknown");
	rules_close(&rules);
}
END_TEST

/* A command that does not fit is not cut: it would say something else. */
START_TEST(hint_is_whole)
{
	static const char generic[] = "Write the names of its members, or a "
	    "file of them as @file.", end[] = "r.members";
	char line[160], name[80];
	const char *hint;
	int len, commands = 0;

	for (len = 1; len < 64; len++) {
		memset(name, 'r', sizeof(name));
		name[len] = '\0';
		snprintf(line, sizeof(line), "host all +%s all md5\n", name);
		rules_add(&rules, "pg_hba.conf", line);
	}
	ck_assert_int_eq(rules_load(&rules), -1);
	for (len = 0; len < 63; len++) {
		hint = rules.faults[len].hint;
		if (strcmp(hint, generic) == 0)
			continue;
		commands++;
		ck_assert_str_eq(hint + strlen(hint) - strlen(end), end);
	}
	ck_assert_int_gt(commands, 40);
	rules_close(&rules);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("common/pg/hba_load");
	TCase *tc = tcase_create("hba_load");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, without_a_file);
	tcase_add_test(tc, without_entries);
	tcase_add_test(tc, absent_file);
	tcase_add_test(tc, only_a_bad_line);
	tcase_add_test(tc, empty_maps);
	tcase_add_test(tc, faults_of_all_files);
	tcase_add_test(tc, too_many_files);
	tcase_add_test(tc, too_many_files_end_it);
	tcase_add_test(tc, a_zero_byte_is_refused);
	tcase_add_test(tc, a_name_that_no_file_can_have);
	tcase_add_test(tc, addresses_of_hosts);
	tcase_add_test(tc, hint_is_whole);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
