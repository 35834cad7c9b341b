/* SPDX-License-Identifier: ISC */
/*
 * test_settings: what postern-keyd makes of postern.conf and its command line.
 * Runs in: make check.
 */
#include "keyd/settings.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "common/config.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/log_sink.h"
#include "common/secret.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static struct settings settings;
static struct fault_list faults;

static int
parse(const char *text, const char *directory, bool is_root,
    const char *assignment)
{
	const struct settings_source source = { directory, &assignment,
		assignment != NULL, is_root };
	const struct config_text config = { "postern.conf", text,
		strlen(text) };

	memset(&settings, 0, sizeof(settings));
	memset(&faults, 0, sizeof(faults));
	return settings_parse(&source, &config, &settings, &faults);
}

START_TEST(every_default_is_as_documented)
{
	ck_assert_int_eq(parse("", "/etc/postern", true, NULL), 0);
	ck_assert_str_eq(settings.run_directory, "/run/postern");
	ck_assert_str_eq(settings.key_socket, "/run/postern/key/keyd.sock");
	ck_assert_str_eq(settings.ssl_key_file, "/etc/postern/server.key");
	ck_assert_str_eq(settings.ssl_passphrase_command, "");
	ck_assert_str_eq(settings.user, "postern");
	ck_assert_str_eq(settings.key_user, "postern-keyd");
	ck_assert_int_eq(settings.key_memory, SECRET_AUTO);
	ck_assert_int_eq(settings.signers, 0);
	ck_assert_int_eq(settings.max_key_connections, 256);
	ck_assert_str_eq(settings.log_filename, "");
	ck_assert_int_eq(settings.syslog_facility, LOG_LOCAL0);
	ck_assert_int_eq(settings.log_min_messages, LOG_LEVEL_WARNING);
}
END_TEST

static const struct path_row {
	const char *sentence;
	const char *directory;
	bool is_root;
	const char *text;
	const char *run_directory, *key_socket, *ssl_key_file;
} path_rows[] = {
	{ "another directory of root's has a run directory of its own",
	    "/srv/gate", true, "", "/run/postern-gate",
	    "/run/postern-gate/key/keyd.sock", "/srv/gate/server.key" },
	{ "a user's run directory is the data directory",
	    "/home/me/postern", false, "", "/home/me/postern",
	    "/home/me/postern/key/keyd.sock", "/home/me/postern/server.key" },
	{ "absolute names stay", "/etc/postern", true,
	    "run_directory = '/r'\nkey_socket = '/k/s'\n"
	    "ssl_key_file = '/x/y'", "/r", "/k/s", "/x/y" },
	{ "relative names begin where they belong", "/d", false,
	    "run_directory = 'run'\nkey_socket = 's'\nssl_key_file = 'a/b'",
	    "/d/run", "/d/run/s", "/d/a/b" },
};

START_TEST(paths_are_absolute)
{
	const struct path_row *row = &path_rows[_i];

	ck_assert_msg(parse(row->text, row->directory, row->is_root, NULL) ==
	    0, "%s", row->sentence);
	ck_assert_str_eq(settings.run_directory, row->run_directory);
	ck_assert_str_eq(settings.key_socket, row->key_socket);
	ck_assert_str_eq(settings.ssl_key_file, row->ssl_key_file);
}
END_TEST

static const struct log_row {
	const char *text;
	bool to_stderr, to_syslog;
} log_rows[] = {
	{ "", true, false },
	{ "log_destination = 'syslog'", false, true },
	{ "log_destination = 'stderr,syslog'", true, true },
	{ "log_destination = ' Syslog , STDERR '", true, true },
};

START_TEST(the_log_goes_where_it_is_sent)
{
	struct log_sink_options options;

	ck_assert_int_eq(parse(log_rows[_i].text, "/d", false, NULL), 0);
	settings_log_options(&settings, &options);
	ck_assert(options.to_stderr == log_rows[_i].to_stderr);
	ck_assert(options.to_syslog == log_rows[_i].to_syslog);
	ck_assert_str_eq(options.ident, "postern");
}
END_TEST

START_TEST(the_command_line_comes_last)
{
	ck_assert_int_eq(parse("signers = 3", "/d", false, "signers=5"), 0);
	ck_assert_int_eq(settings.signers, 5);
	ck_assert_int_eq(parse("signers = 3", "/d", false, NULL), 0);
	ck_assert_int_eq(settings.signers, 3);
}
END_TEST

START_TEST(settings_of_the_listener_are_known)
{
	ck_assert_int_eq(parse("port = 5433\nlisten_addresses = '*'\n"
	    "ssl = off\nssl_cert_file = 'x'\nbackend_host = '/tmp'", "/d",
	    false, NULL), 0);
}
END_TEST

static const struct bad_row {
	const char *text;	/* one line of postern.conf */
	const char *what, *detail, *hint;	/* a part of each */
} bad_rows[] = {
	{ "signers = 65", "65 is outside the valid range", "line 1", "" },
	{ "signers = -1", "-1 is outside the valid range", "line 1", "" },
	{ "max_key_connections = 0", "0 is outside", "line 1", "" },
	{ "key_memory = none", "\"key_memory\"", "", "auto, secret, locked" },
	{ "user = ''", "\"user\": \"\"", "must not be empty", "" },
	{ "key_user = ''", "\"key_user\": \"\"", "must not be empty", "" },
	{ "ssl_key_file = ''", "\"ssl_key_file\": \"\"",
	    "must not be empty", "" },
	{ "log_destination = ''", "\"log_destination\"", "line 1",
	    "stderr, syslog, or both" },
	{ "log_destination = 'stderr,csvlog'", "\"log_destination\"",
	    "Unrecognized key word: \"csvlog\"", "stderr, syslog, or both" },
	{ "log_destination = 'stderrsyslog'", "\"log_destination\"",
	    "Unrecognized key word", "" },
	{ "ssl_passphrase_command = 'a %x b'", "\"ssl_passphrase_command\"",
	    "unexpected placeholder \"%x\"", "" },
	{ "ssl_passphrase_command = 'a %%%'", "\"ssl_passphrase_command\"",
	    "ends unexpectedly with escape character \"%\"", "" },
	{ "signer = 1", "unrecognized configuration parameter \"signer\"",
	    "line 1", "signers" },
};

START_TEST(a_bad_line_is_refused_in_words)
{
	const struct bad_row *row = &bad_rows[_i];

	ck_assert_int_eq(parse(row->text, "/d", false, NULL), -1);
	ck_assert_uint_eq(faults.count, 1);
	ck_assert_ptr_nonnull(strstr(faults.item[0].what, row->what));
	ck_assert_ptr_nonnull(strstr(faults.item[0].detail, row->detail));
	ck_assert_ptr_nonnull(strstr(faults.item[0].hint, row->hint));
}
END_TEST

START_TEST(a_command_may_have_both_placeholders)
{
	ck_assert_int_eq(parse("ssl_passphrase_command = 'ask \"%p\" 100%%'",
	    "/d", false, NULL), 0);
	ck_assert_str_eq(settings.ssl_passphrase_command, "ask \"%p\" 100%%");
}
END_TEST

START_TEST(a_path_that_becomes_too_long_is_refused)
{
	char directory[SETTINGS_PATH_MAX];

	memset(directory, 'd', sizeof(directory));
	directory[0] = '/';
	directory[sizeof(directory) - sizeof("/server.key")] = '\0';
	ck_assert_int_eq(parse("run_directory = '/r'", directory, false,
	    NULL), 0);
	directory[sizeof(directory) - sizeof("/server.key")] = 'd';
	directory[sizeof(directory) - sizeof("/server.key") + 1] = '\0';
	ck_assert_int_eq(parse("run_directory = '/r'", directory, false,
	    NULL), -1);
	ck_assert_ptr_nonnull(strstr(faults.item[0].what, "\"ssl_key_file\""));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("keyd settings");
	TCase *tcase = tcase_create("settings");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, every_default_is_as_documented);
	tcase_add_loop_test(tcase, paths_are_absolute, 0, LEN(path_rows));
	tcase_add_loop_test(tcase, the_log_goes_where_it_is_sent, 0,
	    LEN(log_rows));
	tcase_add_test(tcase, the_command_line_comes_last);
	tcase_add_test(tcase, settings_of_the_listener_are_known);
	tcase_add_loop_test(tcase, a_bad_line_is_refused_in_words, 0,
	    LEN(bad_rows));
	tcase_add_test(tcase, a_command_may_have_both_placeholders);
	tcase_add_test(tcase, a_path_that_becomes_too_long_is_refused);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
