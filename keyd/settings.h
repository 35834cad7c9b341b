/* SPDX-License-Identifier: ISC */
/*
 * settings: what postern-keyd takes from postern.conf and the command line.
 * Runs in: postern-keyd.
 */
#ifndef KEYD_SETTINGS_H
#define KEYD_SETTINGS_H

#include "common/instance.h"
#include "common/log_settings.h"
#include "common/tls_version.h"
#include "keyd/handoff.h"

struct config_text;
struct fault_list;

/* Under their names in postern.conf(5); paths are absolute. */
struct settings {
	struct instance_settings instance;
	struct log_settings log;
	char ssl_key_file[HANDOFF_PATH_MAX];
	char ssl_passphrase_command[HANDOFF_COMMAND_MAX];
	int key_memory;			/* enum secret_kind */
	int signers;			/* threads, 0: one per core */
	int max_key_connections;
	int max_signatures_per_second;	/* of a peer, 0: any number */
	char ssl_max_protocol_version[TLS_VERSION_NAME_MAX]; /* "": none */
	int authentication_timeout;	/* s; of the listener's clients */
};

/*
 * Defaults, then the text of postern.conf, then the command line's assignments,
 * then the paths that depend on each other. Pure. Returns 0, or -1 with every
 * fault in out.
 */
int settings_parse(const struct instance *instance,
    const struct config_text *text, struct settings *out,
    struct fault_list *faults);

/* The same with the instance's own postern.conf (instance_read()). */
int settings_read(const struct instance *instance, struct settings *out,
    struct fault_list *faults);

/* What cannot change without a restart stays as it is in force, and the log
 * says so. */
void settings_keep_fixed(const struct settings *in_force,
    struct settings *wanted);

#endif
