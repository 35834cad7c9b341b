/* SPDX-License-Identifier: ISC */
/*
 * test_hba_parse: files of rules, clients and what becomes of them;
 * data/grammar.txt says how they are written.
 */
#include "common/pg/hba_parse.h"

#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/pg/hba_image.h"
#include "tests/unit/common/pg/rules.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define ROWS_MIN 150

static const char *const files[] = { "grammar.txt", "errors.txt",
	"address.txt", "names.txt", "conditions.txt", "include.txt",
	"undecided.txt", "order.txt" };

/* What is being read. */
struct reader {
	const char *name;	/* of the data file */
	int line;
	struct rules rules;
	bool is_loaded;
	size_t next_fault;	/* the next that a row must name */
	char file[128];		/* the file that tabbed lines go to */
	int rows;
};

static char *
trim(char *text)
{
	size_t len;

	while (isblank((unsigned char)*text))
		text++;
	len = strlen(text);
	while (len > 0 && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
	return text;
}

/* Cuts the next part off at a bar that stands between blanks. */
static char *
next_part(char **rest)
{
	char *part = *rest, *bar;

	if (part == NULL)
		return NULL;
	bar = strstr(part, " | ");
	if (bar != NULL)
		*bar = '\0';
	*rest = bar != NULL ? bar + 3 : NULL;
	return trim(part);
}

/* A block ends: every fault was named. */
static void
end_block(struct reader *r)
{
	if (r->is_loaded)
		ck_assert_msg(r->next_fault == r->rules.faults_len,
		    "%s: before line %d: not expected: %s (%s)", r->name,
		    r->line, r->rules.faults[r->next_fault].what,
		    r->rules.faults[r->next_fault].detail);
	rules_close(&r->rules);
	r->is_loaded = false;
	r->next_fault = 0;
}

static void
add_interface(struct reader *r, const char *network)
{
	struct hba_network *out =
	    &r->rules.interfaces[r->rules.interfaces_len++];
	char text[64], *slash;
	struct hba_address address;

	snprintf(text, sizeof(text), "%s", network);
	slash = strchr(text, '/');
	*slash = '\0';
	ck_assert_int_eq(hba_address_parse(text, &address), 0);
	out->family = address.family;
	memcpy(out->address, address.bytes, HBA_ADDRESS_LEN);
	ck_assert_int_eq(hba_address_parse_bits(slash + 1, address.family,
	    out->mask), 0);
}

/* rules | file NAME | interface A/N | without ssl */
static void
read_directive(struct reader *r, char *text)
{
	if (strncmp(text, "file ", 5) != 0 && r->is_loaded)
		end_block(r);
	if (strcmp(text, "rules") == 0) {
		end_block(r);
		strcpy(r->file, "pg_hba.conf");
	} else if (strncmp(text, "file ", 5) == 0) {
		snprintf(r->file, sizeof(r->file), "%s", text + 5);
		rules_add(&r->rules, r->file, "");
	} else if (strncmp(text, "interface ", 10) == 0)
		add_interface(r, text + 10);
	else if (strcmp(text, "without ssl") == 0)
		r->rules.without_ssl = true;
	else
		ck_abort_msg("%s:%d: what is this?", r->name, r->line);
}

static void
load(struct reader *r)
{
	if (!r->is_loaded)
		(void)rules_load(&r->rules);
	r->is_loaded = true;
}

/* > LINE | facts | sentence: the line whose rule holds; 0 for none. */
static void
check_match(struct reader *r, char *text)
{
	char *rest = text, *line = next_part(&rest), *words = next_part(&rest);
	const char *sentence = next_part(&rest);
	const struct hba_rule *rule;
	struct rules_facts facts;
	unsigned int got;

	load(r);
	ck_assert_msg(r->rules.image != NULL, "%s:%d: %s (%s)", r->name,
	    r->line, r->rules.faults[0].what, r->rules.faults[0].detail);
	rules_parse_facts(&facts, words);
	rule = hba_match_find(&r->rules.match, &facts.facts);
	got = rule != NULL ? rule->line : 0;
	ck_assert_msg(sentence != NULL && got == (unsigned int)atoi(line),
	    "%s:%d: %s: line %u", r->name, r->line, sentence, got);
}

/* ! LINE [FILE] | text | start of the hint; ~ for a warning. */
static void
check_fault(struct reader *r, enum hba_severity severity, char *text)
{
	char *rest = text, *place = next_part(&rest), file[128];
	const char *what = next_part(&rest), *hint = next_part(&rest);
	const struct fault *fault;
	char context[256];
	int line;

	load(r);
	ck_assert_msg(r->next_fault < r->rules.faults_len,
	    "%s:%d: no fault", r->name, r->line);
	fault = &r->rules.faults[r->next_fault];
	ck_assert_msg(strcmp(fault->what, what) == 0, "%s:%d: %s (%s)",
	    r->name, r->line, fault->what, fault->detail);
	ck_assert_msg(hint == NULL ? fault->hint[0] == '\0' :
	    strncmp(fault->hint, hint, strlen(hint)) == 0, "%s:%d: hint %s",
	    r->name, r->line, fault->hint);
	ck_assert_msg(r->rules.severities[r->next_fault++] == severity,
	    "%s:%d: severity", r->name, r->line);
	if (sscanf(place, "%d %127s", &line, file) != 2)
		strcpy(file, "pg_hba.conf");
	snprintf(context, sizeof(context), "line %d of configuration file "
	    "\"" RULES_DIRECTORY "%s\"", line, file);
	ck_assert_msg(strstr(fault->detail, context) != NULL, "%s:%d: %s",
	    r->name, r->line, fault->detail);
}

static void
read_row(struct reader *r, char *text)
{
	switch (text[0]) {
	case '#':
	case '\n':
		return;
	case '\t':
		rules_add(&r->rules, r->file, text + 1);
		return;
	case '>':
		check_match(r, text + 1);
		break;
	case '!':
		check_fault(r, HBA_ERROR, text + 1);
		break;
	case '~':
		check_fault(r, HBA_WARNING, text + 1);
		break;
	default:
		read_directive(r, trim(text));
		return;
	}
	r->rows++;
}

static int
read_file(const char *name)
{
	static struct reader r;
	char path[1024], *line = NULL;
	size_t size = 0;
	FILE *file;

	memset(&r, 0, sizeof(r));
	r.name = name;
	snprintf(path, sizeof(path), "%s/%s", TEST_DATA, name);
	file = fopen(path, "r");
	ck_assert_msg(file != NULL, "%s: %m", path);
	while (getline(&line, &size, file) > 0) {
		r.line++;
		read_row(&r, line);
	}
	end_block(&r);
	free(line);
	fclose(file);
	return r.rows;
}

START_TEST(file_holds)
{
	ck_assert_int_gt(read_file(files[_i]), 0);
}
END_TEST

START_TEST(files_are_many_rows)
{
	int i, rows = 0;

	for (i = 0; i < LEN(files); i++)
		rows += read_file(files[i]);
	printf("%d rows\n", rows);
	ck_assert_int_ge(rows, ROWS_MIN);
}
END_TEST

/* A password in a rule is for the server alone: no worker ever has it. */
START_TEST(secrets_stay)
{
	static struct rules rules;
	const struct hba_rule *rule;

	rules_add(&rules, "pg_hba.conf",
	    "host all all all ldap ldapserver=x ldapbindpasswd=\"t0p s\"\n"
	    "host a,b all all radius radiusservers=x radiussecrets=t0p\n"
	    "host all all all ldap ldapurl=ldap://x\n"
	    "host all all all md5\n");
	ck_assert_int_eq(rules_load(&rules), 0);
	ck_assert_ptr_null(memmem(rules.image_bytes, rules.image_len, "t0p",
	    3));
	rule = hba_image_rule(rules.image, 0);
	ck_assert_str_eq(hba_image_text(rules.image, rule->text),
	    "host all all all ldap ...");
	rule = hba_image_rule(rules.image, 1);
	ck_assert_str_eq(hba_image_text(rules.image, rule->text),
	    "host a all all radius ...");
	rule = hba_image_rule(rules.image, 3);
	ck_assert_str_eq(hba_image_text(rules.image, rule->text),
	    "host all all all md5");
	rules_close(&rules);
}
END_TEST

/* The log gets 500 bytes of a long line, and knows that there are more. */
START_TEST(long_line_is_cut)
{
	static struct rules rules;
	const char *text;
	char line[800];

	memset(line, 'x', sizeof(line));
	memcpy(line, "host ", 5);
	strcpy(line + 700, " all all md5\n");
	rules_add(&rules, "pg_hba.conf", line);
	ck_assert_int_eq(rules_load(&rules), 0);
	text = hba_image_text(rules.image, hba_image_rule(rules.image,
	    0)->text);
	ck_assert_uint_eq(strlen(text), 504);
	ck_assert_str_eq(text + 500, " ...");
	rules_close(&rules);
}
END_TEST

/* Cut anywhere, a file is read or refused, and nothing else happens. */
START_TEST(truncated)
{
	static const char whole[] = "hostssl \"a b\",@f,/^x\\d[\\w] \\\n"
	    "+g,\"\"\"q\" 10.0.0.0 255.0.0.0 cert map=m san=DNS:/y tlsmin="
	    "TLSv1.3 # c\ninclude_dir d\nhost all all ::1/128 ldap x=\"y";
	static struct rules rules;
	char cut[sizeof(whole)];
	size_t len;

	for (len = 0; len < sizeof(whole); len++) {
		memcpy(cut, whole, len);
		cut[len] = '\0';
		rules_add(&rules, "pg_hba.conf", cut);
		rules_add(&rules, "pg_ident.conf", cut);
		rules_add(&rules, "f", cut);
		rules_add(&rules, "d/x.conf", cut);
		(void)rules_load(&rules);
		rules_close(&rules);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("common/pg/hba_parse");
	TCase *tc = tcase_create("hba_parse");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, file_holds, 0, LEN(files));
	tcase_add_test(tc, files_are_many_rows);
	tcase_add_test(tc, secrets_stay);
	tcase_add_test(tc, long_line_is_cut);
	tcase_add_test(tc, truncated);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
