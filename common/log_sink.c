/* SPDX-License-Identifier: ISC */
/*
 * log_sink: the supervisor's end of the log: destinations, and the datagrams
 * of confined processes, which it passes on as text and never interprets.
 * Runs in: the supervisors (postern-keyd, postern-listener).
 */
#include "common/log_sink.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log_text.h"
#include "common/log_writer.h"

#define LOG_FILE_MODE 0600
/* More than a socket buffer holds of the shortest datagrams, so that one call
 * empties it, and a process that never stops cannot keep its supervisor. */
#define READ_MAX 512

static struct {
	struct log_sink_options options;
	int file_fd;
	bool stderr_is_journal;
} sink = { .options = { .to_stderr = true }, .file_fd = -1 };

/* PostgreSQL's mapping (documentation 20.8.2, message severity levels). */
static const int priorities[LOG_LEVELS] = {
	[LOG_LEVEL_DEBUG] = LOG_DEBUG,
	[LOG_LEVEL_INFO] = LOG_INFO,
	[LOG_LEVEL_WARNING] = LOG_NOTICE,
	[LOG_LEVEL_ERROR] = LOG_WARNING,
	[LOG_LEVEL_LOG] = LOG_INFO,
	[LOG_LEVEL_FATAL] = LOG_ERR,
	[LOG_LEVEL_DETAIL] = LOG_INFO,
	[LOG_LEVEL_HINT] = LOG_INFO,
};

static void
format_prefix(const char *program, pid_t pid, char out[LOG_PREFIX_MAX])
{
	char zone[16] = "UTC";
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	if (localtime_r(&now.tv_sec, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	else
		strftime(zone, sizeof(zone), "%Z", &tm);
	snprintf(out, LOG_PREFIX_MAX,
	    "%04d-%02d-%02d %02d:%02d:%02d.%03d %s %.48s[%ld]",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec, (int)(now.tv_nsec / 1000000), zone, program,
	    (long)pid);
}

static void
write_lines(int fd, const char *lines, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, lines, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		lines += n;
		len -= (size_t)n;
	}
}

static void
write_syslog(const char *program, pid_t pid, const char *packed, size_t len)
{
	char text[4 * LOG_PACKED_MAX + 1];
	struct log_part parts[LOG_PARTS_MAX];
	size_t count, i;

	count = log_unpack(packed, len, parts);
	for (i = 0; i < count; i++) {
		log_text_escape(parts[i].text, parts[i].len, text,
		    sizeof(text));
		syslog(priorities[parts[0].level], "%s[%ld]: %s:  %s", program,
		    (long)pid, log_level_name(parts[i].level), text);
	}
}

/*
 * Is standard error the stream to systemd's journal? It says which file that
 * is in JOURNAL_STREAM, "device:inode", which a program may inherit that has
 * its standard error elsewhere (systemd.exec(5)).
 */
static bool
is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;
	char end;

	return stream != NULL &&
	    sscanf(stream, "%llu:%llu%c", &device, &inode, &end) == 2 &&
	    fstat(STDERR_FILENO, &st) == 0 && st.st_dev == (dev_t)device &&
	    st.st_ino == (ino_t)inode;
}

/* Each line begins with syslog's priority (sd-daemon(3)); the journal has the
 * time itself. */
static void
format_journal_prefix(const char *program, pid_t pid, const char *packed,
    size_t len, char out[LOG_PREFIX_MAX])
{
	struct log_part parts[LOG_PARTS_MAX];

	log_unpack(packed, len, parts);
	snprintf(out, LOG_PREFIX_MAX, "<%d>%.48s[%ld]",
	    priorities[parts[0].level], program, (long)pid);
}

static void
write_stderr(const char *program, pid_t pid, const char *packed, size_t len)
{
	char prefix[LOG_PREFIX_MAX], lines[LOG_LINES_MAX];

	if (sink.stderr_is_journal)
		format_journal_prefix(program, pid, packed, len, prefix);
	else
		format_prefix(program, pid, prefix);
	write_lines(STDERR_FILENO, lines, log_format_lines(prefix, packed, len,
	    lines));
}

static void
write_file(const char *program, pid_t pid, const char *packed, size_t len)
{
	char prefix[LOG_PREFIX_MAX], lines[LOG_LINES_MAX];

	format_prefix(program, pid, prefix);
	write_lines(sink.file_fd, lines, log_format_lines(prefix, packed, len,
	    lines));
}

static void
write_message(const char *program, pid_t pid, const char *packed, size_t len)
{
	if (sink.options.to_syslog)
		write_syslog(program, pid, packed, len);
	if (sink.options.to_stderr)
		write_stderr(program, pid, packed, len);
	if (sink.file_fd != -1)
		write_file(program, pid, packed, len);
}

static void
write_own(const char *program, const char *packed, size_t len)
{
	write_message(program, getpid(), packed, len);
}

/* Returns the descriptor or -1 with the fault. */
static int
open_file(const char *path, struct fault *out)
{
	struct stat st;
	int fd;

	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY |
	    O_NOFOLLOW | O_NONBLOCK, LOG_FILE_MODE);
	if (fd == -1) {
		fault_set(out, "could not open log file \"%s\": %m", path);
		if (errno == ELOOP)
			fault_hint(out, "Give \"log_filename\" the file "
			    "itself, not a symbolic link to it.");
		return -1;
	}
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		close(fd);
		return fault_set(out, "log file \"%s\" is not a regular file",
		    path);
	}
	return fd;
}

static void
replace_file(int fd)
{
	if (sink.file_fd != -1)
		close(sink.file_fd);
	sink.file_fd = fd;
}

int
log_sink_open(const struct log_sink_options *options, struct fault *out)
{
	int fd = -1;

	if (options->filename != NULL && options->filename[0] != '\0') {
		fd = open_file(options->filename, out);
		if (fd == -1)
			return -1;
	}
	replace_file(fd);
	sink.options = *options;
	sink.stderr_is_journal = options->to_stderr && is_journal();
	if (options->ident != NULL)
		openlog(options->ident, 0, options->facility);
	log_set_writer(write_own);
	return 0;
}

int
log_sink_reopen(struct fault *out)
{
	int fd;

	if (sink.file_fd == -1)
		return 0;
	fd = open_file(sink.options.filename, out);
	if (fd == -1)
		return -1;
	replace_file(fd);
	return 0;
}

bool
log_sink_has_journal(void)
{
	return sink.stderr_is_journal;
}

void
log_sink_leave_stderr(void)
{
	sink.options.to_stderr = false;
	if (sink.file_fd == -1)
		sink.options.to_syslog = true;
}

int
log_sink_channel(int *out_supervisor, int *out_child, struct fault *out)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return fault_set(out, "could not create a log channel: %m");
	/* One way: the child has nothing to read here. */
	if (shutdown(pair[0], SHUT_WR) == -1 ||
	    fcntl(pair[0], F_SETFL, O_NONBLOCK) == -1) {
		fault_set(out, "could not set up a log channel: %m");
		close(pair[0]);
		close(pair[1]);
		return -1;
	}
	*out_supervisor = pair[0];
	*out_child = pair[1];
	return 0;
}

/* An empty datagram and the end look the same to recv(2). */
static bool
is_at_end(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, 0) == 1 && (pfd.revents & (POLLHUP | POLLERR));
}

/*
 * DETAIL and HINT that come as messages of their own follow the one before
 * them, as in log_write().
 */
static bool
is_shown(const char *packed, bool before)
{
	unsigned char level = (unsigned char)packed[0];

	if (level == LOG_LEVEL_DETAIL || level == LOG_LEVEL_HINT)
		return before;
	return level > LOG_LEVEL_FATAL || level >= log_min_level();
}

int
log_sink_read(int fd, const char *program, pid_t pid)
{
	char packed[LOG_PACKED_MAX];
	bool shown = true;
	ssize_t n;
	int i;

	for (i = 0; i < READ_MAX; i++) {
		n = recv(fd, packed, sizeof(packed), MSG_DONTWAIT);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno == EAGAIN ? 0 : -1;
		if (n == 0 && is_at_end(fd))
			return -1;
		if (n == 0)
			continue;
		shown = is_shown(packed, shown);
		if (shown)
			write_message(program, pid, packed, (size_t)n);
	}
	return 0;
}
