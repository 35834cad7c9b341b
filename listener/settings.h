/* SPDX-License-Identifier: ISC */
/*
 * settings: what postern.conf(5) says to the listener.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_SETTINGS_H
#define LISTENER_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "listener/handoff.h"

struct config_text;
struct fault_list;

#define SETTINGS_LIST_MAX 2048	/* bytes of a list of addresses */
#define SETTINGS_WORD_MAX 64

struct settings {
	/* What crosses to every worker; its paths are absolute. */
	struct handoff_settings worker;

	char listen_addresses[SETTINGS_LIST_MAX];
	int port;
	int workers;			/* never 0 once loaded */
	char backend_host[SETTINGS_LIST_MAX];
	int backend_port;
	int backend_connect_timeout;	/* ms */
	int shutdown_timeout;		/* s */
	char run_directory[HANDOFF_TEXT_MAX];	/* absolute */
	char user[SETTINGS_WORD_MAX];

	/* As written; what follows from them is in worker. */
	bool ssl, ssl_prefer_server_ciphers;
	bool log_connections, log_disconnections;
	char ssl_min_protocol_version[SETTINGS_WORD_MAX];
	char ssl_max_protocol_version[SETTINGS_WORD_MAX];

	char log_destination[SETTINGS_WORD_MAX];
	char log_filename[HANDOFF_TEXT_MAX];	/* absolute or "" */
	char syslog_ident[SETTINGS_WORD_MAX];
	int syslog_facility;		/* LOG_LOCAL0, ... */
	bool log_to_stderr, log_to_syslog;	/* of log_destination */
};

struct settings_source {
	const char *data_directory;	/* absolute */
	const char *const *overrides;	/* "name=value" of -c, in order */
	size_t overrides_len;
	bool is_root;			/* where run_directory is by default */
};

/*
 * Reads a text in postern.conf's syntax, then the overrides, then what follows
 * from both: absolute paths, defaults that depend on others, limits between
 * two settings. Opens no file. Returns 0, or -1 with every fault.
 */
int settings_parse(const struct settings_source *source,
    const struct config_text *text, struct settings *out,
    struct fault_list *faults);

/*
 * The data directory's postern.conf, by settings_parse(). As root the
 * directory and the file must be beyond anybody else's reach.
 */
int settings_load(const struct settings_source *source, struct settings *out,
    struct fault_list *faults);

#endif
