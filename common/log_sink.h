/* SPDX-License-Identifier: ISC */
/*
 * log_sink: the supervisor's end of the log: destinations, and the datagrams
 * of confined processes, which it passes on as text and never interprets.
 * Runs in: the supervisors (postern-keyd, postern-listener).
 */
#ifndef COMMON_LOG_SINK_H
#define COMMON_LOG_SINK_H

#include <sys/types.h>

#include <stdbool.h>

#include "common/log.h"

struct fault;

/*
 * Where messages go once the settings are read (log_destination and
 * log_filename of postern.conf(5)). Texts are kept by the caller.
 */
struct log_sink_options {
	bool to_stderr;
	bool to_syslog;
	bool to_json;		/* in the file; if there is none, on stderr */
	const char *line_prefix;	/* NULL: LOG_PREFIX_DEFAULT */
	const char *filename;	/* absolute path, "" or NULL for none */
	const char *ident;	/* syslog's ident */
	int facility;		/* LOG_LOCAL0, ... */
};

/*
 * Puts the destinations in force for this process's log_write() and for
 * log_sink_read(). Lines on stderr and in the file begin with the prefix; on a
 * stderr that is systemd's journal (JOURNAL_STREAM of systemd.exec(5)) with
 * "<N>" before it, N being syslog's priority. Returns 0, or -1 with the fault
 * when the file cannot be opened; the old destinations then stay.
 */
int log_sink_open(const struct log_sink_options *options, struct fault *out);

/* Opens the file anew under its name (logrotate). As log_sink_open(). */
int log_sink_reopen(struct fault *out);

/* Is stderr one of the destinations, and the journal's? */
bool log_sink_has_journal(void);

/* stderr goes away with the terminal: stop writing to it. If nothing else is
 * a destination, syslog becomes one. */
void log_sink_leave_stderr(void);

/*
 * Makes a channel for a confined process: *out_supervisor is non-blocking and
 * close-on-exec, *out_child is close-on-exec. Returns 0 or -1 with the fault.
 */
int log_sink_channel(int *out_supervisor, int *out_child, struct fault *out);

/*
 * Writes all that waits in the channel, as messages of that program and pid.
 * Control bytes and bad UTF-8 become \xNN. Returns 0 while the channel lives,
 * -1 at its end.
 */
int log_sink_read(int fd, const char *program, pid_t pid);

#endif
