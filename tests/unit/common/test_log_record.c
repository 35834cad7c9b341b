/* SPDX-License-Identifier: ISC */
/*
 * test_log_record: what is packed comes out again, and what nobody packed does
 * no harm.
 * Runs in: make check.
 */
#include "common/log_record.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define TEXT(literal) literal, sizeof(literal) - 1

static const struct {
	const char *proved;
	const char *packed;
	size_t len;
	const char *lines;
} packs[] = {
	{ "nothing is an empty message", TEXT(""), "p: LOG:  \n" },
	{ "a level without text", TEXT("\5"), "p: FATAL:  \n" },
	{ "the lowest level", TEXT("\0a"), "p: DEBUG:  a\n" },
	{ "a level and text", TEXT("\2a"), "p: WARNING:  a\n" },
	{ "a byte that is no level", TEXT("\10a"), "p: LOG:  a\n" },
	{ "a byte beyond ASCII", TEXT("\377a"), "p: LOG:  a\n" },
	{ "a detail alone", TEXT("\6a"), "p: DETAIL:  a\n" },
	{ "three parts", TEXT("\2a\0\6b\0\7c"),
	    "p: WARNING:  a\np: DETAIL:  b\np: HINT:  c\n" },
	{ "no second message in one", TEXT("\2a\0\5b"),
	    "p: WARNING:  a\np: DETAIL:  b\n" },
	{ "a part without its level", TEXT("\2a\0"),
	    "p: WARNING:  a\np: DETAIL:  \n" },
	{ "no fourth part", TEXT("\2a\0\6b\0\7c\0\7d"),
	    "p: WARNING:  a\np: DETAIL:  b\np: HINT:  c\\x00\\x07d\n" },
	{ "a field is no part", TEXT("\2a\0\20bob\0\6b"),
	    "p: WARNING:  a\np: DETAIL:  b\n" },
	{ "a field first is no field", TEXT("\20a"), "p: LOG:  a\n" },
	{ "a byte beyond the fields", TEXT("\2a\0\40x"),
	    "p: WARNING:  a\np: DETAIL:  x\n" },
	{ "behind a field no fourth part", TEXT("\2a\0\6b\0\7c\0\20u\0\7d"),
	    "p: WARNING:  a\np: DETAIL:  b\np: HINT:  c\n" },
};

START_TEST(packed_bytes_are_never_trusted)
{
	char lines[LOG_LINES_MAX], *exact = malloc(packs[_i].len + 1);
	struct log_record record;
	size_t n;

	memcpy(exact, packs[_i].packed, packs[_i].len);
	log_record_unpack(exact, packs[_i].len, &record);
	n = log_record_format(&record, "p: ", lines);
	ck_assert_msg(n == strlen(packs[_i].lines) &&
	    memcmp(lines, packs[_i].lines, n) == 0, "%s: %.*s",
	    packs[_i].proved, (int)n, lines);
	free(exact);
}
END_TEST

START_TEST(the_worst_bytes_fit_the_lines)
{
	static char packed[LOG_PACKED_MAX], prefix[2 * LOG_PREFIX_MAX];
	static char lines[LOG_LINES_MAX];
	struct log_record record;
	size_t n;

	memset(packed, 0x01, sizeof(packed));
	packed[0] = LOG_LEVEL_WARNING;
	packed[10] = '\0';
	packed[20] = '\0';
	memset(prefix, 'p', sizeof(prefix) - 1);
	log_record_unpack(packed, sizeof(packed), &record);
	n = log_record_format(&record, prefix, lines);
	ck_assert_uint_le(n, sizeof(lines));
	ck_assert_int_eq(lines[n - 1], '\n');
}
END_TEST

static const char *
field_of(const struct log_record *record, enum log_field field)
{
	static char text[LOG_PACKED_MAX];
	const struct log_part *part = &record->fields[field];

	memcpy(text, part->text != NULL ? part->text : "", part->len);
	text[part->len] = '\0';
	return text;
}

START_TEST(a_session_comes_out_as_it_went_in)
{
	const struct log_session session = { .user = "bob", .database = "app",
		.application_name = "psql", .host = "::1", .port = 5432,
		.server_pid = 4294967295u };
	char packed[LOG_PACKED_MAX];
	struct log_record record;
	size_t len;

	len = log_record_begin(packed, LOG_LEVEL_LOG, "text", 4);
	len = log_record_add(packed, len, LOG_LEVEL_DETAIL, "more");
	len = log_record_add_field(packed, len, LOG_FIELD_SQLSTATE, "28000");
	len = log_record_add_session(packed, len, &session);
	log_record_unpack(packed, len, &record);
	ck_assert_uint_eq(record.parts_len, 2);
	ck_assert_str_eq(field_of(&record, LOG_FIELD_USER), "bob");
	ck_assert_str_eq(field_of(&record, LOG_FIELD_DATABASE), "app");
	ck_assert_str_eq(field_of(&record, LOG_FIELD_APPLICATION), "psql");
	ck_assert_str_eq(field_of(&record, LOG_FIELD_HOST), "::1");
	ck_assert_str_eq(field_of(&record, LOG_FIELD_PORT), "5432");
	ck_assert_str_eq(field_of(&record, LOG_FIELD_SERVER_PID),
	    "4294967295");
	ck_assert_str_eq(field_of(&record, LOG_FIELD_SQLSTATE), "28000");
}
END_TEST

START_TEST(what_is_not_known_is_not_there)
{
	const struct log_session session = { .user = "", .host = "::1" };
	char packed[LOG_PACKED_MAX];
	struct log_record record;
	size_t len;

	len = log_record_begin(packed, LOG_LEVEL_LOG, "text", 4);
	ck_assert_uint_eq(log_record_add_session(packed, len, NULL), len);
	len = log_record_add_session(packed, len, &session);
	log_record_unpack(packed, len, &record);
	ck_assert_ptr_null(record.fields[LOG_FIELD_USER].text);
	ck_assert_ptr_null(record.fields[LOG_FIELD_PORT].text);
	ck_assert_ptr_null(record.fields[LOG_FIELD_SERVER_PID].text);
	ck_assert_ptr_nonnull(record.fields[LOG_FIELD_HOST].text);
}
END_TEST

START_TEST(a_session_fits_behind_the_longest_message)
{
	char text[LOG_TEXT_MAX + 1], name[64], packed[LOG_PACKED_MAX];
	struct log_session session = { .user = name, .database = name,
		.application_name = name, .host = name, .port = 65535,
		.server_pid = 4294967295u };
	struct log_record record;
	size_t len;

	memset(text, 't', LOG_TEXT_MAX);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	len = log_record_begin(packed, LOG_LEVEL_LOG, text, LOG_TEXT_MAX);
	len = log_record_add_session(packed, len, &session);
	ck_assert_uint_le(len, sizeof(packed));
	log_record_unpack(packed, len, &record);
	ck_assert_uint_eq(record.parts[0].len, LOG_TEXT_MAX);
	ck_assert_str_eq(field_of(&record, LOG_FIELD_SERVER_PID),
	    "4294967295");
	ck_assert_uint_eq(log_record_add(packed, LOG_PACKED_MAX - 4,
	    LOG_LEVEL_HINT, "four"), LOG_PACKED_MAX - 4);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log_record");
	TCase *tcase = tcase_create("log_record");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, packed_bytes_are_never_trusted, 0,
	    LEN(packs));
	tcase_add_test(tcase, the_worst_bytes_fit_the_lines);
	tcase_add_test(tcase, a_session_comes_out_as_it_went_in);
	tcase_add_test(tcase, what_is_not_known_is_not_there);
	tcase_add_test(tcase, a_session_fits_behind_the_longest_message);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
