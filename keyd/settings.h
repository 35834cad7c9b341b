/* SPDX-License-Identifier: ISC */
/*
 * settings: what postern-keyd takes from postern.conf and the command line.
 * Runs in: postern-keyd.
 */
#ifndef KEYD_SETTINGS_H
#define KEYD_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "keyd/handoff.h"

struct fault;
struct fault_list;
struct config_text;
struct log_sink_options;

#define SETTINGS_PATH_MAX HANDOFF_PATH_MAX
#define SETTINGS_NAME_MAX 64

/* Under their names in postern.conf(5); all paths absolute once settings_read()
 * has returned. */
struct settings {
	char run_directory[SETTINGS_PATH_MAX];
	char key_socket[SETTINGS_PATH_MAX];
	char ssl_key_file[SETTINGS_PATH_MAX];
	char ssl_passphrase_command[HANDOFF_COMMAND_MAX];
	char user[SETTINGS_NAME_MAX];
	char key_user[SETTINGS_NAME_MAX];
	int key_memory;			/* enum secret_kind */
	int signers;			/* threads, 0: one per core */
	int max_key_connections;
	char log_destination[SETTINGS_NAME_MAX];
	char log_filename[SETTINGS_PATH_MAX];
	char syslog_ident[SETTINGS_NAME_MAX];
	int syslog_facility;		/* LOG_LOCAL0, ... */
	int log_min_messages;		/* enum log_level */
};

struct settings_source {
	const char *directory;		/* the data directory, absolute */
	const char *const *assignments;	/* of the command line */
	size_t assignments_len;
	bool is_root;			/* which run directory is the default */
};

/*
 * Defaults, then the text of postern.conf, then the command line's assignments,
 * then the paths that depend on each other. Pure. Returns 0, or -1 with every
 * fault in out.
 */
int settings_parse(const struct settings_source *source,
    const struct config_text *text, struct settings *out,
    struct fault_list *faults);

/*
 * Reads postern.conf in the data directory (as root: if nobody else could have
 * written either) and parses it. As settings_parse().
 */
int settings_read(const struct settings_source *source, struct settings *out,
    struct fault_list *faults);

/* Where the log goes by these settings; texts point into settings. */
void settings_log_options(const struct settings *settings,
    struct log_sink_options *out);

#endif
