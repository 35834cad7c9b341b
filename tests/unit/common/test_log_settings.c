/* SPDX-License-Identifier: ISC */
/*
 * test_log_settings: where postern.conf sends the log, and what it may not say.
 * Runs in: make check.
 */
#include "common/log_settings.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "common/config_row.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/log_sink.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

struct settings {
	struct log_settings log;
};

static const struct config_setting table[] = {
	LOG_SETTINGS_ROWS(log),
	{ .name = NULL }
};

static const struct instance instance = { .directory = "/d" };
static struct settings settings;
static struct fault_list faults;

static int
parse(const char *text)
{
	const struct config_text config = { "postern.conf", text,
		strlen(text) };

	memset(&faults, 0, sizeof(faults));
	if (instance_parse(&instance, table, &config, &settings, &faults) ==
	    -1)
		return -1;
	return log_settings_complete(&instance, &settings.log, &faults);
}

START_TEST(every_default_is_as_documented)
{
	ck_assert_int_eq(parse(""), 0);
	ck_assert_str_eq(settings.log.log_destination, "stderr");
	ck_assert_str_eq(settings.log.log_filename, "");
	ck_assert_str_eq(settings.log.syslog_ident, "postern");
	ck_assert_int_eq(settings.log.syslog_facility, LOG_LOCAL0);
	ck_assert_int_eq(settings.log.log_min_messages, LOG_LEVEL_WARNING);
}
END_TEST

static const struct good_row {
	const char *text;
	bool to_stderr, to_syslog, to_json;
	const char *filename;
	int facility;
} good_rows[] = {
	{ "", true, false, false, "", LOG_LOCAL0 },
	{ "log_destination = 'syslog'", false, true, false, "", LOG_LOCAL0 },
	{ "log_destination = 'stderr,syslog'", true, true, false, "", LOG_LOCAL0 },
	{ "log_destination = ' Syslog , STDERR '", true, true, false, "",
	    LOG_LOCAL0 },
	{ "log_filename = 'a/log'", true, false, false, "/d/a/log", LOG_LOCAL0 },
	{ "log_filename = '/a/log'", true, false, false, "/a/log", LOG_LOCAL0 },
	{ "syslog_facility = daemon", true, false, false, "", LOG_DAEMON },
	{ "syslog_facility = local7", true, false, false, "", LOG_LOCAL7 },
	{ "log_destination = 'jsonlog'\nlog_filename = 'a'", false, false,
	    true, "/d/a", LOG_LOCAL0 },
	{ "log_destination = 'jsonlog'", true, false, true, "", LOG_LOCAL0 },
	{ "log_destination = 'jsonlog,syslog'\nlog_filename = 'a'", false,
	    true, true, "/d/a", LOG_LOCAL0 },
};

START_TEST(the_log_goes_where_it_is_sent)
{
	const struct good_row *row = &good_rows[_i];
	struct log_sink_options options;

	ck_assert_msg(parse(row->text) == 0, "%s", row->text);
	log_settings_sink(&settings.log, &options);
	ck_assert(options.to_stderr == row->to_stderr);
	ck_assert(options.to_syslog == row->to_syslog);
	ck_assert(options.to_json == row->to_json);
	ck_assert_str_eq(options.line_prefix, "%m %b[%p]: ");
	ck_assert_str_eq(options.filename, row->filename);
	ck_assert_str_eq(options.ident, "postern");
	ck_assert_int_eq(options.facility, row->facility);
}
END_TEST

#define DESTINATIONS "Available values: stderr, syslog, jsonlog, or several"

static const struct bad_row {
	const char *text;	/* one line of postern.conf */
	const char *what, *detail, *hint;	/* a part of each */
} bad_rows[] = {
	{ "log_destination = ''",
	    "invalid value for parameter \"log_destination\": \"\"",
	    "List syntax is invalid. In file", DESTINATIONS },
	{ "log_destination = 'csvlog'",
	    "invalid value for parameter \"log_destination\": \"csvlog\"",
	    "Unrecognized key word: \"csvlog\"", DESTINATIONS },
	{ "log_destination = 'stderr,csvlog , syslog'",
	    "\"log_destination\"", "Unrecognized key word: \"csvlog\"",
	    DESTINATIONS },
	{ "log_destination = 'stderrsyslog'", "\"log_destination\"",
	    "Unrecognized key word: \"stderrsyslog\"", DESTINATIONS },
	{ "log_destination = 'stderr syslog'", "\"log_destination\"",
	    "List syntax is invalid.", DESTINATIONS },
	{ "log_destination = 'stderr,'", "\"log_destination\"",
	    "List syntax is invalid.", DESTINATIONS },
	{ "log_destination = ',stderr'", "\"log_destination\"",
	    "List syntax is invalid.", DESTINATIONS },
	{ "log_min_messages = loud",
	    "invalid value for parameter \"log_min_messages\": \"loud\"",
	    "line 1", "debug1, info, warning, error, log, fatal" },
	{ "log_line_prefix = '%m %x '",
	    "invalid value for parameter \"log_line_prefix\": \"%m %x \"",
	    "There is no escape \"%x\".", "Available escapes: %a " },
	{ "syslog_facility = kern", "\"syslog_facility\": \"kern\"", "line 1",
	    "local7, daemon" },
};

START_TEST(a_bad_line_is_refused_in_words)
{
	const struct bad_row *row = &bad_rows[_i];

	ck_assert_int_eq(parse(row->text), -1);
	ck_assert_uint_eq(faults.count, 1);
	ck_assert_ptr_nonnull(strstr(faults.item[0].what, row->what));
	ck_assert_ptr_nonnull(strstr(faults.item[0].detail, row->detail));
	ck_assert_ptr_nonnull(strstr(faults.item[0].hint, row->hint));
}
END_TEST

/* Descriptor 2 becomes a file whose text is what was said there. */
static FILE *
catch_stderr(void)
{
	FILE *file = tmpfile();

	ck_assert_int_eq(dup2(fileno(file), STDERR_FILENO), STDERR_FILENO);
	return file;
}

static const char *
said(FILE *file)
{
	static char text[4096];
	ssize_t len = pread(fileno(file), text, sizeof(text) - 1, 0);

	ck_assert_int_ge(len, 0);
	text[len] = '\0';
	return text;
}

START_TEST(the_terminal_is_told_plainly)
{
	FILE *file = catch_stderr();

	ck_assert_int_eq(parse("log_destination = syslog\n"
	    "log_min_messages = error"), 0);
	log_settings_open_terminal(&settings.log, "gate");
	log_write(LOG_LEVEL_WARNING, "too low");
	log_write(LOG_LEVEL_ERROR, "as it is");
	ck_assert_str_eq(said(file), "gate: ERROR:  as it is\n");
	fclose(file);
}
END_TEST

START_TEST(stderr_is_left_in_the_background_only)
{
	char name[] = "/tmp/test_log_settings.XXXXXX", text[128];
	int log = mkstemp(name);
	FILE *file = catch_stderr();
	struct fault fault;

	snprintf(text, sizeof(text), "log_filename = '%s'", name);
	ck_assert_int_eq(parse(text), 0);
	log_open("gate");
	ck_assert_int_eq(log_settings_open(&settings.log, true, &fault), 0);
	log_write(LOG_LEVEL_LOG, "in front");
	ck_assert_int_eq(log_settings_open(&settings.log, false, &fault), 0);
	log_write(LOG_LEVEL_LOG, "behind");
	ck_assert_ptr_nonnull(strstr(said(file), "in front"));
	ck_assert_ptr_null(strstr(said(file), "behind"));
	fclose(file);
	ck_assert_int_gt(pread(log, text, sizeof(text), 0), 0);
	close(log);
	unlink(name);
}
END_TEST

START_TEST(a_file_that_cannot_be_opened_is_a_fault)
{
	struct fault fault;

	ck_assert_int_eq(parse("log_filename = '/nonexistent/log'"), 0);
	ck_assert_int_eq(log_settings_open(&settings.log, true, &fault), -1);
	ck_assert_ptr_nonnull(strstr(fault.what, "\"/nonexistent/log\""));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log settings");
	TCase *tcase = tcase_create("log settings");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, every_default_is_as_documented);
	tcase_add_loop_test(tcase, the_log_goes_where_it_is_sent, 0,
	    LEN(good_rows));
	tcase_add_loop_test(tcase, a_bad_line_is_refused_in_words, 0,
	    LEN(bad_rows));
	tcase_add_test(tcase, the_terminal_is_told_plainly);
	tcase_add_test(tcase, stderr_is_left_in_the_background_only);
	tcase_add_test(tcase, a_file_that_cannot_be_opened_is_a_fault);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
