/* SPDX-License-Identifier: ISC */
/*
 * log_settings: what postern.conf(5) says about the log, put in force.
 * Runs in: the supervisors, at start.
 */
#ifndef COMMON_LOG_SETTINGS_H
#define COMMON_LOG_SETTINGS_H

#include <stdbool.h>

#include "common/config.h"
#include "common/instance.h"
#include "common/log_prefix.h"

struct log_sink_options;

#define LOG_SETTINGS_PREFIX_MAX 256	/* bytes of the format */

/* Under their names in postern.conf(5). */
struct log_settings {
	char log_destination[INSTANCE_NAME_MAX];
	char log_line_prefix[LOG_SETTINGS_PREFIX_MAX];
	char log_filename[INSTANCE_PATH_MAX];	/* absolute once completed */
	char syslog_ident[INSTANCE_NAME_MAX];
	int syslog_facility;		/* LOG_LOCAL0, ... */
	int log_min_messages;		/* enum log_level */
};

extern const struct config_word log_settings_facilities[];
extern const struct config_word log_settings_levels[];

/* The check of "log_destination". */
int log_settings_check_destination(const char *value, struct fault *out);

/* Their rows of a daemon's table (common/config_row.h). */
#define LOG_SETTINGS_ROWS(member) \
	ROW_CHECKED("log_destination", member.log_destination, "stderr", \
	    log_settings_check_destination), \
	ROW_CHECKED("log_line_prefix", member.log_line_prefix, \
	    LOG_PREFIX_DEFAULT, log_prefix_check), \
	ROW_TEXT("log_filename", member.log_filename, ""), \
	ROW_TEXT("syslog_ident", member.syslog_ident, "postern"), \
	ROW_WORD("syslog_facility", member.syslog_facility, "local0", \
	    log_settings_facilities), \
	ROW_WORD("log_min_messages", member.log_min_messages, "warning", \
	    log_settings_levels)

/* Makes the file's name absolute. Returns 0, or -1 with a fault added. */
int log_settings_complete(const struct instance *instance,
    struct log_settings *settings, struct fault_list *faults);

/* Where the log goes; texts point into settings. */
void log_settings_sink(const struct log_settings *settings,
    struct log_sink_options *out);

/* From main's first line on, before there are settings: messages go to the
 * terminal, or to the journal with their priorities. */
void log_settings_open_start(const char *program);

/* Until the daemon serves, the terminal is told everything: its own messages
 * plainly, those of its programs with time and pid. */
void log_settings_open_terminal(const struct log_settings *settings,
    const char *program);

/* From now on the log goes where it belongs; to stderr in the foreground only.
 * Returns 0 or -1 with the fault. */
int log_settings_open(const struct log_settings *settings, bool foreground,
    struct fault *fault);

#endif
