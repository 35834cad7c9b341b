/* SPDX-License-Identifier: ISC */
/*
 * test_log_json: one object a message, whatever bytes are in it.
 * Runs in: make check.
 */
#include "common/log_json.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define TEXT(literal) literal, sizeof(literal) - 1

#define HEAD "{\"timestamp\":\"2026-11-24 05:06:38.123 UTC\","
#define TAIL ",\"backend_type\":\"listener-worker\""

static const struct row {
	const char *proved;
	const char *packed;
	size_t len;
	const char *json;
} rows[] = {
	{ "a message", TEXT("\4ready"), HEAD "\"pid\":42,"
	    "\"error_severity\":\"LOG\",\"message\":\"ready\"" TAIL "}\n" },
	{ "with all that there is", TEXT("\5no\0\6why\0\7do\0\20bob\0\21app\0"
	    "\22psql\0\0231.2.3.4\0\0245432\0\025777\0\02628000"),
	    HEAD "\"user\":\"bob\",\"dbname\":\"app\",\"pid\":42,"
	    "\"remote_host\":\"1.2.3.4\",\"remote_port\":5432,"
	    "\"error_severity\":\"FATAL\",\"state_code\":\"28000\","
	    "\"message\":\"no\",\"detail\":\"why\",\"hint\":\"do\","
	    "\"application_name\":\"psql\"" TAIL ",\"server_pid\":777}\n" },
	{ "quotes, controls, bad bytes", TEXT("\4\"\\\n\x7f\xff\xc2\x9b\xc3\xbc"),
	    HEAD "\"pid\":42,\"error_severity\":\"LOG\",\"message\":"
	    "\"\\\"\\\\\\u000a\\u007f\\u00ff\\u009b\xc3\xbc\"" TAIL "}\n" },
	{ "a number that is none is a string", TEXT("\4x\0\0241,\0\0250777"),
	    HEAD "\"pid\":42,\"remote_port\":\"1,\",\"error_severity\":"
	    "\"LOG\",\"message\":\"x\"" TAIL ",\"server_pid\":\"0777\"}\n" },
	{ "nothing at all", TEXT(""), HEAD "\"pid\":42,"
	    "\"error_severity\":\"LOG\",\"message\":\"\"" TAIL "}\n" },
};

static const struct log_origin origin = { .program = "listener-worker",
	.pid = 42, .at = { .tv_sec = 1795496798, .tv_nsec = 123456789 } };

START_TEST(a_message_is_an_object)
{
	const struct row *row = &rows[_i];
	static char json[LOG_JSON_MAX];
	struct log_record record;
	size_t len;

	setenv("TZ", "UTC", 1);
	log_record_unpack(row->packed, row->len, &record);
	len = log_json_format(&origin, &record, json);
	ck_assert_msg(len == strlen(row->json) &&
	    memcmp(json, row->json, len) == 0, "%s: %.*s", row->proved,
	    (int)len, json);
}
END_TEST

START_TEST(the_worst_bytes_fit)
{
	static char packed[LOG_PACKED_MAX], json[LOG_JSON_MAX];
	struct log_record record;
	size_t len;

	memset(packed, 1, sizeof(packed));
	log_record_unpack(packed, sizeof(packed), &record);
	len = log_json_format(&origin, &record, json);
	ck_assert_uint_lt(len, sizeof(json));
	ck_assert_int_eq(json[len - 1], '\n');
	ck_assert_int_eq(json[len - 2], '}');
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log_json");
	TCase *tcase = tcase_create("log_json");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, a_message_is_an_object, 0, LEN(rows));
	tcase_add_test(tcase, the_worst_bytes_fit);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
