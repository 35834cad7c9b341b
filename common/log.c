/* SPDX-License-Identifier: ISC */
/*
 * log: what a process has to say, and where it says it.
 * A message is packed (log_record.h) and leaves by one send or one write, so
 * that threads never mix theirs. Links neither open nor syslog.
 * Runs in: every process.
 */
#include "common/log.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log_writer.h"
#include "common/utf8.h"

static const char *const level_names[LOG_LEVELS] = {
	[LOG_LEVEL_DEBUG] = "DEBUG",
	[LOG_LEVEL_INFO] = "INFO",
	[LOG_LEVEL_WARNING] = "WARNING",
	[LOG_LEVEL_ERROR] = "ERROR",
	[LOG_LEVEL_LOG] = "LOG",
	[LOG_LEVEL_FATAL] = "FATAL",
	[LOG_LEVEL_DETAIL] = "DETAIL",
	[LOG_LEVEL_HINT] = "HINT",
};

/* Written at a process's start, before it has threads. */
static const char *program_name = "postern";
static int channel_fd = -1;
static void (*message_writer)(const char *program, const char *packed,
    size_t len);

static atomic_int minimum = LOG_LEVEL_WARNING;
static atomic_ulong lost;	/* messages that did not go out */

/* A DETAIL or HINT is shown where the message before it was. */
static _Thread_local bool last_was_shown = true;

const char *
log_level_name(enum log_level level)
{
	if ((unsigned int)level >= LOG_LEVELS)
		return "???";
	return level_names[level];
}

void
log_open(const char *program)
{
	program_name = program;
	channel_fd = -1;
	message_writer = NULL;
	atomic_store(&lost, 0);
}

void
log_open_channel(int fd)
{
	channel_fd = fd;
}

void
log_set_writer(void (*writer)(const char *program, const char *packed,
    size_t len))
{
	message_writer = writer;
}

void
log_set_min_level(enum log_level level)
{
	if ((unsigned int)level <= LOG_LEVEL_FATAL)
		atomic_store(&minimum, (int)level);
}

enum log_level
log_min_level(void)
{
	return (enum log_level)atomic_load(&minimum);
}

static bool
send_packed(const char *packed, size_t len)
{
	return send(channel_fd, packed, len, MSG_DONTWAIT | MSG_NOSIGNAL) ==
	    (ssize_t)len;
}

/*
 * The losses are told before the message that gets through again; where that
 * fails too, they are counted on.
 */
static void
send_message(const char *packed, size_t len)
{
	char notice[64];
	unsigned long count;
	int n;

	count = atomic_exchange(&lost, 0);
	if (count > 0) {
		n = snprintf(notice, sizeof(notice), "%c%lu message%s lost",
		    LOG_LEVEL_WARNING, count, count == 1 ? "" : "s");
		if (!send_packed(notice, (size_t)n))
			atomic_fetch_add(&lost, count);
	}
	if (!send_packed(packed, len))
		atomic_fetch_add(&lost, 1);
}

static void
write_stderr(const char *packed, size_t len)
{
	char prefix[LOG_PREFIX_MAX], lines[LOG_LINES_MAX];
	struct log_record record;
	size_t lines_len;
	ssize_t n;

	log_record_unpack(packed, len, &record);
	(void)snprintf(prefix, sizeof(prefix), "%s: ", program_name);
	lines_len = log_record_format(&record, prefix, lines);
	do {
		n = write(STDERR_FILENO, lines, lines_len);
	} while (n == -1 && errno == EINTR);
}

static void
emit(const char *packed, size_t len)
{
	if (channel_fd != -1)
		send_message(packed, len);
	else if (message_writer != NULL)
		message_writer(program_name, packed, len);
	else
		write_stderr(packed, len);
}

/* Answers for DETAIL and HINT what the message before them was answered. */
static bool
is_shown(enum log_level level)
{
	if (level <= LOG_LEVEL_FATAL)
		last_was_shown = (int)level >= atomic_load(&minimum);
	return last_was_shown;
}

static void __attribute__((format(printf, 3, 0)))
write_message(const struct log_session *session, enum log_level level,
    const char *fmt, va_list ap)
{
	char text[LOG_TEXT_MAX + 1], packed[LOG_PACKED_MAX];
	int saved = errno, n;
	size_t len;

	if (!is_shown(level))
		return;
	n = vsnprintf(text, sizeof(text), fmt, ap);
	len = n < 0 ? 0 : (size_t)n;
	if (len > LOG_TEXT_MAX)
		len = utf8_whole(text, LOG_TEXT_MAX);
	len = log_record_begin(packed, level, text, len);
	emit(packed, log_record_add_session(packed, len, session));
	errno = saved;
}

void
log_write(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_message(NULL, level, fmt, ap);
	va_end(ap);
}

void
log_write_library(int severity, const char *text)
{
	(void)severity;
	log_write(LOG_LEVEL_DEBUG, "%s", text);
}

void
log_session_write(const struct log_session *session, enum log_level level,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_message(session, level, fmt, ap);
	va_end(ap);
}

void
log_session_fault(const struct log_session *session, enum log_level level,
    const struct fault *fault)
{
	char packed[LOG_PACKED_MAX];
	int saved = errno;
	size_t len;

	_Static_assert(sizeof(*fault) + 512 <= LOG_PACKED_MAX,
	    "a fault and a session are one packed message");
	if (!is_shown(level))
		return;
	len = log_record_begin(packed, level, fault->what,
	    strlen(fault->what));
	if (fault->detail[0] != '\0')
		len = log_record_add(packed, len, LOG_LEVEL_DETAIL,
		    fault->detail);
	if (fault->hint[0] != '\0')
		len = log_record_add(packed, len, LOG_LEVEL_HINT, fault->hint);
	len = log_record_add_field(packed, len, LOG_FIELD_SQLSTATE,
	    fault->sqlstate);
	emit(packed, log_record_add_session(packed, len, session));
	errno = saved;
}

void
log_fault(enum log_level level, const struct fault *fault)
{
	log_session_fault(NULL, level, fault);
}
