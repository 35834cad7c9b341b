/* SPDX-License-Identifier: ISC */
/*
 * rules: access rules from texts in a test, and the faults that came of them.
 */
#include "tests/unit/common/pg/rules.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/pg/hba_image.h"

static struct rules_file *
find(struct rules *rules, const char *path)
{
	size_t i;

	for (i = 0; i < rules->files_len; i++) {
		if (strcmp(rules->files[i].path, path) == 0)
			return &rules->files[i];
	}
	return NULL;
}

void
rules_add(struct rules *rules, const char *name, const char *text)
{
	struct rules_file *file;
	char path[256], *longer;
	size_t len;

	snprintf(path, sizeof(path), RULES_DIRECTORY "%s", name);
	file = find(rules, path);
	if (file == NULL) {
		ck_assert_uint_lt(rules->files_len, RULES_FILES_MAX);
		file = &rules->files[rules->files_len++];
		memcpy(file->path, path, sizeof(path));
		file->text = strdup("");
	}
	len = strlen(file->text);
	longer = realloc(file->text, len + strlen(text) + 1);
	ck_assert_ptr_nonnull(longer);
	strcpy(longer + len, text);
	file->text = longer;
}

static int
read_file(void *owner, const char *path, char **out, size_t *out_len,
    struct fault *fault)
{
	struct rules_file *file = find(owner, path);

	if (file == NULL) {
		errno = ENOENT;
		return fault_set(fault, "could not open file \"%s\": %m",
		    path);
	}
	*out = strdup(file->text);
	*out_len = strlen(file->text);
	return 0;
}

/* In the order in which they were added, last one first. */
static int
list_directory(void *owner, const char *path, char **out, size_t *out_len,
    struct fault *fault)
{
	struct rules *rules = owner;
	size_t i, len = strlen(path), used = 0;
	char *names = malloc(4096);
	const char *name;

	for (i = rules->files_len; i > 0; i--) {
		name = rules->files[i - 1].path;
		if (strncmp(name, path, len) != 0 || name[len] != '/')
			continue;
		strcpy(names + used, name + len + 1);
		used += strlen(name + len + 1) + 1;
	}
	if (used == 0) {
		free(names);
		errno = ENOENT;
		return fault_set(fault, "could not open configuration "
		    "directory \"%s\": %m", path);
	}
	*out = names;
	*out_len = used;
	return 0;
}

static void
take(void *owner, enum hba_severity severity, const struct fault *fault)
{
	struct rules *rules = owner;

	ck_assert_uint_lt(rules->faults_len, RULES_FAULTS_MAX);
	rules->severities[rules->faults_len] = severity;
	rules->faults[rules->faults_len++] = *fault;
}

int
rules_load(struct rules *rules)
{
	const struct hba_files files = { .read = read_file,
		.list = list_directory, .owner = rules };
	struct hba_load_options options = {
		.hba_path = RULES_DIRECTORY "pg_hba.conf",
		.parse = { .ssl = !rules->without_ssl,
		.resolve = rules->resolve },
		.interfaces = rules->interfaces,
		.interfaces_len = rules->interfaces_len };
	struct fault fault = { 0 };

	rules->sink.take = take;
	rules->sink.owner = rules;
	if (find(rules, RULES_DIRECTORY "pg_ident.conf") != NULL)
		options.ident_path = RULES_DIRECTORY "pg_ident.conf";
	if (hba_load_image(&options, &files, &rules->sink,
	    &rules->image_bytes, &rules->image_len) == -1)
		return -1;
	rules->image = hba_image_open(rules->image_bytes, rules->image_len,
	    &fault);
	ck_assert_msg(rules->image != NULL, "%s", fault.what);
	return hba_match_open(&rules->match, rules->image, &rules->sink);
}

void
rules_close(struct rules *rules)
{
	size_t i;

	hba_match_close(&rules->match);
	free(rules->image_bytes);
	for (i = 0; i < rules->files_len; i++)
		free(rules->files[i].text);
	memset(rules, 0, sizeof(*rules));
}

static void
set_san(struct rules_facts *out, const char *value)
{
	static const char *const types[HBA_SAN_TYPES] = {
		[HBA_SAN_DNS] = "DNS:", [HBA_SAN_EMAIL] = "email:",
		[HBA_SAN_URI] = "URI:" };
	struct hba_san *san = &out->sans[out->certificate.sans_len++];
	int i;

	for (i = HBA_SAN_DNS; i < HBA_SAN_TYPES; i++) {
		if (strncmp(value, types[i], strlen(types[i])) == 0) {
			san->type = (enum hba_san_type)i;
			san->name = value + strlen(types[i]);
		}
	}
	ck_assert_ptr_nonnull(san->name);
}

static void
set_fact(struct rules_facts *out, const char *name, char *value)
{
	struct hba_facts *facts = &out->facts;
	char *p;

	for (p = value; *p != '\0'; p++) {
		if (*p == '~')
			*p = ' ';
	}
	if (strcmp(name, "ip") == 0)
		facts->host = value;
	else if (strcmp(name, "user") == 0)
		facts->user = value;
	else if (strcmp(name, "db") == 0)
		facts->database = value;
	else if (strcmp(name, "tls") == 0)
		facts->tls_version = value[2] == '3' ? 0x0304 : 0x0303;
	else if (strcmp(name, "sni") == 0)
		facts->sni = value;
	else if (strcmp(name, "repl") == 0)
		facts->is_physical_replication = true;
	else if (strcmp(name, "noca") == 0)
		facts->may_verify = false;
	else {
		facts->certificate = &out->certificate;
		if (strcmp(name, "cn") == 0)
			out->certificate.common_name = value;
		else if (strcmp(name, "dn") == 0)
			out->certificate.subject = value;
		else if (strcmp(name, "fp") == 0)
			out->certificate.fingerprint = value;
		else if (strcmp(name, "san") == 0)
			set_san(out, value);
		else
			ck_abort_msg("no fact \"%s\"", name);
	}
}

void
rules_parse_facts(struct rules_facts *out, const char *words)
{
	char *word, *rest, *equals;

	memset(out, 0, sizeof(*out));
	snprintf(out->words, sizeof(out->words), "%s", words);
	out->facts.host = "192.0.2.1";
	out->facts.user = "bob";
	out->facts.database = "app";
	out->facts.may_verify = true;
	out->certificate.subject = "CN=bob";
	out->certificate.fingerprint = "";
	out->certificate.sans = out->sans;
	for (word = strtok_r(out->words, " ", &rest); word != NULL;
	    word = strtok_r(NULL, " ", &rest)) {
		equals = strchr(word, '=');
		if (equals != NULL)
			*equals++ = '\0';
		set_fact(out, word, equals != NULL ? equals : word +
		    strlen(word));
	}
	ck_assert_msg(hba_address_parse(out->facts.host,
	    &out->facts.address) == 0, "address %s", out->facts.host);
	if (out->facts.is_physical_replication)
		out->facts.database = "";
}
