/* SPDX-License-Identifier: ISC */
/*
 * test_metrics: the text is well-formed, whatever a worker has counted.
 */
#include "listener/exporter/metrics.h"

#include <event2/buffer.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "listener/exporter/gallery.h"
#include "listener/facts.h"

static struct facts facts;
static struct gallery_sum sum;
static struct roster_about about;
static char *text;

static void
setup(void)
{
	memset(&facts, 0, sizeof(facts));
	memset(&sum, 0, sizeof(sum));
	memset(&about, 0, sizeof(about));
	facts.has_ssl = 1;
	facts.max_connections = 100;
	strcpy(about.subject, "/CN=db");
	about.not_after = 1900000000;
}

static void
teardown(void)
{
	free(text);
	text = NULL;
}

static const char *
write_all(void)
{
	const struct metrics_sources sources = { &facts, &sum, &about };
	struct evbuffer *out = evbuffer_new();
	size_t len;

	metrics_write(&sources, out);
	len = evbuffer_get_length(out);
	text = calloc(1, len + 1);
	ck_assert_int_eq(evbuffer_remove(out, text, len), (int)len);
	ck_assert_uint_eq(strlen(text), len);
	evbuffer_free(out);
	return text;
}

static void
has_line(const char *line)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "\n%s\n", line);
	ck_assert_msg(strstr(text, whole) != NULL, "no line \"%s\"", line);
}

START_TEST(test_what_was_counted_is_there)
{
	roster_counters_handshake(&sum.counters, "TLSv1.3", "X",
	    ROSTER_RESULT_OK);
	roster_counters_handshake(&sum.counters, NULL, NULL,
	    ROSTER_RESULT_VERSION);
	roster_counters_observe(&sum.counters.handshake, 300);
	roster_counters_observe(&sum.counters.handshake, 2000001);
	sum.states[CLIENT_RELAY] = 4;
	atomic_store(&sum.counters.refusals[ROSTER_REFUSAL_RULES], 2);
	atomic_store(&sum.counters.peak, 400);
	facts.programs[FACTS_WORKER].restarts = 3;
	(void)write_all();
	has_line("postern_handshakes_total{version=\"TLSv1.3\",cipher=\"X\","
	    "result=\"ok\"} 1");
	has_line("postern_handshakes_total{version=\"none\",cipher=\"none\","
	    "result=\"version\"} 1");
	has_line("postern_handshake_seconds_bucket{le=\"0.00025\"} 0");
	has_line("postern_handshake_seconds_bucket{le=\"0.0005\"} 1");
	has_line("postern_handshake_seconds_bucket{le=\"5.0\"} 2");
	has_line("postern_handshake_seconds_bucket{le=\"+Inf\"} 2");
	has_line("postern_handshake_seconds_sum 2.000301");
	has_line("postern_handshake_seconds_count 2");
	has_line("postern_connections{state=\"relay\"} 4");
	has_line("postern_refusals_total{reason=\"access_rules\"} 2");
	has_line("postern_program_restarts_total{program=\"worker\"} 3");
	has_line("postern_certificate_expiry_timestamp_seconds"
	    "{subject=\"/CN=db\"} 1900000000");
	/* A worker cannot have seen more than there may be. */
	has_line("postern_sessions_peak 100");
}
END_TEST

START_TEST(test_keyd_is_up_if_all_workers_say_so)
{
	sum.workers = 2;
	sum.with_keyd = 1;
	(void)write_all();
	has_line("postern_keyd_up 0");
	free(text);
	sum.with_keyd = 2;
	(void)write_all();
	has_line("postern_keyd_up 1");
}
END_TEST

START_TEST(test_without_ssl_there_are_no_handshakes)
{
	facts.has_ssl = 0;
	ck_assert_ptr_null(strstr(write_all(), "postern_handshake"));
	ck_assert_ptr_null(strstr(text, "postern_keyd"));
}
END_TEST

START_TEST(test_labels_are_escaped)
{
	strcpy(about.subject, "a\"b\\c\nd\x1b\xff");
	(void)write_all();
	has_line("postern_certificate_expiry_timestamp_seconds"
	    "{subject=\"a\\\"b\\\\c\\\\x0ad\\\\x1b\\\\xff\"} 1900000000");
}
END_TEST

/* A line is a comment, or a name, perhaps labels, a blank and a number. */
static bool
is_line(const char *line, size_t len)
{
	size_t at = strspn(line, "abcdefghijklmnopqrstuvwxyz_");

	if (len > 2 && line[0] == '#' && line[1] == ' ')
		return true;
	if (strncmp(line, "postern_", 8) != 0)
		return false;
	if (line[at] == '{') {
		while (at < len && line[at] != '}') {
			if (line[at] == '"')
				for (at++; at < len && line[at] != '"'; at++)
					at += line[at] == '\\';
			at++;
		}
		at++;
	}
	return at < len && line[at] == ' ' &&
	    strspn(line + at + 1, "0123456789.-") == len - at - 1;
}

START_TEST(test_random_bytes_keep_their_lines)
{
	static struct roster_counters wild;
	unsigned char *bytes = (unsigned char *)&wild;
	const char *line, *end;
	size_t i;

	srandom((unsigned int)_i);
	for (i = 0; i < sizeof(wild); i++)
		bytes[i] = (unsigned char)random();
	bytes = (unsigned char *)about.subject;
	for (i = 0; i < sizeof(about.subject) - 1; i++)
		bytes[i] = (unsigned char)random();
	roster_counters_merge(&sum.counters, &wild);
	line = write_all();
	for (; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		ck_assert_ptr_nonnull(end);
		ck_assert_msg(is_line(line, (size_t)(end - line)), "%.*s",
		    (int)(end - line), line);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("metrics");
	TCase *tc = tcase_create("metrics");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_what_was_counted_is_there);
	tcase_add_test(tc, test_keyd_is_up_if_all_workers_say_so);
	tcase_add_test(tc, test_without_ssl_there_are_no_handshakes);
	tcase_add_test(tc, test_labels_are_escaped);
	tcase_add_loop_test(tc, test_random_bytes_keep_their_lines, 0, 50);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
