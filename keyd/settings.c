/* SPDX-License-Identifier: ISC */
/*
 * settings: what postern-keyd takes from postern.conf and the command line.
 * Runs in: postern-keyd.
 */
#include "keyd/settings.h"

#include <string.h>

#include "common/config_row.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/secret.h"

static int check_command(const char *value, struct fault *out);
static int check_key_file(const char *value, struct fault *out);
static int check_max_version(const char *value, struct fault *out);

static const struct config_word memory_words[] = {
	{ "auto", SECRET_AUTO },
	{ "secret", SECRET_SECRET },
	{ "locked", SECRET_LOCKED },
	{ NULL, 0 }
};

static const struct config_setting table[] = {
	INSTANCE_ROWS(instance),
	LOG_SETTINGS_ROWS(log),
	ROW_CHECKED("ssl_key_file", ssl_key_file, "server.key",
	    check_key_file),
	ROW_CHECKED("ssl_passphrase_command", ssl_passphrase_command, "",
	    check_command),
	ROW_WORD("key_memory", key_memory, "auto", memory_words),
	ROW_NUMBER("signers", signers, "0", 0, 64),
	ROW_NUMBER("max_key_connections", max_key_connections, "256", 1, 4096),
	ROW_NUMBER("max_signatures_per_second", max_signatures_per_second,
	    "0", 0, 1000000),
	ROW_CHECKED("ssl_max_protocol_version", ssl_max_protocol_version, "",
	    check_max_version),
	ROW_SPAN("authentication_timeout", authentication_timeout,
	    "1min", S, 1, 600),

	/* postern-listener's */
	ROW_FOREIGN("backend_cert_host"),
	ROW_FOREIGN("backend_cert_port"),
	ROW_FOREIGN("backend_connect_timeout"),
	ROW_FOREIGN("backend_spares"),
	ROW_FOREIGN("backend_spare_lifetime"),
	ROW_FOREIGN("backend_host"),
	ROW_FOREIGN("backend_port"),
	ROW_FOREIGN("cert_user"),
	ROW_FOREIGN("hba_file"),
	ROW_FOREIGN("ident_file"),
	ROW_FOREIGN("key_timeout"),
	ROW_FOREIGN("listen_addresses"),
	ROW_FOREIGN("log_connections"),
	ROW_FOREIGN("log_disconnections"),
	ROW_FOREIGN("log_hostname"),
	ROW_FOREIGN("max_connections"),
	ROW_FOREIGN("max_draining_generations"),
	ROW_FOREIGN("max_handshakes"),
	ROW_FOREIGN("max_unfinished_per_address"),
	ROW_FOREIGN("max_connections_per_address"),
	ROW_FOREIGN("max_cancels_per_address"),
	ROW_FOREIGN("address_limits_except"),
	ROW_FOREIGN("reserved_connections"),
	ROW_FOREIGN("reserved_connections_from"),
	ROW_FOREIGN("metrics_listen"),
	ROW_FOREIGN("port"),
	ROW_FOREIGN("reload_grace"),
	ROW_FOREIGN("shutdown_timeout"),
	ROW_FOREIGN("ssl"),
	ROW_FOREIGN("ssl_ca_file"),
	ROW_FOREIGN("ssl_cert_file"),
	ROW_FOREIGN("ssl_ciphers"),
	ROW_FOREIGN("ssl_client_cert"),
	ROW_FOREIGN("ssl_crl_dir"),
	ROW_FOREIGN("ssl_crl_file"),
	ROW_FOREIGN("ssl_ecdh_curve"),
	ROW_FOREIGN("ssl_groups"),
	ROW_FOREIGN("ssl_min_protocol_version"),
	ROW_FOREIGN("ssl_prefer_server_ciphers"),
	ROW_FOREIGN("ssl_tls13_ciphers"),
	ROW_FOREIGN("stat_user"),
	ROW_FOREIGN("status_group"),
	ROW_FOREIGN("tcp_keepalives_count"),
	ROW_FOREIGN("tcp_keepalives_idle"),
	ROW_FOREIGN("tcp_keepalives_interval"),
	ROW_FOREIGN("tcp_user_timeout"),
	ROW_FOREIGN("workers"),
	{ .name = NULL }
};

static int
check_key_file(const char *value, struct fault *out)
{
	return instance_check_filled("ssl_key_file", value, out);
}

static int
check_max_version(const char *value, struct fault *out)
{
	if (value[0] == '\0')
		return 0;
	return tls_version_check("ssl_max_protocol_version", value, out);
}

/* PostgreSQL's texts (percentrepl.c). */
static int
check_command(const char *value, struct fault *out)
{
	const char *p = value;

	while ((p = strchr(p, '%')) != NULL) {
		if (p[1] != 'p' && p[1] != '%')
			break;
		p += 2;
	}
	if (p == NULL)
		return 0;
	instance_refuse("ssl_passphrase_command", value, out);
	if (p[1] == '\0')
		return fault_detail(out, "String ends unexpectedly with escape "
		    "character \"%%\".");
	return fault_detail(out, "String contains unexpected placeholder "
	    "\"%%%c\".", p[1]);
}

static int
complete(const struct instance *instance, struct settings *out,
    struct fault_list *faults)
{
	instance_complete(instance, &out->instance, faults);
	log_settings_complete(instance, &out->log, faults);
	instance_complete_path("ssl_key_file", instance->directory,
	    out->ssl_key_file, sizeof(out->ssl_key_file), faults);
	return faults->count == 0 ? 0 : -1;
}

int
settings_parse(const struct instance *instance,
    const struct config_text *text, struct settings *out,
    struct fault_list *faults)
{
	if (instance_parse(instance, table, text, out, faults) == -1)
		return -1;
	return complete(instance, out, faults);
}

int
settings_read(const struct instance *instance, struct settings *out,
    struct fault_list *faults)
{
	if (instance_read(instance, table, out, faults) == -1)
		return -1;
	return complete(instance, out, faults);
}

/* By them others have found us, or what we hold was made. */
#define FIXED(name, member) { name, offsetof(struct settings, member), \
	sizeof(((struct settings *)NULL)->member) }
static const struct {
	const char *name;
	size_t offset, size;
} fixed[] = {
	FIXED("run_directory", instance.run_directory),
	FIXED("key_socket", instance.key_socket),
	FIXED("user", instance.user),
	FIXED("dial_user", instance.dial_user),
	FIXED("key_user", instance.key_user),
	FIXED("sandbox", instance.sandbox),
	FIXED("key_memory", key_memory),
};

void
settings_keep_fixed(const struct settings *in_force, struct settings *wanted)
{
	const char *before;
	size_t i;
	char *now;

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		before = (const char *)in_force + fixed[i].offset;
		now = (char *)wanted + fixed[i].offset;
		if (memcmp(before, now, fixed[i].size) == 0)
			continue;
		log_write(LOG_LEVEL_LOG, "parameter \"%s\" cannot be changed "
		    "without restarting the server", fixed[i].name);
		memcpy(now, before, fixed[i].size);
	}
}
