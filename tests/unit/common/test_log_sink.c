/* SPDX-License-Identifier: ISC */
/*
 * test_log_sink: messages reach their destinations, and what a confined
 * process sends is text and no more.
 * Runs in: make check.
 */
#include "common/log_sink.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <check.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log_writer.h"

#define LEN(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define TEXT(literal) literal, sizeof(literal) - 1

static char dir[64], path[128], moved[128];
static int saved_stderr, memory, supervisor = -1, child = -1;
static char text[65536];

/* syslog(3) would reach the machine's own log: this one is the test's. */
static char syslog_text[512];
static int syslog_priority;

#undef syslog	/* with _FORTIFY_SOURCE a macro, where clang compiles */

void
syslog(int priority, const char *fmt, ...)
{
	va_list ap;

	syslog_priority = priority;
	va_start(ap, fmt);
	vsnprintf(syslog_text, sizeof(syslog_text), fmt, ap);
	va_end(ap);
}

/* What _FORTIFY_SOURCE makes of a call of syslog. */
void __syslog_chk(int priority, int flag, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

void
__syslog_chk(int priority, int flag, const char *fmt, ...)
{
	va_list ap;

	syslog_priority = priority;
	va_start(ap, fmt);
	vsnprintf(syslog_text, sizeof(syslog_text), fmt, ap);
	va_end(ap);
}

static void
set_up(void)
{
	strcpy(dir, "/tmp/postern-log-XXXXXX");
	ck_assert(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(moved, sizeof(moved), "%s/log.1", dir);
	saved_stderr = dup(STDERR_FILENO);
	memory = memfd_create("stderr", MFD_CLOEXEC);
	dup2(memory, STDERR_FILENO);
	setenv("TZ", "UTC", 1);
	log_open("postern-keyd");
	log_set_min_level(LOG_LEVEL_WARNING);
	syslog_text[0] = '\0';
}

static void
tear_down(void)
{
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(memory);
	close(supervisor);
	close(child);
	supervisor = child = -1;
	unlink(path);
	unlink(moved);
	rmdir(dir);
}

static const char *
text_of(int fd)
{
	ssize_t n;

	n = pread(fd, text, sizeof(text) - 1, 0);
	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	return text;
}

static const char *
text_of_file(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	ck_assert_int_ne(fd, -1);
	text_of(fd);
	close(fd);
	return text;
}

static void
open_sink(const struct log_sink_options *options)
{
	struct fault fault;

	ck_assert_int_eq(log_sink_open(options, &fault), 0);
}

START_TEST(a_message_before_any_destination_goes_to_stderr)
{
	struct fault fault;

	ck_assert_int_eq(log_sink_channel(&supervisor, &child, &fault), 0);
	send(child, "\3early", 6, 0);
	log_sink_read(supervisor, "p", 1);
	ck_assert(strstr(text_of(memory), "p[1]: ERROR:  early") != NULL);
}
END_TEST

START_TEST(a_line_has_time_program_and_pid)
{
	struct log_sink_options options = { .to_stderr = true };
	int y, mo, d, h, mi, s, ms, pid, end = 0;

	open_sink(&options);
	log_write(LOG_LEVEL_LOG, "ready");
	text_of(memory);
	ck_assert_int_eq(sscanf(text, "%4d-%2d-%2d %2d:%2d:%2d.%3d UTC "
	    "postern-keyd[%d]: LOG:  ready%n", &y, &mo, &d, &h, &mi, &s, &ms,
	    &pid, &end), 8);
	ck_assert_int_eq(pid, getpid());
	ck_assert_str_eq(text + end, "\n");
}
END_TEST

/* JOURNAL_STREAM as systemd sets it: of the file that is standard error, of
 * another, and what it never is. */
static const struct {
	const char *proved, *colon, *behind;
	int inode_off;
	bool is_journal;
} streams[] = {
	{ "standard error is the journal", ":", "", 0, true },
	{ "it is another file by now", ":", "", 1, false },
	{ "no two numbers", "-", "", 0, false },
	{ "more than two numbers", ":", ":1", 0, false },
};

START_TEST(the_journal_gets_priorities_and_no_time)
{
	struct log_sink_options options = { .to_stderr = true };
	struct fault fault = { .what = "what", .hint = "Do." };
	char stream[64], expected[128];
	struct stat st;

	ck_assert_int_eq(fstat(memory, &st), 0);
	snprintf(stream, sizeof(stream), "%llu%s%llu%s",
	    (unsigned long long)st.st_dev, streams[_i].colon,
	    (unsigned long long)st.st_ino + streams[_i].inode_off,
	    streams[_i].behind);
	setenv("JOURNAL_STREAM", stream, 1);
	open_sink(&options);
	ck_assert_msg(log_sink_has_journal() == streams[_i].is_journal, "%s",
	    streams[_i].proved);
	log_fault(LOG_LEVEL_FATAL, &fault);
	snprintf(expected, sizeof(expected), "<3>postern-keyd[%d]: FATAL:  "
	    "what\n<3>postern-keyd[%d]: HINT:  Do.\n", (int)getpid(),
	    (int)getpid());
	ck_assert_msg((strcmp(text_of(memory), expected) == 0) ==
	    streams[_i].is_journal, "%s", streams[_i].proved);
	unsetenv("JOURNAL_STREAM");
}
END_TEST

START_TEST(every_destination_gets_the_message)
{
	struct log_sink_options options = {
		.to_stderr = true, .to_syslog = true, .filename = path,
		.ident = "postern", .facility = LOG_LOCAL0,
	};
	struct stat st;

	open_sink(&options);
	log_write(LOG_LEVEL_ERROR, "to all");
	ck_assert(strstr(text_of(memory), "ERROR:  to all\n") != NULL);
	ck_assert(strstr(text_of_file(path), "ERROR:  to all\n") != NULL);
	ck_assert(strstr(syslog_text, "postern-keyd[") == syslog_text);
	ck_assert(strstr(syslog_text, "]: ERROR:  to all") != NULL);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(the_prefix_is_the_administrators)
{
	struct log_sink_options options = {
		.to_stderr = true, .to_syslog = true, .filename = path,
		.line_prefix = "%b %u> ",
	};
	const struct log_session session = { .user = "bob", .host = "::1" };

	open_sink(&options);
	log_session_write(&session, LOG_LEVEL_LOG, "hello");
	ck_assert_str_eq(text_of(memory), "postern-keyd bob> LOG:  hello\n");
	ck_assert_str_eq(text_of_file(path),
	    "postern-keyd bob> LOG:  hello\n");
	ck_assert_str_eq(syslog_text, "postern-keyd bob> LOG:  hello");
}
END_TEST

START_TEST(json_is_for_the_file_or_stderr)
{
	struct log_sink_options both = {
		.to_stderr = true, .to_json = true, .filename = path,
	};
	struct log_sink_options alone = { .to_stderr = true, .to_json = true };

	open_sink(&both);
	log_write(LOG_LEVEL_LOG, "one");
	ck_assert(strstr(text_of(memory), "LOG:  one\n") != NULL);
	ck_assert(strstr(text_of_file(path), "\"message\":\"one\"") != NULL);
	open_sink(&alone);
	log_write(LOG_LEVEL_LOG, "two");
	ck_assert(strstr(text_of(memory), "\"message\":\"two\"") != NULL);
	ck_assert(strstr(text, "LOG:  two") == NULL);
}
END_TEST

static const struct {
	enum log_level level;
	int priority;
} priorities[] = {
	{ LOG_LEVEL_DEBUG, LOG_DEBUG }, { LOG_LEVEL_INFO, LOG_INFO },
	{ LOG_LEVEL_WARNING, LOG_NOTICE }, { LOG_LEVEL_ERROR, LOG_WARNING },
	{ LOG_LEVEL_LOG, LOG_INFO }, { LOG_LEVEL_FATAL, LOG_ERR },
};

START_TEST(syslog_has_postgresqls_priorities)
{
	struct log_sink_options options = { .to_syslog = true };

	open_sink(&options);
	log_set_min_level(LOG_LEVEL_DEBUG);
	log_write(priorities[_i].level, "x");
	ck_assert_int_eq(syslog_priority, priorities[_i].priority);
	ck_assert(strstr(syslog_text, log_level_name(priorities[_i].level)) !=
	    NULL);
}
END_TEST

/* Names that are refused, below a directory of the test's own. */
static void
make_nothing(const char *name)
{
}

static void
make_link(const char *name)
{
	ck_assert_int_eq(symlink(path, name), 0);
}

static int fifo_reader = -1;

static void
make_fifo(const char *name)
{
	ck_assert_int_eq(mkfifo(name, 0600), 0);
	fifo_reader = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

static const struct {
	const char *proved;
	void (*make)(const char *name);
	const char *name;
	const char *before, *behind;	/* the fault around the name */
	const char *hint;
} refused[] = {
	{ "an absent directory", make_nothing, "absent/log",
	    "could not open log file \"", "\": No such file or directory",
	    "" },
	{ "a symbolic link", make_link, "link",
	    "could not open log file \"",
	    "\": Too many levels of symbolic links",
	    "Give \"log_filename\" the file itself, not a symbolic link to "
	    "it." },
	{ "a pipe", make_fifo, "pipe", "log file \"",
	    "\" is not a regular file", "" },
};

START_TEST(a_bad_log_file_is_refused)
{
	struct log_sink_options good = { .filename = path };
	struct log_sink_options options = { 0 };
	struct fault fault = { 0 };
	char bad[128], what[512];
	int rc;

	open_sink(&good);
	snprintf(bad, sizeof(bad), "%s/%s", dir, refused[_i].name);
	refused[_i].make(bad);
	options.filename = bad;
	rc = log_sink_open(&options, &fault);
	log_write(LOG_LEVEL_ERROR, "goes on");
	unlink(bad);
	ck_assert_msg(rc == -1, "%s", refused[_i].proved);
	snprintf(what, sizeof(what), "%s%s%s", refused[_i].before, bad,
	    refused[_i].behind);
	ck_assert_str_eq(fault.what, what);
	ck_assert_str_eq(fault.hint, refused[_i].hint);
	ck_assert(strstr(text_of_file(path), "goes on") != NULL);
	if (fifo_reader != -1)
		close(fifo_reader);
	fifo_reader = -1;
}
END_TEST

START_TEST(reopening_follows_the_name)
{
	struct log_sink_options options = { .filename = path };
	struct fault fault;

	open_sink(&options);
	log_write(LOG_LEVEL_LOG, "first");
	ck_assert_int_eq(rename(path, moved), 0);
	log_write(LOG_LEVEL_LOG, "second");
	ck_assert_int_eq(log_sink_reopen(&fault), 0);
	log_write(LOG_LEVEL_LOG, "third");
	ck_assert(strstr(text_of_file(moved), "second\n") != NULL);
	ck_assert(strstr(text, "third") == NULL);
	ck_assert(strstr(text_of_file(path), "third\n") != NULL);
	ck_assert(strstr(text, "second") == NULL);
}
END_TEST

START_TEST(a_failed_reopening_keeps_the_file)
{
	struct log_sink_options options = { .filename = path };
	struct fault fault;

	open_sink(&options);
	ck_assert_int_eq(rename(path, moved), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(log_sink_reopen(&fault), -1);
	ck_assert(strstr(fault.what, "Is a directory") != NULL);
	log_write(LOG_LEVEL_LOG, "still here");
	rmdir(path);
	ck_assert(strstr(text_of_file(moved), "still here") != NULL);
}
END_TEST

START_TEST(leaving_stderr_leaves_a_destination)
{
	struct log_sink_options alone = { .to_stderr = true };
	struct log_sink_options both = { .to_stderr = true, .filename = path };

	open_sink(&both);
	log_sink_leave_stderr();
	log_write(LOG_LEVEL_LOG, "file");
	ck_assert_str_eq(syslog_text, "");
	ck_assert_str_eq(text_of(memory), "");
	ck_assert(strstr(text_of_file(path), "file\n") != NULL);
	open_sink(&alone);
	log_sink_leave_stderr();
	log_write(LOG_LEVEL_LOG, "syslog");
	ck_assert(strstr(syslog_text, "LOG:  syslog") != NULL);
	ck_assert_str_eq(text_of(memory), "");
}
END_TEST

static void
open_channel(void)
{
	struct log_sink_options options = { .to_stderr = true };
	struct fault fault;

	open_sink(&options);
	ck_assert_int_eq(log_sink_channel(&supervisor, &child, &fault), 0);
}

START_TEST(a_channel_is_one_way_and_not_inherited)
{
	char byte = 2;

	open_channel();
	ck_assert(fcntl(supervisor, F_GETFD) & FD_CLOEXEC);
	ck_assert(fcntl(child, F_GETFD) & FD_CLOEXEC);
	ck_assert(fcntl(supervisor, F_GETFL) & O_NONBLOCK);
	ck_assert_int_eq(send(supervisor, &byte, 1, MSG_NOSIGNAL), -1);
	ck_assert_int_eq(send(child, &byte, 1, MSG_NOSIGNAL), 1);
}
END_TEST

static const struct {
	const char *proved;
	const char *bytes;
	size_t len;
	const char *line;	/* behind the time; "" for none */
} datagrams[] = {
	{ "level and text", TEXT("\4ready"), "LOG:  ready\n" },
	{ "below the minimum", TEXT("\1chatter"), "" },
	{ "a byte that is no level", TEXT("\310odd"), "LOG:  odd\n" },
	{ "a line that poses as another", TEXT("\3a\n2026 FATAL:  b\x1b[m"),
	    "ERROR:  a\\x0a2026 FATAL:  b\\x1b[m\n" },
	{ "bad UTF-8", TEXT("\3\xff gr\xc3\xbc\xc3\x9f"),
	    "ERROR:  \\xff gr\xc3\xbc\xc3\x9f\n" },
	{ "a format is text", TEXT("\3%s%n"), "ERROR:  %s%n\n" },
	{ "a level alone", TEXT("\3"), "ERROR:  \n" },
	{ "nothing at all", TEXT(""), "" },
};

START_TEST(a_datagram_becomes_a_line)
{
	int rc;
	const char *line;

	open_channel();
	ck_assert_int_eq(send(child, datagrams[_i].bytes, datagrams[_i].len,
	    0), (ssize_t)datagrams[_i].len);
	rc = log_sink_read(supervisor, "keyd-signer", 77);
	ck_assert_int_eq(rc, 0);
	text_of(memory);
	line = strstr(text, "keyd-signer[77]: ");
	line = line == NULL ? "" : line + strlen("keyd-signer[77]: ");
	ck_assert_msg(strcmp(line, datagrams[_i].line) == 0, "%s: %s",
	    datagrams[_i].proved, text);
	close(child);
	child = -1;
	ck_assert_int_eq(log_sink_read(supervisor, "keyd-signer", 77), -1);
}
END_TEST

START_TEST(a_fault_crosses_whole_with_one_time)
{
	struct fault fault;
	char *second;

	open_channel();
	fault_set(&fault, "what");
	fault_detail(&fault, "Detail.");
	log_open_channel(child);
	log_fault(LOG_LEVEL_ERROR, &fault);
	log_open_channel(-1);
	log_sink_read(supervisor, "p", 1);
	text_of(memory);
	second = strchr(text, '\n') + 1;
	ck_assert(strstr(text, "p[1]: ERROR:  what\n") != NULL);
	ck_assert(strstr(second, "p[1]: DETAIL:  Detail.\n") != NULL);
	ck_assert_mem_eq(text, second, strlen("2026-11-24 05:06:38.123 UTC"));
}
END_TEST

START_TEST(the_rest_is_read_before_the_end)
{
	int rc;

	open_channel();
	send(child, "\3last words", 11, 0);
	close(child);
	child = -1;
	rc = log_sink_read(supervisor, "p", 1);
	ck_assert(strstr(text_of(memory), "last words") != NULL);
	ck_assert_int_eq(rc, -1);
}
END_TEST

START_TEST(a_full_channel_is_emptied_in_one_call)
{
	int sent = 0, lines = 0;
	char byte = LOG_LEVEL_FATAL;
	const char *at;

	open_channel();
	while (send(child, &byte, 1, MSG_DONTWAIT) == 1)
		sent++;
	ck_assert_int_eq(log_sink_read(supervisor, "p", 1), 0);
	text_of(memory);
	for (at = text; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	ck_assert_int_eq(lines, sent);
}
END_TEST

START_TEST(an_oversized_datagram_is_cut)
{
	static char bytes[4 * LOG_PACKED_MAX];

	open_channel();
	memset(bytes, 'a', sizeof(bytes));
	bytes[0] = LOG_LEVEL_ERROR;
	send(child, bytes, sizeof(bytes), 0);
	ck_assert_int_eq(log_sink_read(supervisor, "p", 1), 0);
	ck_assert_uint_lt(strlen(text_of(memory)), LOG_PACKED_MAX + 128);
	ck_assert(strstr(text, "ERROR:  aaaa") != NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log_sink");
	TCase *tcase = tcase_create("destinations");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase,
	    a_message_before_any_destination_goes_to_stderr);
	tcase_add_test(tcase, a_line_has_time_program_and_pid);
	tcase_add_loop_test(tcase, the_journal_gets_priorities_and_no_time, 0,
	    LEN(streams));
	tcase_add_test(tcase, every_destination_gets_the_message);
	tcase_add_test(tcase, the_prefix_is_the_administrators);
	tcase_add_test(tcase, json_is_for_the_file_or_stderr);
	tcase_add_loop_test(tcase, syslog_has_postgresqls_priorities, 0,
	    LEN(priorities));
	tcase_add_loop_test(tcase, a_bad_log_file_is_refused, 0,
	    LEN(refused));
	tcase_add_test(tcase, reopening_follows_the_name);
	tcase_add_test(tcase, a_failed_reopening_keeps_the_file);
	tcase_add_test(tcase, leaving_stderr_leaves_a_destination);
	tcase_add_test(tcase, a_channel_is_one_way_and_not_inherited);
	tcase_add_loop_test(tcase, a_datagram_becomes_a_line, 0,
	    LEN(datagrams));
	tcase_add_test(tcase, a_fault_crosses_whole_with_one_time);
	tcase_add_test(tcase, the_rest_is_read_before_the_end);
	tcase_add_test(tcase, a_full_channel_is_emptied_in_one_call);
	tcase_add_test(tcase, an_oversized_datagram_is_cut);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
