/* SPDX-License-Identifier: ISC */
/*
 * log: what a process has to say, and where it says it.
 * A supervisor writes to stderr, a file or syslog; a confined process sends
 * datagrams to its supervisor, which adds time, program and pid (log_sink).
 * Runs in: every process.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <sys/types.h>

#include <stddef.h>

struct fault;

#define LOG_TEXT_MAX 2000	/* bytes of one message, the rest is cut */

/* In the order of PostgreSQL's log_min_messages; DETAIL and HINT follow. */
enum log_level {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_ERROR,
	LOG_LEVEL_LOG,
	LOG_LEVEL_FATAL,
	LOG_LEVEL_DETAIL,	/* belongs to the message before it */
	LOG_LEVEL_HINT
};
#define LOG_LEVELS (LOG_LEVEL_HINT + 1)

/*
 * Until the process says otherwise, messages go to stderr as
 * "program: LEVEL:  text". program is kept, not copied.
 */
void log_open(const char *program);

/* From now on every message is a datagram on fd (SOCK_SEQPACKET), never
 * blocking; what does not fit is dropped, counted, and told with the next. */
void log_open_channel(int fd);

/* Messages below level (LOG_LEVEL_DEBUG .. LOG_LEVEL_FATAL) are not written. */
void log_set_min_level(enum log_level level);
enum log_level log_min_level(void);

/* One message; printf's format, %m included; a newline is not wanted. */
void log_write(enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A fault as one message with its DETAIL, HINT and SQLSTATE. */
void log_fault(enum log_level level, const struct fault *fault);

/* Whom a message is about, as far as it is known: NULL, "" and 0 are not. */
struct log_session {
	const char *user, *database, *application_name;
	const char *host;		/* the client's address */
	unsigned int port;
	unsigned int server_pid;	/* the server's own process */
};

/* The same two, about a session (log_line_prefix, jsonlog). */
void log_session_write(const struct log_session *session,
    enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void log_session_fault(const struct log_session *session,
    enum log_level level, const struct fault *fault);

/* What a library says of itself (event_set_log_callback()): DEBUG, since what
 * matters of it comes back as an error. severity is the library's. */
void log_write_library(int severity, const char *text);

/* "LOG", "FATAL", ...; "???" for a number that is no level. */
const char *log_level_name(enum log_level level);

#endif
