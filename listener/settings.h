/* SPDX-License-Identifier: ISC */
/*
 * settings: what postern.conf(5) says to the listener.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_SETTINGS_H
#define LISTENER_SETTINGS_H

#include <stdbool.h>

#include "common/instance.h"
#include "common/log_settings.h"
#include "common/tls_version.h"
#include "listener/handoff.h"

struct config_text;
struct fault_list;

#define SETTINGS_LIST_MAX 2048	/* bytes of a list of addresses */
#define SETTINGS_METRICS_MAX 128	/* bytes of one address or path */
#define SETTINGS_STATUS_GROUP "postern-status"	/* the default */

/* Whether a client must have a certificate. */
enum settings_client_cert {
	SETTINGS_CLIENT_CERT_AUTO,	/* if root.crt is used by presence */
	SETTINGS_CLIENT_CERT_REQUIRE,
	SETTINGS_CLIENT_CERT_REQUEST	/* a rule may demand it */
};

struct settings {
	/* What crosses to every worker; its paths are absolute. */
	struct handoff_settings worker;

	struct instance_settings instance;
	struct log_settings log;
	char listen_addresses[SETTINGS_LIST_MAX];
	char address_limits_except[NETWORKS_TEXT_MAX];	/* worker has what */
	char reserved_connections_from[NETWORKS_TEXT_MAX];	/* they say */
	int port;
	int workers;			/* never 0 once read */
	char backend_host[SETTINGS_LIST_MAX];
	int backend_port;
	char backend_cert_host[SETTINGS_LIST_MAX];	/* "": no cert route */
	int backend_cert_port;		/* never 0 once read */
	int backend_connect_timeout;	/* ms */
	int backend_spares;
	int backend_spare_lifetime;	/* ms */
	char cert_user[INSTANCE_NAME_MAX];
	char stat_user[INSTANCE_NAME_MAX];
	char status_group[INSTANCE_NAME_MAX];
	char metrics_listen[SETTINGS_METRICS_MAX];	/* "": off */
	int shutdown_timeout;		/* s */
	int reload_grace;		/* s; 0: no bound */
	int max_draining_generations;
	char hba_file[INSTANCE_PATH_MAX];
	char ident_file[INSTANCE_PATH_MAX];

	/* Not named: a file that is in worker's settings need not be there.
	 * trust_read() finds out. */
	bool is_hba_optional, is_ident_optional;
	bool is_ca_optional, is_crl_optional;

	/* As written; what follows from them is in worker. */
	bool ssl, ssl_prefer_server_ciphers;
	bool log_connections, log_disconnections, log_hostname;
	int ssl_client_cert;		/* enum settings_client_cert */
	char ssl_min_protocol_version[TLS_VERSION_NAME_MAX];
	char ssl_max_protocol_version[TLS_VERSION_NAME_MAX];
};

/*
 * Reads a text in postern.conf's syntax, then the command line's assignments,
 * then what follows from both: absolute paths, defaults that depend on others,
 * limits between two settings. Pure. Returns 0, or -1 with every fault.
 */
int settings_parse(const struct instance *instance,
    const struct config_text *text, struct settings *out,
    struct fault_list *faults);

/* The same with the instance's own postern.conf (instance_read()). */
int settings_read(const struct instance *instance, struct settings *out,
    struct fault_list *faults);

/* After faults: was there a text to read, so that every setting has a value,
 * if only its default? */
bool settings_are_known(const struct settings *settings);

/* Adds a fault for each parameter that a reload may not change and that
 * differs. Returns 0, or -1 if there is one. */
int settings_check_fixed(const struct settings *in_force,
    const struct settings *wanted, struct fault_list *faults);

#endif
