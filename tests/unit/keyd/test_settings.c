/* SPDX-License-Identifier: ISC */
/*
 * test_settings: what postern-keyd makes of postern.conf and its command line.
 * Runs in: make check.
 */
#include "keyd/settings.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/config.h"
#include "common/fault.h"
#include "common/secret.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static struct settings settings;
static struct fault_list faults;

static int
parse(const char *text, const char *directory, bool is_root,
    const char *assignment)
{
	const struct instance instance = { directory, &assignment,
		assignment != NULL, is_root };
	const struct config_text config = { "postern.conf", text,
		strlen(text) };

	memset(&settings, 0, sizeof(settings));
	memset(&faults, 0, sizeof(faults));
	return settings_parse(&instance, &config, &settings, &faults);
}

START_TEST(every_default_is_as_documented)
{
	ck_assert_int_eq(parse("", "/etc/postern", true, NULL), 0);
	ck_assert_str_eq(settings.instance.run_directory, "/run/postern");
	ck_assert_str_eq(settings.instance.key_socket,
	    "/run/postern/key/keyd.sock");
	ck_assert_str_eq(settings.ssl_key_file, "/etc/postern/server.key");
	ck_assert_str_eq(settings.ssl_passphrase_command, "");
	ck_assert_str_eq(settings.instance.user, "postern");
	ck_assert_str_eq(settings.instance.key_user, "postern-keyd");
	ck_assert_int_eq(settings.key_memory, SECRET_AUTO);
	ck_assert_int_eq(settings.signers, 0);
	ck_assert_int_eq(settings.max_key_connections, 256);
	ck_assert_int_eq(settings.max_signatures_per_second, 0);
	ck_assert_str_eq(settings.log.log_destination, "stderr");
	ck_assert_str_eq(settings.log.log_filename, "");
}
END_TEST

START_TEST(paths_are_absolute)
{
	ck_assert_int_eq(parse("run_directory = 'run'\nssl_key_file = 'a/b'\n"
	    "log_filename = 'log'", "/d", false, NULL), 0);
	ck_assert_str_eq(settings.instance.run_directory, "/d/run");
	ck_assert_str_eq(settings.instance.key_socket,
	    "/d/run/key/keyd.sock");
	ck_assert_str_eq(settings.ssl_key_file, "/d/a/b");
	ck_assert_str_eq(settings.log.log_filename, "/d/log");
	ck_assert_int_eq(parse("ssl_key_file = '/x/y'", "/d", false, NULL),
	    0);
	ck_assert_str_eq(settings.ssl_key_file, "/x/y");
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
	{ "max_signatures_per_second = 1000001", "1000001 is outside",
	    "line 1", "" },
	{ "key_memory = none", "\"key_memory\"", "", "auto, secret, locked" },
	{ "user = ''", "\"user\": \"\"", "must not be empty", "" },
	{ "dial_user = ''", "\"dial_user\": \"\"", "must not be empty", "" },
	{ "key_user = ''", "\"key_user\": \"\"", "must not be empty", "" },
	{ "ssl_key_file = ''", "\"ssl_key_file\": \"\"",
	    "must not be empty", "" },
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
	char directory[HANDOFF_PATH_MAX];

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
	tcase_add_test(tcase, paths_are_absolute);
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
