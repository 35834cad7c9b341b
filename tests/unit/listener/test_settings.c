/* SPDX-License-Identifier: ISC */
/*
 * test_settings: postern.conf's defaults, what follows from them, and what is
 * refused.
 */
#include "listener/settings.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config.h"
#include "common/fault.h"
#include "common/log.h"

static struct settings settings;
static struct fault_list faults;
static struct instance instance;

static int
parse(const char *text)
{
	struct config_text config = { .path = "/etc/postern/postern.conf",
		.bytes = text, .len = strlen(text) };

	memset(&faults, 0, sizeof(faults));
	return settings_parse(&instance, &config, &settings, &faults);
}

static void
setup(void)
{
	memset(&instance, 0, sizeof(instance));
	instance.directory = "/etc/postern";
	instance.is_root = true;
}

START_TEST(test_defaults)
{
	ck_assert_msg(parse("") == 0, "%s", faults.item[0].what);
	ck_assert_str_eq(settings.listen_addresses, "localhost");
	ck_assert_int_eq(settings.port, 5432);
	ck_assert_str_eq(settings.backend_host, "/var/run/postgresql");
	ck_assert_int_eq(settings.backend_port, 5432);
	ck_assert_str_eq(settings.backend_cert_host, "");
	ck_assert_int_eq(settings.backend_cert_port, 5432);
	ck_assert_str_eq(settings.cert_user, "postern-cert");
	ck_assert_int_eq(settings.backend_connect_timeout, 10000);
	ck_assert_int_ge(settings.workers, 1);
	ck_assert_str_eq(settings.instance.user, "postern");
	ck_assert_int_eq(settings.worker.max_connections, 100);
	ck_assert_int_eq(settings.worker.authentication_timeout, 60);
	ck_assert_int_eq(settings.worker.key_timeout, 10000);
	ck_assert_int_eq(settings.worker.ssl, 1);
	ck_assert_int_eq(settings.worker.ssl_prefer_server_ciphers, 1);
	ck_assert_int_eq(settings.worker.ssl_min_protocol_version, 0x0303);
	ck_assert_int_eq(settings.worker.ssl_max_protocol_version, 0);
	ck_assert_str_eq(settings.worker.ssl_groups, "X25519:prime256v1");
	ck_assert_str_eq(settings.worker.ssl_cert_file,
	    "/etc/postern/server.crt");
	ck_assert_int_eq(settings.worker.log_min_messages, LOG_LEVEL_WARNING);
	ck_assert_str_eq(settings.log.log_destination, "stderr");
	ck_assert_str_eq(settings.log.log_filename, "");
}
END_TEST

START_TEST(test_one_server_has_one_port)
{
	ck_assert_int_eq(parse("backend_port = 6001\n"), 0);
	ck_assert_int_eq(settings.backend_cert_port, 6001);
	ck_assert_int_eq(parse("backend_port = 6001\n"
	    "backend_cert_port = 6002\n"), 0);
	ck_assert_int_eq(settings.backend_port, 6001);
	ck_assert_int_eq(settings.backend_cert_port, 6002);
}
END_TEST

START_TEST(test_workers_know_the_places)
{
	instance.directory = "/srv/gate";
	ck_assert_int_eq(parse("run_directory = run\nssl_cert_file = a/b\n"
	    "log_filename = log\nlog_min_messages = fatal\n"), 0);
	ck_assert_str_eq(settings.worker.data_directory, "/srv/gate");
	ck_assert_str_eq(settings.worker.key_socket,
	    "/srv/gate/run/key/keyd.sock");
	ck_assert_str_eq(settings.worker.ssl_cert_file, "/srv/gate/a/b");
	ck_assert_int_eq(settings.worker.log_min_messages, LOG_LEVEL_FATAL);
	ck_assert_str_eq(settings.log.log_filename, "/srv/gate/log");
}
END_TEST

struct refusal {
	const char *proves;
	const char *text;
	const char *accepted;	/* beside it; NULL for none */
	const char *what;	/* begins so */
	const char *hint;	/* contains it; NULL */
};

static const struct refusal refusals[] = {
	{ "an unknown name", "ssl_certfile = x", "ssl_cert_file = x",
	    "unrecognized configuration parameter", "ssl_cert_file" },
	{ "TLS 1.0", "ssl_min_protocol_version = TLSv1",
	    "ssl_min_protocol_version = TLSv1.2",
	    "invalid value for parameter \"ssl_min_protocol_version\": "
	    "\"TLSv1\"", "TLSv1.2, TLSv1.3" },
	{ "TLS 1.1", "ssl_min_protocol_version = 'TLSv1.1'",
	    "ssl_min_protocol_version = 'tlsv1.3'",
	    "invalid value for parameter \"ssl_min_protocol_version\": "
	    "\"TLSv1.1\"", "TLSv1.2, TLSv1.3" },
	{ "SSL 3 at most", "ssl_max_protocol_version = 'SSLv3'",
	    "ssl_max_protocol_version = ''",
	    "invalid value for parameter \"ssl_max_protocol_version\": "
	    "\"SSLv3\"", "TLSv1.2, TLSv1.3" },
	{ "the least above the most",
	    "ssl_min_protocol_version = 'TLSv1.3'\n"
	    "ssl_max_protocol_version = 'TLSv1.2'\n",
	    "ssl_min_protocol_version = 'TLSv1.2'\n"
	    "ssl_max_protocol_version = 'TLSv1.2'\n",
	    "could not set SSL protocol version range", NULL },
	{ "port 0", "port = 0", "port = 1", "0 is outside the valid range",
	    NULL },
	{ "a port too high", "port = 65536", "port = 65535",
	    "65536 is outside the valid range", NULL },
	{ "an endless login", "authentication_timeout = 11min",
	    "authentication_timeout = 10min", "660 s is outside", NULL },
	{ "too many workers", "workers = 65", "workers = 64",
	    "65 is outside the valid range", NULL },
	{ "names from a name service", "log_hostname = on",
	    "log_hostname = off", "parameter \"log_hostname\" cannot be on",
	    "off" },
	{ "no file of rules", "hba_file = ''", "hba_file = a",
	    "invalid value for parameter \"hba_file\": \"\"", NULL },
	{ "no file of maps", "ident_file = ''", "ident_file = a",
	    "invalid value for parameter \"ident_file\": \"\"", NULL },
	{ "a certificate that is neither asked for nor demanded",
	    "ssl_client_cert = off", "ssl_client_cert = require",
	    "invalid value for parameter \"ssl_client_cert\": \"off\"",
	    "require, request" },
	{ "no user for certificates", "cert_user = ''", "cert_user = a",
	    "invalid value for parameter \"cert_user\": \"\"", NULL },
	{ "no certificate file", "ssl_cert_file = ''", "ssl_cert_file = a",
	    "parameter \"ssl_cert_file\" is empty", "\"ssl\" to off" },
};

START_TEST(test_refusals)
{
	const struct refusal *c = &refusals[_i];

	ck_assert_msg(parse(c->accepted) == 0, "beside \"%s\": %s", c->proves,
	    faults.item[0].what);
	ck_assert_msg(parse(c->text) == -1, "%s: accepted", c->proves);
	ck_assert_uint_eq(faults.count, 1);
	ck_assert_msg(strncmp(faults.item[0].what, c->what,
	    strlen(c->what)) == 0, "%s: %s", c->proves, faults.item[0].what);
	if (c->hint != NULL)
		ck_assert_msg(strstr(faults.item[0].hint, c->hint) != NULL,
		    "%s: %s", c->proves, faults.item[0].hint);
}
END_TEST

struct access_row {
	const char *proves;
	const char *text;
	const char *ca, *crl;
	bool is_ca_optional, is_crl_optional;
	int required;
};

static const struct access_row access_rows[] = {
	{ "by presence alone, root.crt is demanded", "",
	    "/etc/postern/root.crt", "/etc/postern/root.crl", true, true, 1 },
	{ "by presence, asked for", "ssl_client_cert = request",
	    "/etc/postern/root.crt", "/etc/postern/root.crl", true, true, 0 },
	{ "a file that is named must be there", "ssl_ca_file = 'root.crt'",
	    "/etc/postern/root.crt", "/etc/postern/root.crl", false, true, 0 },
	{ "named and demanded",
	    "ssl_ca_file = '/ca'\nssl_client_cert = require",
	    "/ca", "/etc/postern/root.crl", false, true, 1 },
	{ "none", "ssl_ca_file = ''\nssl_crl_file = ''", "", "", false, false,
	    0 },
	{ "a list that is named", "ssl_crl_file = crl/a",
	    "/etc/postern/root.crt", "/etc/postern/crl/a", true, false, 1 },
};

START_TEST(test_authorities)
{
	const struct access_row *c = &access_rows[_i];

	ck_assert_msg(parse(c->text) == 0, "%s", faults.item[0].what);
	ck_assert_str_eq(settings.worker.ssl_ca_file, c->ca);
	ck_assert_str_eq(settings.worker.ssl_crl_file, c->crl);
	ck_assert_str_eq(settings.worker.ssl_crl_dir, "");
	ck_assert_msg(settings.is_ca_optional == c->is_ca_optional &&
	    settings.is_crl_optional == c->is_crl_optional, "%s", c->proves);
	ck_assert_msg(settings.worker.ssl_client_cert_required == c->required,
	    "%s", c->proves);
}
END_TEST

START_TEST(test_files_of_rules)
{
	ck_assert_int_eq(parse(""), 0);
	ck_assert_str_eq(settings.hba_file, "/etc/postern/pg_hba.conf");
	ck_assert_str_eq(settings.ident_file, "/etc/postern/pg_ident.conf");
	ck_assert(settings.is_hba_optional && settings.is_ident_optional);
	ck_assert_int_eq(parse("hba_file = rules\nident_file = '/maps'\n"
	    "ssl_crl_dir = crls\n"), 0);
	ck_assert_str_eq(settings.hba_file, "/etc/postern/rules");
	ck_assert_str_eq(settings.ident_file, "/maps");
	ck_assert_str_eq(settings.worker.ssl_crl_dir, "/etc/postern/crls");
	ck_assert(!settings.is_hba_optional && !settings.is_ident_optional);
}
END_TEST

START_TEST(test_overrides_win_and_their_errors_are_told)
{
	static const char *const good[] = { "port=6000", "ssl=off" };
	static const char *const bad[] = { "port=x", "nonsense=1" };

	instance.assignments = good;
	instance.assignments_len = 2;
	ck_assert_int_eq(parse("port = 7000\nbackend_port = 7001\n"), 0);
	ck_assert_int_eq(settings.port, 6000);
	ck_assert_int_eq(settings.backend_port, 7001);
	ck_assert_int_eq(settings.worker.ssl, 0);
	instance.assignments = bad;
	ck_assert_int_eq(parse("workers = none\n"), -1);
	ck_assert_uint_eq(faults.count, 3);
}
END_TEST

START_TEST(test_keyd_settings_are_known)
{
	ck_assert_int_eq(parse("ssl_key_file = 'server.key'\n"
	    "ssl_passphrase_command = 'cat x'\nsigners = 2\nkey_user = k\n"),
	    0);
}
END_TEST

/* The sample with its parameters' hash signs taken off. */
static char *
read_sample(void)
{
	FILE *file = fopen(SAMPLE, "r");
	char *text = calloc(1, 65536);
	char line[1024];

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file) != NULL)
		strcat(text, line[0] == '#' && line[1] != ' ' ? line + 1 :
		    line);
	fclose(file);
	return text;
}

START_TEST(test_the_sample_shows_the_defaults)
{
	struct settings defaults;
	char *sample = read_sample();

	ck_assert_int_eq(parse(""), 0);
	defaults = settings;
	ck_assert_ptr_nonnull(strstr(sample, "\nlisten_addresses = "));
	ck_assert_msg(parse(sample) == 0, "%s", faults.item[0].what);
	ck_assert_mem_eq(&settings, &defaults, sizeof(settings));
	free(sample);
}
END_TEST

START_TEST(test_the_older_name_of_groups)
{
	ck_assert_int_eq(parse("ssl_ecdh_curve = 'prime256v1'\n"), 0);
	ck_assert_str_eq(settings.worker.ssl_groups, "prime256v1");
}
END_TEST

static const struct fixed_row {
	const char *line;
	const char *name;	/* NULL: a reload may change it */
} fixed_rows[] = {
	{ "backend_host = '127.0.0.1'", "backend_host" },
	{ "backend_cert_host = '/tmp'", "backend_cert_host" },
	{ "backend_cert_port = 7000", "backend_cert_port" },
	{ "backend_connect_timeout = 1s", "backend_connect_timeout" },
	{ "run_directory = '/tmp/run'", "run_directory" },
	{ "key_socket = '/tmp/key'", "key_socket" },
	{ "user = 'nobody'", "user" },
	{ "dial_user = 'nobody'", "dial_user" },
	{ "cert_user = 'nobody'", "cert_user" },
	{ "key_user = 'nobody'", "key_user" },
	{ "backend_host = '/var/run/postgresql'", NULL },
	{ "port = 6000", NULL },
	{ "listen_addresses = '*'", NULL },
	{ "workers = 3", NULL },
	{ "ssl = off", NULL },
	{ "ssl_cert_file = 'other.crt'", NULL },
	{ "log_min_messages = info", NULL },
};

START_TEST(test_what_a_reload_may_change)
{
	const struct fixed_row *row = &fixed_rows[_i];
	struct settings before;
	char what[128];

	ck_assert_int_eq(parse(""), 0);
	before = settings;
	ck_assert_int_eq(parse(row->line), 0);
	/* One change may move another setting: key_socket's directory. */
	ck_assert_int_eq(settings_check_fixed(&before, &settings, &faults),
	    row->name == NULL ? 0 : -1);
	if (row->name == NULL)
		return;
	snprintf(what, sizeof(what), "parameter \"%s\" cannot be changed "
	    "without restarting the server", row->name);
	ck_assert_str_eq(faults.item[0].what, what);
	ck_assert_str_eq(faults.item[0].sqlstate, "55P02");
}
END_TEST

START_TEST(test_an_absent_file_is_told)
{
	memset(&faults, 0, sizeof(faults));
	instance.directory = "/nonexistent";
	ck_assert_int_eq(settings_read(&instance, &settings, &faults), -1);
	ck_assert_uint_eq(faults.count, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("settings");
	TCase *tc = tcase_create("settings");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, test_defaults);
	tcase_add_test(tc, test_one_server_has_one_port);
	tcase_add_test(tc, test_workers_know_the_places);
	tcase_add_loop_test(tc, test_refusals, 0,
	    sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_loop_test(tc, test_authorities, 0,
	    sizeof(access_rows) / sizeof(access_rows[0]));
	tcase_add_test(tc, test_files_of_rules);
	tcase_add_test(tc, test_overrides_win_and_their_errors_are_told);
	tcase_add_test(tc, test_keyd_settings_are_known);
	tcase_add_test(tc, test_the_sample_shows_the_defaults);
	tcase_add_test(tc, test_the_older_name_of_groups);
	tcase_add_loop_test(tc, test_what_a_reload_may_change, 0,
	    sizeof(fixed_rows) / sizeof(fixed_rows[0]));
	tcase_add_test(tc, test_an_absent_file_is_told);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
