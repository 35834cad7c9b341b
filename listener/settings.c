/* SPDX-License-Identifier: ISC */
/*
 * settings: what postern.conf(5) says to the listener.
 * The table first, then what follows from several settings together.
 * Runs in: postern-listener.
 */
#include "listener/settings.h"

#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>
#include <unistd.h>

#include "common/config.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/textfile.h"

#define KEY_SOCKET_NAME "key/keyd.sock"	/* below the run directory */

/* As TLS has them on the wire; OpenSSL's headers are not for this program. */
#define TLS_1_2 0x0303
#define TLS_1_3 0x0304

static int check_min_version(const char *, struct fault *);
static int check_max_version(const char *, struct fault *);
static int check_log_destination(const char *, struct fault *);
static int check_cert_file(const char *, struct fault *);

static const struct config_word facilities[] = {
	{ "local0", LOG_LOCAL0 }, { "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 }, { "local3", LOG_LOCAL3 },
	{ "local4", LOG_LOCAL4 }, { "local5", LOG_LOCAL5 },
	{ "local6", LOG_LOCAL6 }, { "local7", LOG_LOCAL7 },
	{ "daemon", LOG_DAEMON }, { NULL, 0 }
};

static const struct config_word levels[] = {
	{ "debug1", LOG_LEVEL_DEBUG }, { "info", LOG_LEVEL_INFO },
	{ "warning", LOG_LEVEL_WARNING }, { "error", LOG_LEVEL_ERROR },
	{ "log", LOG_LEVEL_LOG }, { "fatal", LOG_LEVEL_FATAL }, { NULL, 0 }
};

#define AT(field) .offset = offsetof(struct settings, field)
#define BOOL(n, field, value) \
	{ .name = n, .type = CONFIG_BOOL, AT(field), .boot = value }
#define TEXT(n, field, value) \
	{ .name = n, .type = CONFIG_STRING, AT(field), .boot = value, \
	.size = sizeof(((struct settings *)NULL)->field) }
#define CHECKED(n, field, value, function) \
	{ .name = n, .type = CONFIG_STRING, AT(field), .boot = value, \
	.size = sizeof(((struct settings *)NULL)->field), .check = function }
#define NUMBER(n, field, value, low, high) \
	{ .name = n, .type = CONFIG_INT, AT(field), .boot = value, \
	.min = low, .max = high }
#define SPAN(n, field, value, u, low, high) \
	{ .name = n, .type = CONFIG_INT, AT(field), .boot = value, \
	.unit = CONFIG_UNIT_##u, .min = low, .max = high }
#define WORD(n, field, value, list) \
	{ .name = n, .type = CONFIG_ENUM, AT(field), .boot = value, \
	.words = list }
#define KEYD(n) { .name = n, .type = CONFIG_FOREIGN }

static const struct config_setting table[] = {
	/* Where it listens, and what stands behind it. */
	TEXT("listen_addresses", listen_addresses, "localhost"),
	NUMBER("port", port, "5432", 1, 65535),
	TEXT("backend_host", backend_host, "/var/run/postgresql"),
	NUMBER("backend_port", backend_port, "5432", 1, 65535),
	SPAN("backend_connect_timeout", backend_connect_timeout, "10s", MS,
	    100, 600000),
	SPAN("tcp_keepalives_idle", worker.tcp_keepalives_idle, "0", S,
	    0, 32767),
	SPAN("tcp_keepalives_interval", worker.tcp_keepalives_interval, "0",
	    S, 0, 32767),
	NUMBER("tcp_keepalives_count", worker.tcp_keepalives_count, "0",
	    0, 127),
	SPAN("tcp_user_timeout", worker.tcp_user_timeout, "0", MS,
	    0, INT_MAX),

	/* How much, how long. */
	NUMBER("max_connections", worker.max_connections, "100", 1, 262143),
	SPAN("authentication_timeout", worker.authentication_timeout, "1min",
	    S, 1, 600),
	NUMBER("workers", workers, "0", 0, HANDOFF_WORKERS_MAX),
	SPAN("shutdown_timeout", shutdown_timeout, "10s", S, 0, 3600),

	/* SSL. */
	BOOL("ssl", ssl, "on"),
	CHECKED("ssl_cert_file", worker.ssl_cert_file, "server.crt",
	    check_cert_file),
	TEXT("ssl_ciphers", worker.ssl_ciphers,
	    "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL"),
	TEXT("ssl_tls13_ciphers", worker.ssl_tls13_ciphers, ""),
	TEXT("ssl_groups", worker.ssl_groups, "X25519:prime256v1"),
	TEXT("ssl_ecdh_curve", worker.ssl_groups, "X25519:prime256v1"),
	BOOL("ssl_prefer_server_ciphers", ssl_prefer_server_ciphers, "on"),
	CHECKED("ssl_min_protocol_version", ssl_min_protocol_version,
	    "TLSv1.2", check_min_version),
	CHECKED("ssl_max_protocol_version", ssl_max_protocol_version, "",
	    check_max_version),
	TEXT("key_socket", worker.key_socket, ""),
	SPAN("key_timeout", worker.key_timeout, "10s", MS, 100, 600000),

	/* Who it is and where it leaves what. */
	TEXT("user", user, "postern"),
	TEXT("run_directory", run_directory, ""),

	/* The log. */
	CHECKED("log_destination", log_destination, "stderr",
	    check_log_destination),
	TEXT("log_filename", log_filename, ""),
	TEXT("syslog_ident", syslog_ident, "postern"),
	WORD("syslog_facility", syslog_facility, "local0", facilities),
	WORD("log_min_messages", worker.log_min_messages, "warning", levels),
	BOOL("log_connections", log_connections, "off"),
	BOOL("log_disconnections", log_disconnections, "off"),

	/* postern-keyd's. */
	KEYD("ssl_key_file"),
	KEYD("ssl_passphrase_command"),
	KEYD("signers"),
	KEYD("key_user"),
	KEYD("key_memory"),
	KEYD("max_key_connections"),
	{ .name = NULL }
};

static const struct config_word versions[] = {
	{ "TLSv1", 0x0301 }, { "TLSv1.1", 0x0302 },
	{ "TLSv1.2", TLS_1_2 }, { "TLSv1.3", TLS_1_3 }, { NULL, 0 }
};

/* The version of that name, -1 for none. */
static int
version_of(const char *name)
{
	const struct config_word *word;

	for (word = versions; word->word != NULL; word++)
		if (strcasecmp(word->word, name) == 0)
			return word->value;
	return -1;
}

static int
check_version(const char *setting, const char *value, struct fault *out)
{
	int version = version_of(value);

	if (version >= TLS_1_2)
		return 0;
	fault_set(out, "invalid value for parameter \"%s\": \"%s\"", setting,
	    value);
	if (version != -1)
		fault_detail(out, "Protocols below TLS 1.2 are broken, and the "
		    "key daemon does not sign for them.");
	return fault_hint(out, "Available values: TLSv1.2, TLSv1.3.");
}

static int
check_min_version(const char *value, struct fault *out)
{
	return check_version("ssl_min_protocol_version", value, out);
}

static int
check_max_version(const char *value, struct fault *out)
{
	if (value[0] == '\0')
		return 0;
	return check_version("ssl_max_protocol_version", value, out);
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

/* Reads the list of log_destination. Returns 0, -1 for any other word. */
static int
parse_destination(const char *list, bool *to_stderr, bool *to_syslog)
{
	const char *at = list;
	size_t len;

	*to_stderr = *to_syslog = false;
	while (*(at += strspn(at, " \t")) != '\0') {
		len = strcspn(at, ", \t");
		if (len == 6 && strncasecmp(at, "stderr", len) == 0)
			*to_stderr = true;
		else if (len == 6 && strncasecmp(at, "syslog", len) == 0)
			*to_syslog = true;
		else
			return -1;
		at += len;
		at += strspn(at, " \t");
		if (*at == ',')
			at++;
		else if (*at != '\0')
			return -1;
	}
	return *to_stderr || *to_syslog ? 0 : -1;
}

static int
check_log_destination(const char *value, struct fault *out)
{
	bool to_stderr, to_syslog;

	if (parse_destination(value, &to_stderr, &to_syslog) == 0)
		return 0;
	fault_set(out, "invalid value for parameter \"log_destination\": "
	    "\"%s\"", value);
	return fault_hint(out, "It is a list of: stderr, syslog.");
}

/* Makes a relative path absolute, below directory. */
static int
finish_path(const char *setting, const char *directory, char *path,
    struct fault *fault)
{
	char whole[2 * HANDOFF_TEXT_MAX];

	if (path[0] == '/')
		return 0;
	snprintf(whole, sizeof(whole), "%s/%s", directory, path);
	if (strlen(whole) >= HANDOFF_TEXT_MAX)
		return fault_set(fault, "parameter \"%s\" is too long",
		    setting);
	memcpy(path, whole, strlen(whole) + 1);
	return 0;
}

/* /run/postern; for a data directory of another name, one of its own; without
 * root, the data directory itself. The key daemon has the same rule. */
static void
default_run_directory(const struct settings_source *source,
    struct settings *out)
{
	const char *name = strrchr(source->data_directory, '/');
	int len;

	name = name == NULL ? source->data_directory : name + 1;
	if (!source->is_root)
		len = snprintf(out->run_directory, sizeof(out->run_directory),
		    "%s", source->data_directory);
	else if (name[0] == '\0' || strcmp(name, "postern") == 0)
		len = snprintf(out->run_directory, sizeof(out->run_directory),
		    "/run/postern");
	else
		len = snprintf(out->run_directory, sizeof(out->run_directory),
		    "/run/postern-%s", name);
	if (len >= (int)sizeof(out->run_directory))
		out->run_directory[0] = '\0';
}

static int
finish_paths(const struct settings_source *source, struct settings *out,
    struct fault *fault)
{
	struct handoff_settings *worker = &out->worker;

	if (strlen(source->data_directory) >= sizeof(worker->data_directory))
		return fault_set(fault, "data directory's name is too long");
	memcpy(worker->data_directory, source->data_directory,
	    strlen(source->data_directory) + 1);
	if (out->run_directory[0] == '\0')
		default_run_directory(source, out);
	if (worker->key_socket[0] == '\0')
		memcpy(worker->key_socket, KEY_SOCKET_NAME,
		    sizeof(KEY_SOCKET_NAME));
	if (finish_path("run_directory", source->data_directory,
	    out->run_directory, fault) == -1 ||
	    finish_path("key_socket", out->run_directory, worker->key_socket,
	    fault) == -1 ||
	    finish_path("ssl_cert_file", source->data_directory,
	    worker->ssl_cert_file, fault) == -1)
		return -1;
	if (out->log_filename[0] == '\0')
		return 0;
	return finish_path("log_filename", source->data_directory,
	    out->log_filename, fault);
}

static int
finish_versions(struct settings *out, struct fault *fault)
{
	struct handoff_settings *worker = &out->worker;

	worker->ssl_min_protocol_version =
	    version_of(out->ssl_min_protocol_version);
	worker->ssl_max_protocol_version = 0;
	if (out->ssl_max_protocol_version[0] == '\0')
		return 0;
	worker->ssl_max_protocol_version =
	    version_of(out->ssl_max_protocol_version);
	if (worker->ssl_min_protocol_version <=
	    worker->ssl_max_protocol_version)
		return 0;
	fault_set(fault, "could not set SSL protocol version range");
	return fault_detail(fault, "\"ssl_min_protocol_version\" cannot be "
	    "higher than \"ssl_max_protocol_version\".");
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

static void
finish_words(struct settings *out)
{
	struct handoff_settings *worker = &out->worker;

	worker->ssl = out->ssl;
	worker->ssl_prefer_server_ciphers = out->ssl_prefer_server_ciphers;
	worker->log_connections = out->log_connections;
	worker->log_disconnections = out->log_disconnections;
	parse_destination(out->log_destination, &out->log_to_stderr,
	    &out->log_to_syslog);
}

int
settings_parse(const struct settings_source *source,
    const struct config_text *text, struct settings *out,
    struct fault_list *faults)
{
	struct fault fault = { 0 };
	size_t i;

	memset(out, 0, sizeof(*out));
	config_set_defaults(table, out);
	config_parse(table, text, out, faults);
	for (i = 0; i < source->overrides_len; i++)
		if (config_override(table, source->overrides[i], out,
		    &fault) == -1)
			fault_list_add(faults, &fault);
	if (faults->count > 0)
		return -1;
	finish_words(out);
	finish_workers(out);
	if (finish_paths(source, out, &fault) == -1)
		fault_list_add(faults, &fault);
	if (finish_versions(out, &fault) == -1)
		fault_list_add(faults, &fault);
	return faults->count > 0 ? -1 : 0;
}

int
settings_load(const struct settings_source *source, struct settings *out,
    struct fault_list *faults)
{
	char path[PATH_MAX];
	struct config_text text = { .path = path };
	struct textfile file = { 0 };
	struct fault fault = { 0 };
	int ret;

	snprintf(path, sizeof(path), "%s/postern.conf",
	    source->data_directory);
	if (source->is_root && textfile_may_trust_directory("data directory",
	    source->data_directory, &fault) == -1)
		return fault_list_add(faults, &fault);
	if (textfile_read("configuration file", path, &file, &fault) == -1) {
		if (errno == ENOENT)
			fault_hint(&fault, "Name the directory that has it "
			    "with -D, or start from the sample that is "
			    "installed as postern.conf.sample.");
		return fault_list_add(faults, &fault);
	}
	text.bytes = file.bytes;
	text.len = file.len;
	ret = settings_parse(source, &text, out, faults);
	textfile_close(&file);
	return ret;
}
