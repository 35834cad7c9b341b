/* SPDX-License-Identifier: ISC */
/*
 * settings: what postern-keyd takes from postern.conf and the command line.
 * Runs in: postern-keyd.
 */
#include "keyd/settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "common/config.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/log_sink.h"
#include "common/secret.h"
#include "common/textfile.h"

#define CONFIG_NAME "postern.conf"
#define DEFAULT_NAME "postern"	/* of the data directory: /run/postern */

static int check_destination(const char *value, struct fault *out);
static int check_command(const char *value, struct fault *out);
static int check_key_file(const char *value, struct fault *out);
static int check_user(const char *value, struct fault *out);
static int check_key_user(const char *value, struct fault *out);

static const struct config_word memory_words[] = {
	{ "auto", SECRET_AUTO },
	{ "secret", SECRET_SECRET },
	{ "locked", SECRET_LOCKED },
	{ NULL, 0 }
};

static const struct config_word level_words[] = {
	{ "debug1", LOG_LEVEL_DEBUG },
	{ "info", LOG_LEVEL_INFO },
	{ "warning", LOG_LEVEL_WARNING },
	{ "error", LOG_LEVEL_ERROR },
	{ "log", LOG_LEVEL_LOG },
	{ "fatal", LOG_LEVEL_FATAL },
	{ NULL, 0 }
};

static const struct config_word facility_words[] = {
	{ "local0", LOG_LOCAL0 },
	{ "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 },
	{ "local3", LOG_LOCAL3 },
	{ "local4", LOG_LOCAL4 },
	{ "local5", LOG_LOCAL5 },
	{ "local6", LOG_LOCAL6 },
	{ "local7", LOG_LOCAL7 },
	{ "daemon", LOG_DAEMON },
	{ NULL, 0 }
};

#define TEXT(text, member, default_text, checker) \
	{ .name = text, .type = CONFIG_STRING, \
	    .offset = offsetof(struct settings, member), \
	    .size = sizeof(((struct settings *)0)->member), \
	    .boot = default_text, .check = checker }
#define NUMBER(text, member, default_text, least, most) \
	{ .name = text, .type = CONFIG_INT, \
	    .offset = offsetof(struct settings, member), \
	    .boot = default_text, .min = least, .max = most }
#define WORD(text, member, default_text, list) \
	{ .name = text, .type = CONFIG_ENUM, \
	    .offset = offsetof(struct settings, member), \
	    .boot = default_text, .words = list }
#define FOREIGN(text) { .name = text, .type = CONFIG_FOREIGN }

static const struct config_setting table[] = {
	TEXT("run_directory", run_directory, "", NULL),
	TEXT("key_socket", key_socket, "", NULL),
	TEXT("ssl_key_file", ssl_key_file, "server.key", check_key_file),
	TEXT("ssl_passphrase_command", ssl_passphrase_command,
	    "", check_command),
	TEXT("user", user, "postern", check_user),
	TEXT("key_user", key_user, "postern-keyd", check_key_user),
	WORD("key_memory", key_memory, "auto", memory_words),
	NUMBER("signers", signers, "0", 0, 64),
	NUMBER("max_key_connections", max_key_connections, "256", 1, 4096),
	TEXT("log_destination", log_destination, "stderr", check_destination),
	TEXT("log_filename", log_filename, "", NULL),
	TEXT("syslog_ident", syslog_ident, "postern", NULL),
	WORD("syslog_facility", syslog_facility, "local0", facility_words),
	WORD("log_min_messages", log_min_messages, "warning", level_words),

	/* postern-listener's */
	FOREIGN("authentication_timeout"),
	FOREIGN("backend_connect_timeout"),
	FOREIGN("backend_host"),
	FOREIGN("backend_port"),
	FOREIGN("key_timeout"),
	FOREIGN("listen_addresses"),
	FOREIGN("log_connections"),
	FOREIGN("log_disconnections"),
	FOREIGN("max_connections"),
	FOREIGN("port"),
	FOREIGN("shutdown_timeout"),
	FOREIGN("ssl"),
	FOREIGN("ssl_cert_file"),
	FOREIGN("ssl_ciphers"),
	FOREIGN("ssl_ecdh_curve"),
	FOREIGN("ssl_groups"),
	FOREIGN("ssl_max_protocol_version"),
	FOREIGN("ssl_min_protocol_version"),
	FOREIGN("ssl_prefer_server_ciphers"),
	FOREIGN("ssl_tls13_ciphers"),
	FOREIGN("tcp_keepalives_count"),
	FOREIGN("tcp_keepalives_idle"),
	FOREIGN("tcp_keepalives_interval"),
	FOREIGN("tcp_user_timeout"),
	FOREIGN("workers"),
	{ .name = NULL }
};

static int
invalid_value(const char *name, const char *value, struct fault *out)
{
	fault_set(out, "invalid value for parameter \"%s\": \"%s\"", name,
	    value);
	return fault_code(out, "22023");
}

static int
check_not_empty(const char *name, const char *value, struct fault *out)
{
	if (value[0] != '\0')
		return 0;
	invalid_value(name, value, out);
	return fault_detail(out, "It must not be empty.");
}

static int
check_key_file(const char *value, struct fault *out)
{
	return check_not_empty("ssl_key_file", value, out);
}

static int
check_user(const char *value, struct fault *out)
{
	return check_not_empty("user", value, out);
}

static int
check_key_user(const char *value, struct fault *out)
{
	return check_not_empty("key_user", value, out);
}

/* The next word of a comma-separated list, *rest behind it; 0 at the end. */
static size_t
next_word(const char **rest, const char **out_word)
{
	const char *word = *rest + strspn(*rest, ", \t");
	size_t len = strcspn(word, ", \t");

	*out_word = word;
	*rest = word + len;
	return len;
}

static bool
is_word(const char *word, size_t len, const char *expected)
{
	return strlen(expected) == len && strncasecmp(word, expected, len) == 0;
}

static bool
has_destination(const char *list, const char *destination)
{
	const char *word;
	size_t len;

	while ((len = next_word(&list, &word)) != 0)
		if (is_word(word, len, destination))
			return true;
	return false;
}

static int
destination_fault(const char *value, struct fault *out)
{
	invalid_value("log_destination", value, out);
	return fault_hint(out, "Available values: stderr, syslog, or both.");
}

static int
check_destination(const char *value, struct fault *out)
{
	const char *rest = value, *word;
	size_t len, count = 0;

	for (; (len = next_word(&rest, &word)) != 0; count++) {
		if (is_word(word, len, "stderr") ||
		    is_word(word, len, "syslog"))
			continue;
		destination_fault(value, out);
		return fault_detail(out, "Unrecognized key word: \"%.*s\".",
		    (int)len, word);
	}
	return count == 0 ? destination_fault(value, out) : 0;
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
	invalid_value("ssl_passphrase_command", value, out);
	if (p[1] == '\0')
		return fault_detail(out, "String ends unexpectedly with escape "
		    "character \"%%\".");
	return fault_detail(out, "String contains unexpected placeholder "
	    "\"%%%c\".", p[1]);
}

/* Makes a path absolute: base/path, or base/fallback for an empty one. */
static int
complete_path(const char *name, const char *base, const char *fallback,
    char *path, struct fault_list *faults)
{
	char relative[SETTINGS_PATH_MAX];
	struct fault fault = { 0 };
	int len;

	if (path[0] == '/')
		return 0;
	snprintf(relative, sizeof(relative), "%s",
	    path[0] != '\0' ? path : fallback);
	len = snprintf(path, SETTINGS_PATH_MAX, "%s/%s", base, relative);
	if (len > 0 && len < SETTINGS_PATH_MAX)
		return 0;
	fault_set(&fault, "the path of \"%s\" is too long", name);
	fault_detail(&fault, "It begins with \"%.64s\".", path);
	return fault_list_add(faults, &fault);
}

/* By the data directory's name, so that instances do not meet; the listener
 * has the same rule. */
static void
default_run_directory(const struct settings_source *source, char *out)
{
	const char *name = strrchr(source->directory, '/');

	name = name != NULL ? name + 1 : source->directory;
	if (!source->is_root)
		snprintf(out, SETTINGS_PATH_MAX, "%s", source->directory);
	else if (strcmp(name, DEFAULT_NAME) == 0 || name[0] == '\0')
		snprintf(out, SETTINGS_PATH_MAX, "/run/postern");
	else
		snprintf(out, SETTINGS_PATH_MAX, "/run/postern-%s", name);
}

static int
complete_paths(const struct settings_source *source, struct settings *out,
    struct fault_list *faults)
{
	int rc = 0;

	if (out->run_directory[0] == '\0')
		default_run_directory(source, out->run_directory);
	rc |= complete_path("run_directory", source->directory, "",
	    out->run_directory, faults);
	rc |= complete_path("key_socket", out->run_directory, "key/keyd.sock",
	    out->key_socket, faults);
	rc |= complete_path("ssl_key_file", source->directory, "",
	    out->ssl_key_file, faults);
	if (out->log_filename[0] != '\0')
		rc |= complete_path("log_filename", source->directory, "",
		    out->log_filename, faults);
	return rc;
}

int
settings_parse(const struct settings_source *source,
    const struct config_text *text, struct settings *out,
    struct fault_list *faults)
{
	struct fault fault = { 0 };
	int rc;

	config_set_defaults(table, out);
	rc = config_parse(table, text, out, faults);
	for (size_t i = 0; i < source->assignments_len; i++)
		if (config_override(table, source->assignments[i], out,
		    &fault) == -1) {
			fault_list_add(faults, &fault);
			rc = -1;
		}
	return rc == 0 ? complete_paths(source, out, faults) : -1;
}

int
settings_read(const struct settings_source *source, struct settings *out,
    struct fault_list *faults)
{
	char path[SETTINGS_PATH_MAX];
	struct textfile file = { 0 };
	struct fault fault = { 0 };
	struct config_text text;
	int rc;

	if (snprintf(path, sizeof(path), "%s/%s", source->directory,
	    CONFIG_NAME) >= (int)sizeof(path)) {
		fault_set(&fault, "the name of the data directory is too long");
		return fault_list_add(faults, &fault);
	}
	if (textfile_may_trust_directory("data directory", source->directory,
	    &fault) == -1 ||
	    textfile_read("configuration file", path, &file, &fault) == -1) {
		if (errno == ENOENT)
			fault_hint(&fault, "Name the directory that has it "
			    "with -D, or start from the sample that is "
			    "installed as postern.conf.sample.");
		return fault_list_add(faults, &fault);
	}
	text = (struct config_text){ path, file.bytes, file.len };
	rc = settings_parse(source, &text, out, faults);
	textfile_close(&file);
	return rc;
}

void
settings_log_options(const struct settings *settings,
    struct log_sink_options *out)
{
	*out = (struct log_sink_options){
		.to_stderr = has_destination(settings->log_destination,
		    "stderr"),
		.to_syslog = has_destination(settings->log_destination,
		    "syslog"),
		.filename = settings->log_filename,
		.ident = settings->syslog_ident,
		.facility = settings->syslog_facility,
	};
}
