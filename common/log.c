/* SPDX-License-Identifier: ISC */
/*
 * log: what a process has to say, and where it says it.
 * A message is packed (log_writer.h) and leaves by one send or one write, so
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
#include "common/log_text.h"
#include "common/log_writer.h"
#include "common/utf8.h"

#define NO_LEVEL 0xff	/* a byte that is no level */

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

static enum log_level
level_of_byte(unsigned char byte, bool first)
{
	if (first)
		return byte < LOG_LEVELS ? (enum log_level)byte :
		    LOG_LEVEL_LOG;
	return byte == LOG_LEVEL_HINT ? LOG_LEVEL_HINT : LOG_LEVEL_DETAIL;
}

size_t
log_unpack(const char *packed, size_t len, struct log_part out[LOG_PARTS_MAX])
{
	const char *nul;
	size_t parts, part_len;

	for (parts = 0; parts < LOG_PARTS_MAX; parts++) {
		out[parts].level = level_of_byte(len == 0 ? NO_LEVEL :
		    (unsigned char)packed[0], parts == 0);
		if (len > 0) {
			packed++;
			len--;
		}
		out[parts].text = packed;
		out[parts].len = len;
		nul = memchr(packed, '\0', len);
		if (nul == NULL || parts + 1 == LOG_PARTS_MAX)
			return parts + 1;
		part_len = (size_t)(nul - packed);
		out[parts].len = part_len;
		packed = nul + 1;
		len -= part_len + 1;
	}
	return parts;
}

size_t
log_format_lines(const char *prefix, const char *packed, size_t len,
    char out[LOG_LINES_MAX])
{
	struct log_part parts[LOG_PARTS_MAX];
	size_t used = 0, count, i;

	count = log_unpack(packed, len, parts);
	for (i = 0; i < count; i++) {
		used += (size_t)snprintf(out + used, LOG_PREFIX_MAX + 16,
		    "%.*s: %s:  ", LOG_PREFIX_MAX - 1, prefix,
		    log_level_name(parts[i].level));
		used += log_text_escape(parts[i].text, parts[i].len,
		    out + used, LOG_LINES_MAX - used - 1);
		out[used++] = '\n';
	}
	return used;
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
	char lines[LOG_LINES_MAX];
	size_t lines_len;
	ssize_t n;

	lines_len = log_format_lines(program_name, packed, len, lines);
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

void
log_write(enum log_level level, const char *fmt, ...)
{
	char packed[1 + LOG_TEXT_MAX + 1];
	int saved = errno, n;
	size_t len;
	va_list ap;

	if (!is_shown(level))
		return;
	packed[0] = (char)level;
	va_start(ap, fmt);
	n = vsnprintf(packed + 1, sizeof(packed) - 1, fmt, ap);
	va_end(ap);
	if (n < 0)
		n = 0;
	len = (size_t)n;
	if (len > LOG_TEXT_MAX)
		len = utf8_whole(packed + 1, LOG_TEXT_MAX);
	emit(packed, 1 + len);
	errno = saved;
}

/* Returns the new length. A fault's three texts always fit. */
static size_t
pack_part(char packed[LOG_PACKED_MAX], size_t used, enum log_level level,
    const char *text)
{
	size_t len = strlen(text);

	if (used > 0)
		packed[used++] = '\0';
	packed[used++] = (char)level;
	memcpy(packed + used, text, len);
	return used + len;
}

void
log_fault(enum log_level level, const struct fault *fault)
{
	char packed[LOG_PACKED_MAX];
	int saved = errno;
	size_t len;

	_Static_assert(sizeof(fault->what) + sizeof(fault->detail) +
	    sizeof(fault->hint) + LOG_PARTS_MAX <= LOG_PACKED_MAX,
	    "a fault is one packed message");
	if (!is_shown(level))
		return;
	len = pack_part(packed, 0, level, fault->what);
	if (fault->detail[0] != '\0')
		len = pack_part(packed, len, LOG_LEVEL_DETAIL, fault->detail);
	if (fault->hint[0] != '\0')
		len = pack_part(packed, len, LOG_LEVEL_HINT, fault->hint);
	emit(packed, len);
	errno = saved;
}
