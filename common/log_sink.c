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
#include "common/log_json.h"
#include "common/log_prefix.h"
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

/* The prefix, without the time where somebody else adds it, unless it is the
 * administrator's own. */
static void
format_prefix(const struct log_origin *origin, const struct log_record *record,
    bool with_time, char out[LOG_PREFIX_MAX])
{
	const char *format = sink.options.line_prefix;

	if (format == NULL)
		format = LOG_PREFIX_DEFAULT;
	if (!with_time && strcmp(format, LOG_PREFIX_DEFAULT) == 0)
		format = LOG_PREFIX_WITHOUT_TIME;
	log_prefix_format(format, origin, record, out);
}

static void
write_syslog(const struct log_origin *origin, const struct log_record *record)
{
	char prefix[LOG_PREFIX_MAX], text[4 * LOG_PACKED_MAX + 1];
	const struct log_part *part;
	size_t i;

	format_prefix(origin, record, false, prefix);
	for (i = 0; i < record->parts_len; i++) {
		part = &record->parts[i];
		log_text_escape(part->text, part->len, text, sizeof(text));
		syslog(priorities[record->parts[0].level], "%s%s:  %s",
		    prefix, log_level_name(part->level), text);
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
format_journal_prefix(const struct log_origin *origin,
    const struct log_record *record, char out[LOG_PREFIX_MAX])
{
	char prefix[LOG_PREFIX_MAX];

	format_prefix(origin, record, false, prefix);
	(void)snprintf(out, LOG_PREFIX_MAX, "<%d>%.*s",
	    priorities[record->parts[0].level], LOG_PREFIX_MAX - 8, prefix);
}

static void
write_text(int fd, bool is_journals, const struct log_origin *origin,
    const struct log_record *record)
{
	char prefix[LOG_PREFIX_MAX], lines[LOG_LINES_MAX];

	if (is_journals)
		format_journal_prefix(origin, record, prefix);
	else
		format_prefix(origin, record, true, prefix);
	write_lines(fd, lines, log_record_format(record, prefix, lines));
}

static void
write_json(int fd, const struct log_origin *origin,
    const struct log_record *record)
{
	char line[LOG_JSON_MAX];

	write_lines(fd, line, log_json_format(origin, record, line));
}

/* JSON goes to the file, or where there is none, to standard error instead of
 * text. */
static void
write_message(const char *program, pid_t pid, const char *packed, size_t len)
{
	struct log_origin origin = { .program = program, .pid = pid };
	bool to_json = sink.options.to_json;
	struct log_record record;

	clock_gettime(CLOCK_REALTIME, &origin.at);
	log_record_unpack(packed, len, &record);
	if (sink.options.to_syslog)
		write_syslog(&origin, &record);
	if (sink.options.to_stderr && to_json && sink.file_fd == -1)
		write_json(STDERR_FILENO, &origin, &record);
	else if (sink.options.to_stderr)
		write_text(STDERR_FILENO, sink.stderr_is_journal, &origin,
		    &record);
	if (sink.file_fd != -1 && to_json)
		write_json(sink.file_fd, &origin, &record);
	else if (sink.file_fd != -1)
		write_text(sink.file_fd, false, &origin, &record);
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
