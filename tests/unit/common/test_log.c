/* SPDX-License-Identifier: ISC */
/*
 * test_log: messages have their level's shape, go where they should, and none
 * is lost without a word.
 * Runs in: make check.
 */
#include "common/log.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log_writer.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define TEXT(literal) literal, sizeof(literal) - 1
#define THREADS 4
#define THREAD_MESSAGES 200

/* stderr is a file in memory for the time of a test. */
static int saved_stderr, memory;
static char written[THREADS * THREAD_MESSAGES * 64];

static void
capture(void)
{
	saved_stderr = dup(STDERR_FILENO);
	memory = memfd_create("stderr", MFD_CLOEXEC);
	ck_assert_int_ne(memory, -1);
	fcntl(memory, F_SETFL, O_APPEND);
	dup2(memory, STDERR_FILENO);
	log_open("postern-keyd");
	log_set_min_level(LOG_LEVEL_WARNING);
}

static void
release(void)
{
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(memory);
}

static const char *
stderr_text(void)
{
	ssize_t n;

	n = pread(memory, written, sizeof(written) - 1, 0);
	ck_assert_int_ge(n, 0);
	written[n] = '\0';
	return written;
}

START_TEST(a_message_has_program_and_level)
{
	errno = EACCES;
	log_write(LOG_LEVEL_FATAL, "no %s: %m", "way");
	ck_assert_int_eq(errno, EACCES);
	ck_assert_str_eq(stderr_text(),
	    "postern-keyd: FATAL:  no way: Permission denied\n");
}
END_TEST

static const struct {
	const char *proved;
	const char *detail, *hint;
	const char *text;
} faults[] = {
	{ "what alone", "", "", "postern-keyd: ERROR:  it broke\n" },
	{ "with a detail", "It was old.", "",
	    "postern-keyd: ERROR:  it broke\n"
	    "postern-keyd: DETAIL:  It was old.\n" },
	{ "with a hint", "", "Buy one.",
	    "postern-keyd: ERROR:  it broke\n"
	    "postern-keyd: HINT:  Buy one.\n" },
	{ "with both", "It was old.", "Buy one.",
	    "postern-keyd: ERROR:  it broke\n"
	    "postern-keyd: DETAIL:  It was old.\n"
	    "postern-keyd: HINT:  Buy one.\n" },
	{ "what it quotes makes no line of its own", "A\nFATAL:  B", "",
	    "postern-keyd: ERROR:  it broke\n"
	    "postern-keyd: DETAIL:  A\\x0aFATAL:  B\n" },
};

START_TEST(a_fault_is_its_lines)
{
	struct fault fault;

	fault_set(&fault, "it broke");
	fault_detail(&fault, "%s", faults[_i].detail);
	fault_hint(&fault, "%s", faults[_i].hint);
	log_fault(LOG_LEVEL_ERROR, &fault);
	ck_assert_msg(strcmp(stderr_text(), faults[_i].text) == 0, "%s: %s",
	    faults[_i].proved, written);
}
END_TEST

START_TEST(the_longest_fault_is_whole)
{
	struct fault fault = { 0 };

	memset(fault.what, '\x01', sizeof(fault.what) - 1);
	memset(fault.detail, '\x02', sizeof(fault.detail) - 1);
	memset(fault.hint, '\x03', sizeof(fault.hint) - 1);
	log_fault(LOG_LEVEL_FATAL, &fault);
	ck_assert_uint_eq(strlen(stderr_text()),
	    4 * (sizeof(fault.what) + sizeof(fault.detail) +
	    sizeof(fault.hint) - 3) + strlen("postern-keyd: FATAL:  \n"
	    "postern-keyd: DETAIL:  \npostern-keyd: HINT:  \n"));
}
END_TEST

START_TEST(a_long_message_is_cut_at_a_character)
{
	char text[LOG_TEXT_MAX + 2];

	memset(text, 'a', sizeof(text));
	memcpy(text + LOG_TEXT_MAX - 1, "\xc3\xa4", 3);
	log_write(LOG_LEVEL_LOG, "%s", text);
	ck_assert_uint_eq(strlen(stderr_text()),
	    strlen("postern-keyd: LOG:  \n") + LOG_TEXT_MAX - 1);
	ck_assert(strstr(written, "a\n") != NULL);
}
END_TEST

static const struct {
	const char *proved;
	enum log_level minimum, level;
	bool shown;
} levels[] = {
	{ "debug wants debug", LOG_LEVEL_DEBUG, LOG_LEVEL_DEBUG, true },
	{ "info hides debug", LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, false },
	{ "warning hides info", LOG_LEVEL_WARNING, LOG_LEVEL_INFO, false },
	{ "warning shows itself", LOG_LEVEL_WARNING, LOG_LEVEL_WARNING, true },
	{ "error hides warning", LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, false },
	{ "error shows log", LOG_LEVEL_ERROR, LOG_LEVEL_LOG, true },
	{ "log hides error", LOG_LEVEL_LOG, LOG_LEVEL_ERROR, false },
	{ "fatal hides log", LOG_LEVEL_FATAL, LOG_LEVEL_LOG, false },
	{ "fatal is always shown", LOG_LEVEL_FATAL, LOG_LEVEL_FATAL, true },
};

START_TEST(the_minimum_hides_what_is_below_it)
{
	log_set_min_level(levels[_i].minimum);
	ck_assert_int_eq(log_min_level(), levels[_i].minimum);
	log_write(levels[_i].level, "x");
	ck_assert_msg((stderr_text()[0] != '\0') == levels[_i].shown, "%s",
	    levels[_i].proved);
}
END_TEST

START_TEST(a_detail_follows_its_message)
{
	struct fault fault;

	log_write(LOG_LEVEL_INFO, "hidden");
	log_write(LOG_LEVEL_DETAIL, "Hidden too.");
	fault_set(&fault, "hidden");
	fault_detail(&fault, "Hidden too.");
	log_fault(LOG_LEVEL_INFO, &fault);
	log_write(LOG_LEVEL_ERROR, "shown");
	log_write(LOG_LEVEL_HINT, "Shown too.");
	ck_assert_str_eq(stderr_text(), "postern-keyd: ERROR:  shown\n"
	    "postern-keyd: HINT:  Shown too.\n");
}
END_TEST

START_TEST(a_number_that_is_no_level_changes_nothing)
{
	log_set_min_level(LOG_LEVEL_HINT);
	ck_assert_int_eq(log_min_level(), LOG_LEVEL_WARNING);
	log_set_min_level((enum log_level)-1);
	ck_assert_int_eq(log_min_level(), LOG_LEVEL_WARNING);
	ck_assert_str_eq(log_level_name((enum log_level)LOG_LEVELS), "???");
	ck_assert_str_eq(log_level_name((enum log_level)-1), "???");
	ck_assert_str_eq(log_level_name(LOG_LEVEL_LOG), "LOG");
}
END_TEST

/* Reads one datagram; its text without the level as a string. */
static const char *
receive(int fd, char *level)
{
	static char text[LOG_PACKED_MAX + 1];
	ssize_t n;

	n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	*level = text[0];
	return text + 1;
}

START_TEST(a_channel_gets_one_datagram_for_a_message)
{
	struct fault fault;
	char level, none;
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	log_open_channel(pair[1]);
	log_write(LOG_LEVEL_LOG, "one\n%d", 2);
	ck_assert_str_eq(receive(pair[0], &level), "one\n2");
	ck_assert_int_eq(level, LOG_LEVEL_LOG);
	fault_set(&fault, "what");
	fault_detail(&fault, "Detail.");
	fault_hint(&fault, "Hint.");
	log_fault(LOG_LEVEL_ERROR, &fault);
	ck_assert_mem_eq(receive(pair[0], &level), "what\0\6Detail.\0\7Hint.",
	    sizeof("what\0\6Detail.\0\7Hint."));
	ck_assert_int_eq(level, LOG_LEVEL_ERROR);
	ck_assert_int_eq(recv(pair[0], &none, 1, MSG_DONTWAIT), -1);
	ck_assert_str_eq(stderr_text(), "");
	close(pair[0]);
	/* Nobody reads: no signal, no error. */
	log_write(LOG_LEVEL_FATAL, "unheard");
	close(pair[1]);
}
END_TEST

START_TEST(lost_messages_are_counted_and_told)
{
	unsigned long lost = 0, got = 0;
	char level, text[1100];
	int pair[2], sent = 0;
	ssize_t n;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	log_open_channel(pair[1]);
	for (sent = 0; sent < 2000; sent++)
		log_write(LOG_LEVEL_LOG, "%01000d", sent);
	while ((n = recv(pair[0], text, sizeof(text), MSG_DONTWAIT)) > 0)
		got++;
	ck_assert_uint_lt(got, 2000);
	log_write(LOG_LEVEL_LOG, "again");
	ck_assert_int_eq(sscanf(receive(pair[0], &level), "%lu messages lost",
	    &lost), 1);
	ck_assert_int_eq(level, LOG_LEVEL_WARNING);
	ck_assert_uint_eq(got + lost, 2000);
	ck_assert_str_eq(receive(pair[0], &level), "again");
	log_write(LOG_LEVEL_LOG, "and on");
	ck_assert_str_eq(receive(pair[0], &level), "and on");
	close(pair[0]);
	close(pair[1]);
}
END_TEST

static void *
write_many(void *name)
{
	int i;

	for (i = 0; i < THREAD_MESSAGES; i++)
		log_write(LOG_LEVEL_LOG, "%s-%s", (char *)name, (char *)name);
	return NULL;
}

START_TEST(threads_do_not_mix_their_lines)
{
	static char names[THREADS][8] = { "aaaaaa", "bbbbbb", "cccccc",
	    "dddddd" };
	pthread_t threads[THREADS];
	char *line, *rest, first[8], second[8];
	int i, lines = 0;

	for (i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, write_many,
		    names[i]), 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	stderr_text();
	for (line = strtok_r(written, "\n", &rest); line != NULL;
	    line = strtok_r(NULL, "\n", &rest)) {
		lines++;
		ck_assert_int_eq(sscanf(line,
		    "postern-keyd: LOG:  %6[a-d]-%6[a-d]", first, second), 2);
		ck_assert_str_eq(first, second);
	}
	ck_assert_int_eq(lines, THREADS * THREAD_MESSAGES);
}
END_TEST

static char seen[64];

static void
note_message(const char *program, const char *packed, size_t len)
{
	snprintf(seen, sizeof(seen), "%s %d %.*s", program, packed[0],
	    (int)len - 1, packed + 1);
}

START_TEST(a_writer_takes_the_place_of_stderr)
{
	log_set_writer(note_message);
	log_write(LOG_LEVEL_LOG, "to you");
	ck_assert_str_eq(seen, "postern-keyd 4 to you");
	ck_assert_str_eq(stderr_text(), "");
	log_set_writer(NULL);
	log_write(LOG_LEVEL_LOG, "to me");
	ck_assert_str_eq(stderr_text(), "postern-keyd: LOG:  to me\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log");
	TCase *tcase = tcase_create("messages");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, capture, release);
	tcase_add_test(tcase, a_message_has_program_and_level);
	tcase_add_loop_test(tcase, a_fault_is_its_lines, 0, LEN(faults));
	tcase_add_test(tcase, the_longest_fault_is_whole);
	tcase_add_test(tcase, a_long_message_is_cut_at_a_character);
	tcase_add_loop_test(tcase, the_minimum_hides_what_is_below_it, 0,
	    LEN(levels));
	tcase_add_test(tcase, a_detail_follows_its_message);
	tcase_add_test(tcase, a_number_that_is_no_level_changes_nothing);
	tcase_add_test(tcase, a_channel_gets_one_datagram_for_a_message);
	tcase_add_test(tcase, lost_messages_are_counted_and_told);
	tcase_add_test(tcase, threads_do_not_mix_their_lines);
	tcase_add_test(tcase, a_writer_takes_the_place_of_stderr);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
