/* SPDX-License-Identifier: ISC */
/*
 * instance: one data directory with its postern.conf, and the settings by
 * which its two daemons meet.
 * Runs in: the supervisors, at start.
 */
#include "common/instance.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config.h"
#include "common/fault.h"
#include "common/layers.h"
#include "common/log.h"
#include "common/textfile.h"

#define CONFIG_NAME "postern.conf"
#define DEFAULT_NAME "postern"	/* of the data directory: /run/postern */
#define KEY_SOCKET_NAME "key/keyd.sock"	/* below the run directory */

const struct config_word instance_sandbox_words[] = {
	{ "required", INSTANCE_SANDBOX_REQUIRED },
	{ "preferred", INSTANCE_SANDBOX_PREFERRED },
#ifdef WITH_SANDBOX_OFF
	{ "off", INSTANCE_SANDBOX_OFF },
#endif
	{ NULL, 0 }
};

int
instance_parse(const struct instance *instance,
    const struct config_setting *table, const struct config_text *text,
    void *settings, struct fault_list *faults)
{
	struct fault fault = { 0 };
	int rc;

	config_set_defaults(table, settings);
	rc = config_parse(table, text, settings, faults);
	for (size_t i = 0; i < instance->assignments_len; i++)
		if (config_override(table, instance->assignments[i], settings,
		    &fault) == -1)
			rc = fault_list_add(faults, &fault);
	return rc;
}

int
instance_read(const struct instance *instance,
    const struct config_setting *table, void *settings,
    struct fault_list *faults)
{
	char path[INSTANCE_PATH_MAX];
	struct textfile file = { 0 };
	struct fault fault = { 0 };
	struct config_text text;
	int rc;

	if (snprintf(path, sizeof(path), "%s/%s", instance->directory,
	    CONFIG_NAME) >= (int)sizeof(path)) {
		fault_set(&fault, "the name of the data directory is too long");
		return fault_list_add(faults, &fault);
	}
	if (textfile_may_trust_directory("data directory",
	    instance->directory, &fault) == -1 ||
	    textfile_read("configuration file", path, &file, &fault) == -1) {
		if (errno == ENOENT)
			fault_hint(&fault, "Name the directory that has it "
			    "with -D, or start from the sample that is "
			    "installed as postern.conf.sample.");
		return fault_list_add(faults, &fault);
	}
	text = (struct config_text){ path, file.bytes, file.len };
	rc = instance_parse(instance, table, &text, settings, faults);
	textfile_close(&file);
	return rc;
}

int
instance_complete_path(const char *setting, const char *base, char *path,
    size_t size, struct fault_list *faults)
{
	char whole[PATH_MAX + INSTANCE_PATH_MAX];
	struct fault fault = { 0 };

	if (path[0] == '/')
		return 0;
	snprintf(whole, sizeof(whole), "%s%s%s", base,
	    path[0] != '\0' ? "/" : "", path);
	if (strlen(whole) < size) {
		memcpy(path, whole, strlen(whole) + 1);
		return 0;
	}
	fault_set(&fault, "the path of \"%s\" is too long", setting);
	fault_detail(&fault, "It begins with \"%.64s\".", whole);
	return fault_list_add(faults, &fault);
}

int
instance_complete(const struct instance *instance,
    struct instance_settings *settings, struct fault_list *faults)
{
	const char *name = strrchr(instance->directory, '/') + 1;
	bool is_plain = name[0] == '\0' || strcmp(name, DEFAULT_NAME) == 0;

	/* By the data directory's name, so that instances do not meet; without
	 * root it is the data directory itself. */
	if (settings->run_directory[0] == '\0' && instance->is_root)
		snprintf(settings->run_directory, INSTANCE_PATH_MAX,
		    "/run/postern%s%s", is_plain ? "" : "-",
		    is_plain ? "" : name);
	/* By their environment the programs know it; see spawn. */
	if (settings->sandbox == INSTANCE_SANDBOX_OFF)
		setenv(LAYERS_OFF, "1", 1);
	if (settings->key_socket[0] == '\0')
		memcpy(settings->key_socket, KEY_SOCKET_NAME,
		    sizeof(KEY_SOCKET_NAME));
	if (instance_complete_path("run_directory", instance->directory,
	    settings->run_directory, INSTANCE_PATH_MAX, faults) == -1)
		return -1;
	return instance_complete_path("key_socket", settings->run_directory,
	    settings->key_socket, INSTANCE_PATH_MAX, faults);
}

void
instance_log_faults(const struct instance *instance,
    const struct fault_list *faults)
{
	if (faults->count == 1) {
		log_fault(LOG_LEVEL_FATAL, &faults->item[0]);
		return;
	}
	for (size_t i = 0; i < faults->count && i < FAULT_LIST_MAX; i++)
		log_fault(LOG_LEVEL_ERROR, &faults->item[i]);
	log_write(LOG_LEVEL_FATAL, "the settings of data directory \"%s\" "
	    "contain %zu errors", instance->directory, faults->count);
}

int
instance_refuse(const char *setting, const char *value, struct fault *out)
{
	fault_set(out, "invalid value for parameter \"%s\": \"%s\"", setting,
	    value);
	return fault_code(out, "22023");
}

int
instance_check_filled(const char *setting, const char *value,
    struct fault *out)
{
	if (value[0] != '\0')
		return 0;
	instance_refuse(setting, value, out);
	return fault_detail(out, "It must not be empty.");
}

int
instance_check_user(const char *value, struct fault *out)
{
	return instance_check_filled("user", value, out);
}

int
instance_check_dial_user(const char *value, struct fault *out)
{
	return instance_check_filled("dial_user", value, out);
}

int
instance_check_key_user(const char *value, struct fault *out)
{
	return instance_check_filled("key_user", value, out);
}
