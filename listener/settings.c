/* SPDX-License-Identifier: ISC */
/*
 * settings: what postern.conf(5) says to the listener.
 * The table first, then what follows from several settings together.
 * Runs in: postern-listener.
 */
#include "listener/settings.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/config_row.h"
#include "common/fault.h"
#include "listener/metrics_address.h"

static int check_min_version(const char *, struct fault *);
static int check_max_version(const char *, struct fault *);
static int check_cert_file(const char *, struct fault *);
static int check_hba_file(const char *, struct fault *);
static int check_ident_file(const char *, struct fault *);
static int check_cert_user(const char *, struct fault *);
static int check_stat_user(const char *, struct fault *);
static int check_status_group(const char *, struct fault *);
static int check_metrics_listen(const char *, struct fault *);

/* The value of a file that is used if it is there. */
#define AUTO "auto"
#define HBA_NAME "pg_hba.conf"
#define IDENT_NAME "pg_ident.conf"
#define CA_NAME "root.crt"
#define CRL_NAME "root.crl"

static const struct config_word client_cert_words[] = {
	{ "auto", SETTINGS_CLIENT_CERT_AUTO },
	{ "require", SETTINGS_CLIENT_CERT_REQUIRE },
	{ "request", SETTINGS_CLIENT_CERT_REQUEST },
	{ NULL, 0 }
};

static const struct config_setting table[] = {
	/* Where it listens, and what stands behind it. */
	ROW_TEXT("listen_addresses", listen_addresses, "localhost"),
	ROW_NUMBER("port", port, "5432", 1, 65535),
	ROW_TEXT("backend_host", backend_host, "/var/run/postgresql"),
	ROW_NUMBER("backend_port", backend_port, "5432", 1, 65535),
	ROW_TEXT("backend_cert_host", backend_cert_host, ""),
	ROW_NUMBER("backend_cert_port", backend_cert_port, "0", 0, 65535),
	ROW_SPAN("backend_connect_timeout", backend_connect_timeout, "10s", MS,
	    100, 600000),
	ROW_NUMBER("backend_spares", backend_spares, "0", 0,
	    HANDOFF_SPARES_MAX),
	ROW_SPAN("backend_spare_lifetime", backend_spare_lifetime, "5s", MS,
	    100, 30000),
	ROW_SPAN("tcp_keepalives_idle", worker.tcp_keepalives_idle, "0", S,
	    0, 32767),
	ROW_SPAN("tcp_keepalives_interval", worker.tcp_keepalives_interval,
	    "0", S, 0, 32767),
	ROW_NUMBER("tcp_keepalives_count", worker.tcp_keepalives_count, "0",
	    0, 127),
	ROW_SPAN("tcp_user_timeout", worker.tcp_user_timeout, "0", MS,
	    0, INT_MAX),

	/* How much, how long. */
	ROW_NUMBER("max_connections", worker.max_connections, "100", 1, 262143),
	ROW_NUMBER("max_handshakes", worker.max_handshakes, "1000", 1, 262143),
	ROW_NUMBER("max_unfinished_per_address",
	    worker.max_unfinished_per_address, "64", 0, 262143),
	ROW_NUMBER("max_connections_per_address",
	    worker.max_connections_per_address, "0", 0, 262143),
	ROW_NUMBER("max_cancels_per_address", worker.max_cancels_per_address,
	    "100", 0, 262143),
	ROW_TEXT("address_limits_except", address_limits_except, ""),
	ROW_NUMBER("reserved_connections", worker.reserved_connections, "0",
	    0, 262142),
	ROW_TEXT("reserved_connections_from", reserved_connections_from, ""),
	ROW_SPAN("authentication_timeout", worker.authentication_timeout,
	    "1min", S, 1, 600),
	ROW_NUMBER("workers", workers, "0", 0, HANDOFF_WORKERS_MAX),
	ROW_SPAN("shutdown_timeout", shutdown_timeout, "10s", S, 0, 3600),
	ROW_SPAN("reload_grace", reload_grace, "0", S, 0, 31536000),
	ROW_NUMBER("max_draining_generations", max_draining_generations, "16",
	    1, HANDOFF_DRAINING_MAX),

	/* Who may pass. */
	ROW_CHECKED("hba_file", hba_file, HBA_NAME, check_hba_file),
	ROW_CHECKED("ident_file", ident_file, IDENT_NAME, check_ident_file),
	ROW_TEXT("ssl_ca_file", worker.ssl_ca_file, AUTO),
	ROW_TEXT("ssl_crl_file", worker.ssl_crl_file, AUTO),
	ROW_TEXT("ssl_crl_dir", worker.ssl_crl_dir, ""),
	ROW_WORD("ssl_client_cert", ssl_client_cert, "auto",
	    client_cert_words),

	/* SSL. */
	ROW_BOOL("ssl", ssl, "on"),
	ROW_CHECKED("ssl_cert_file", worker.ssl_cert_file, "server.crt",
	    check_cert_file),
	ROW_TEXT("ssl_ciphers", worker.ssl_ciphers,
	    "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL"),
	ROW_TEXT("ssl_tls13_ciphers", worker.ssl_tls13_ciphers, ""),
	ROW_TEXT("ssl_groups", worker.ssl_groups, "X25519:prime256v1"),
	ROW_TEXT("ssl_ecdh_curve", worker.ssl_groups, "X25519:prime256v1"),
	ROW_BOOL("ssl_prefer_server_ciphers", ssl_prefer_server_ciphers, "on"),
	ROW_CHECKED("ssl_min_protocol_version", ssl_min_protocol_version,
	    "TLSv1.2", check_min_version),
	ROW_CHECKED("ssl_max_protocol_version", ssl_max_protocol_version, "",
	    check_max_version),
	ROW_SPAN("key_timeout", worker.key_timeout, "10s", MS, 100, 600000),

	/* Who it is and where it leaves what. */
	INSTANCE_ROWS(instance),
	ROW_CHECKED("cert_user", cert_user, "postern-cert", check_cert_user),
	ROW_CHECKED("stat_user", stat_user, "postern-stat", check_stat_user),
	ROW_CHECKED("status_group", status_group, SETTINGS_STATUS_GROUP,
	    check_status_group),
	ROW_CHECKED("metrics_listen", metrics_listen, "",
	    check_metrics_listen),

	/* The log. */
	LOG_SETTINGS_ROWS(log),
	ROW_BOOL("log_connections", log_connections, "off"),
	ROW_BOOL("log_disconnections", log_disconnections, "off"),
	ROW_BOOL("log_hostname", log_hostname, "off"),

	/* postern-keyd's. */
	ROW_FOREIGN("ssl_key_file"),
	ROW_FOREIGN("ssl_passphrase_command"),
	ROW_FOREIGN("signers"),
	ROW_FOREIGN("key_memory"),
	ROW_FOREIGN("max_key_connections"),
	ROW_FOREIGN("max_signatures_per_second"),
	{ .name = NULL }
};

/* What sessions of all generations must agree about, and what is opened
 * once. */
static const char *const fixed[] = {
	"backend_host", "backend_port", "backend_cert_host",
	"backend_cert_port", "backend_connect_timeout", "run_directory",
	"key_socket", "user", "dial_user", "cert_user", "key_user",
	"stat_user", "status_group", "metrics_listen", NULL
};

static int
check_min_version(const char *value, struct fault *out)
{
	return tls_version_check("ssl_min_protocol_version", value, out);
}

static int
check_max_version(const char *value, struct fault *out)
{
	if (value[0] == '\0')
		return 0;
	return tls_version_check("ssl_max_protocol_version", value, out);
}

static int
check_cert_file(const char *value, struct fault *out)
{
	if (value[0] != '\0')
		return 0;
	fault_set(out, "parameter \"ssl_cert_file\" is empty");
	return fault_hint(out, "Name the certificate's file, or set "
	    "\"ssl\" to off.");
}

static int
check_hba_file(const char *value, struct fault *out)
{
	return instance_check_filled("hba_file", value, out);
}

static int
check_ident_file(const char *value, struct fault *out)
{
	return instance_check_filled("ident_file", value, out);
}

static int
check_cert_user(const char *value, struct fault *out)
{
	return instance_check_filled("cert_user", value, out);
}

static int
check_stat_user(const char *value, struct fault *out)
{
	return instance_check_filled("stat_user", value, out);
}

static int
check_status_group(const char *value, struct fault *out)
{
	return instance_check_filled("status_group", value, out);
}

static int
check_metrics_listen(const char *value, struct fault *out)
{
	struct handoff_address address;

	return value[0] == '\0' ? 0 :
	    metrics_address_parse(value, &address, out);
}

static int
finish_versions(struct settings *out, struct fault *fault)
{
	struct handoff_settings *worker = &out->worker;

	worker->ssl_min_protocol_version =
	    tls_version_of(out->ssl_min_protocol_version);
	worker->ssl_max_protocol_version = 0;
	if (out->ssl_max_protocol_version[0] == '\0')
		return 0;
	worker->ssl_max_protocol_version =
	    tls_version_of(out->ssl_max_protocol_version);
	if (worker->ssl_min_protocol_version <=
	    worker->ssl_max_protocol_version)
		return 0;
	fault_set(fault, "could not set SSL protocol version range");
	return fault_detail(fault, "\"ssl_min_protocol_version\" cannot be "
	    "higher than \"ssl_max_protocol_version\".");
}

static int
refuse_log_hostname(const struct settings *settings, struct fault *fault)
{
	if (!settings->log_hostname)
		return 0;
	fault_set(fault, "parameter \"log_hostname\" cannot be on");
	fault_detail(fault, "What serves clients is confined, and asks no "
	    "name service.");
	return fault_hint(fault, "Set it to off, and look up the addresses "
	    "that the log has.");
}

/* A path of "" is no file, and stays so. */
static void
complete_file(const struct instance *instance, const char *setting,
    char *path, size_t size, struct fault_list *faults)
{
	if (path[0] != '\0')
		instance_complete_path(setting, instance->directory, path,
		    size, faults);
}

/* A file of that name is used if it is there; has it this value? */
static bool
take_auto(char *path, const char *name)
{
	if (strcmp(path, AUTO) != 0)
		return false;
	memcpy(path, name, strlen(name) + 1);
	return true;
}

static void
finish_access(const struct instance *instance, struct settings *out,
    struct fault_list *faults)
{
	struct handoff_settings *worker = &out->worker;

	out->is_hba_optional = strcmp(out->hba_file, HBA_NAME) == 0;
	out->is_ident_optional = strcmp(out->ident_file, IDENT_NAME) == 0;
	out->is_ca_optional = take_auto(worker->ssl_ca_file, CA_NAME);
	out->is_crl_optional = take_auto(worker->ssl_crl_file, CRL_NAME);
	complete_file(instance, "hba_file", out->hba_file,
	    sizeof(out->hba_file), faults);
	complete_file(instance, "ident_file", out->ident_file,
	    sizeof(out->ident_file), faults);
	complete_file(instance, "ssl_ca_file", worker->ssl_ca_file,
	    sizeof(worker->ssl_ca_file), faults);
	complete_file(instance, "ssl_crl_file", worker->ssl_crl_file,
	    sizeof(worker->ssl_crl_file), faults);
	complete_file(instance, "ssl_crl_dir", worker->ssl_crl_dir,
	    sizeof(worker->ssl_crl_dir), faults);
	worker->ssl_client_cert_required =
	    out->ssl_client_cert == SETTINGS_CLIENT_CERT_AUTO ?
	    out->is_ca_optional :
	    out->ssl_client_cert == SETTINGS_CLIENT_CERT_REQUIRE;
}

static void
finish_limits(struct settings *out, struct fault_list *faults)
{
	struct handoff_settings *worker = &out->worker;
	struct fault fault = { 0 };

	if (networks_parse("address_limits_except",
	    out->address_limits_except, &worker->address_limits_except,
	    &fault) != 0)
		fault_list_add(faults, &fault);
	if (networks_parse("reserved_connections_from",
	    out->reserved_connections_from, &worker->reserved_from,
	    &fault) != 0)
		fault_list_add(faults, &fault);
	if (worker->reserved_connections < worker->max_connections)
		return;
	fault_set(&fault, "\"reserved_connections\" must be less than "
	    "\"max_connections\"");
	fault_list_add(faults, &fault);
}

static void
finish_workers(struct settings *out)
{
	long cores;

	if (out->workers > 0)
		return;
	cores = sysconf(_SC_NPROCESSORS_ONLN);
	if (cores < 1)
		cores = 1;
	out->workers = cores < HANDOFF_WORKERS_MAX ? (int)cores :
	    HANDOFF_WORKERS_MAX;
}

/* What the settings say to the workers, in the handoff's words. */
static void
finish_handoff(const struct instance *instance, struct settings *out)
{
	struct handoff_settings *worker = &out->worker;

	snprintf(worker->data_directory, sizeof(worker->data_directory), "%s",
	    instance->directory);
	snprintf(worker->key_socket, sizeof(worker->key_socket), "%s",
	    out->instance.key_socket);
	worker->ssl = out->ssl;
	worker->ssl_prefer_server_ciphers = out->ssl_prefer_server_ciphers;
	worker->log_connections = out->log_connections;
	worker->log_disconnections = out->log_disconnections;
	worker->log_min_messages = out->log.log_min_messages;
}

static int
finish(const struct instance *instance, struct settings *out,
    struct fault_list *faults)
{
	struct fault fault = { 0 };

	instance_complete(instance, &out->instance, faults);
	log_settings_complete(instance, &out->log, faults);
	instance_complete_path("ssl_cert_file", instance->directory,
	    out->worker.ssl_cert_file, sizeof(out->worker.ssl_cert_file),
	    faults);
	if (finish_versions(out, &fault) == -1)
		fault_list_add(faults, &fault);
	if (refuse_log_hostname(out, &fault) == -1)
		fault_list_add(faults, &fault);
	finish_access(instance, out, faults);
	finish_limits(out, faults);
	finish_workers(out);
	if (out->backend_cert_port == 0)
		out->backend_cert_port = out->backend_port;
	finish_handoff(instance, out);
	return faults->count == 0 ? 0 : -1;
}

int
settings_parse(const struct instance *instance,
    const struct config_text *text, struct settings *out,
    struct fault_list *faults)
{
	memset(out, 0, sizeof(*out));
	(void)instance_parse(instance, table, text, out, faults);
	return finish(instance, out, faults);
}

/* No value of a port is 0. */
bool
settings_are_known(const struct settings *settings)
{
	return settings->port != 0;
}

int
settings_read(const struct instance *instance, struct settings *out,
    struct fault_list *faults)
{
	memset(out, 0, sizeof(*out));
	if (instance_read(instance, table, out, faults) == -1 &&
	    !settings_are_known(out))
		return -1;
	return finish(instance, out, faults);
}

int
settings_check_fixed(const struct settings *in_force,
    const struct settings *wanted, struct fault_list *faults)
{
	struct fault fault = { 0 };
	size_t i;
	int rc = 0;

	for (i = 0; fixed[i] != NULL; i++) {
		if (config_is_equal(config_find(table, fixed[i]), in_force,
		    wanted))
			continue;
		fault_set(&fault, "parameter \"%s\" cannot be changed without "
		    "restarting the server", fixed[i]);
		fault_code(&fault, "55P02");
		rc = fault_list_add(faults, &fault);
	}
	return rc;
}
