/* SPDX-License-Identifier: ISC */
/*
 * test_trust: which files of authorities and revocation lists are used, and
 * what is refused about them.
 */
#include "listener/trust.h"

#include <sys/stat.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "listener/settings.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const char *const made[] = { "root.crt", "root.crl", "empty",
	"crls/0123abcd.r0", "crls/0123abcd.r1", "crls/0123abcd.0",
	"crls/README", "bare/README" };

static char top[64];
static struct settings settings;
static struct trust trust;
static struct fault fault;
static struct fault_list faults;

static void
path_of(const char *name, char *out, size_t size)
{
	snprintf(out, size, "%s/%s", top, name);
}

/* A file's text is its name. */
static void
make_file(const char *name)
{
	char path[128];
	FILE *file;

	path_of(name, path, sizeof(path));
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	if (strcmp(name, "empty") != 0)
		fputs(name, file);
	fclose(file);
	ck_assert_int_eq(chmod(path, 0644), 0);
}

static void
remove_file(const char *name)
{
	char path[128];

	path_of(name, path, sizeof(path));
	(void)remove(path);
}

static void
make_directory(const char *name)
{
	char path[128];

	path_of(name, path, sizeof(path));
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

static void
set_up(void)
{
	int i;

	strcpy(top, "/tmp/postern-trust-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	ck_assert_int_eq(chmod(top, 0755), 0);
	make_directory("crls");
	make_directory("bare");
	for (i = 0; i < LEN(made); i++)
		make_file(made[i]);
	memset(&trust, 0, sizeof(trust));
}

static void
tear_down(void)
{
	int i;

	trust_close(&trust);
	for (i = 0; i < LEN(made); i++)
		remove_file(made[i]);
	remove_file("crls");
	remove_file("bare");
	rmdir(top);
}

/* postern.conf's text becomes what is read. */
static int
read_as(const char *text)
{
	struct config_text config = { .path = "postern.conf", .bytes = text,
		.len = strlen(text) };
	struct instance instance = { .directory = top };

	memset(&faults, 0, sizeof(faults));
	ck_assert_msg(settings_parse(&instance, &config, &settings,
	    &faults) == 0, "%s", faults.item[0].what);
	if (trust_read(&settings, &trust, &faults) == 0)
		return 0;
	fault = faults.item[0];
	return -1;
}

static const char *
text_of(const struct textfile *file)
{
	return file->bytes == NULL ? "" : file->bytes;
}

struct choice {
	const char *proves;
	const char *text;
	const char *absent;	/* a file that is not there; NULL */
	const char *ca, *crl;	/* bytes */
	int required;
};

static const struct choice choices[] = {
	{ "what is present is used, and demanded", "", NULL, "root.crt",
	    "root.crl", 1 },
	{ "no list", "", "root.crl", "root.crt", "", 1 },
	{ "no authority, no list", "", "root.crt", "", "", 0 },
	{ "what is named is asked for", "ssl_ca_file = root.crt", NULL,
	    "root.crt", "root.crl", 0 },
	{ "the list is not wanted", "ssl_crl_file = ''", NULL, "root.crt", "",
	    1 },
	{ "nobody is asked", "ssl_ca_file = ''", NULL, "", "", 0 },
	{ "without SSL nobody can be asked",
	    "ssl = off\nssl_client_cert = require", NULL, "", "", 0 },
};

START_TEST(test_choices)
{
	const struct choice *c = &choices[_i];
	bool asks = c->ca[0] != '\0';

	if (c->absent != NULL)
		remove_file(c->absent);
	ck_assert_msg(read_as(c->text) == 0, "%s: %s", c->proves, fault.what);
	ck_assert_msg(strcmp(text_of(&trust.ca), c->ca) == 0, "%s: %s",
	    c->proves, text_of(&trust.ca));
	ck_assert_msg(strcmp(text_of(&trust.crl), c->crl) == 0, "%s: %s",
	    c->proves, text_of(&trust.crl));
	ck_assert_msg((settings.worker.ssl_ca_file[0] != '\0') == asks, "%s",
	    c->proves);
	ck_assert_msg((settings.worker.ssl_crl_file[0] != '\0') ==
	    (c->crl[0] != '\0'), "%s", c->proves);
	ck_assert_msg(settings.worker.ssl_client_cert_required == c->required,
	    "%s", c->proves);
}
END_TEST

struct refusal {
	const char *proves;
	const char *text;
	const char *what;	/* contains it */
};

static const struct refusal refusals[] = {
	{ "an authority that is named must be there", "ssl_ca_file = none",
	    "none\": No such file or directory" },
	{ "so must a list", "ssl_crl_file = none",
	    "could not load SSL certificate revocation list file \"" },
	{ "and a directory", "ssl_crl_dir = none",
	    "could not load SSL certificate revocation list directory \"" },
	{ "no certificate is no authority", "ssl_ca_file = empty",
	    "could not load root certificate file \"" },
	{ "no bytes are no list", "ssl_crl_file = empty", "it is empty" },
	{ "a directory without lists", "ssl_crl_dir = bare",
	    "it has no revocation list" },
	{ "demanded, but by whom signed?",
	    "ssl_ca_file = ''\nssl_client_cert = require",
	    "client certificates can only be checked" },
};

START_TEST(test_refusals)
{
	const struct refusal *c = &refusals[_i];

	ck_assert_msg(read_as(c->text) == -1, "%s: accepted", c->proves);
	ck_assert_msg(strstr(fault.what, c->what) != NULL, "%s: %s", c->proves,
	    fault.what);
}
END_TEST

START_TEST(test_every_fault_is_told)
{
	ck_assert_int_eq(read_as("ssl_ca_file = none\nssl_crl_file = empty\n"
	    "ssl_crl_dir = bare"), -1);
	ck_assert_uint_eq(faults.count, 3);
	ck_assert_ptr_null(trust.ca.bytes);
	ck_assert_ptr_null(trust.crl.bytes);
	ck_assert_int_eq(read_as("ssl_crl_file = empty"), -1);
	ck_assert_uint_eq(faults.count, 1);
	ck_assert_str_eq(text_of(&trust.ca), "root.crt");
}
END_TEST

START_TEST(test_a_directory_is_all_its_lists)
{
	ck_assert_msg(read_as("ssl_crl_dir = crls") == 0, "%s", fault.what);
	ck_assert_uint_eq(trust.crl_dir.len, strlen(trust.crl_dir.bytes));
	ck_assert_ptr_nonnull(strstr(trust.crl_dir.bytes,
	    "crls/0123abcd.r0\n"));
	ck_assert_ptr_nonnull(strstr(trust.crl_dir.bytes,
	    "crls/0123abcd.r1\n"));
	ck_assert_uint_eq(trust.crl_dir.len, 2 * strlen("crls/0123abcd.r0\n"));
}
END_TEST

struct name_row {
	const char *name;
	bool is_crl;
};

static const struct name_row name_rows[] = {
	{ "0123abcd.r0", true }, { "0123ABCD.r12", true },
	{ "0123abcd.0", false }, { "0123abcd.r", false },
	{ "0123abcd.r0x", false }, { "0123abcg.r0", false },
	{ "0123abc.r0", false }, { "0123abcde.r0", false }, { "", false },
};

START_TEST(test_names)
{
	const struct name_row *c = &name_rows[_i];

	ck_assert_msg(trust_is_crl_name(c->name) == c->is_crl, "%s", c->name);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("trust");
	TCase *tc = tcase_create("trust");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, test_choices, 0, LEN(choices));
	tcase_add_loop_test(tc, test_refusals, 0, LEN(refusals));
	tcase_add_test(tc, test_every_fault_is_told);
	tcase_add_test(tc, test_a_directory_is_all_its_lists);
	tcase_add_loop_test(tc, test_names, 0, LEN(name_rows));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
