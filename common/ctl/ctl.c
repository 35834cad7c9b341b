/* SPDX-License-Identifier: ISC */
/*
 * ctl: what every verb of posternctl is given: the command line, taken apart,
 * and where the daemons of that data directory are.
 * Runs in: posternctl.
 */
#include "common/ctl/ctl.h"

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/config_row.h"
#include "common/fault.h"
#include "common/log.h"

#define DAEMON_PREFIX "postern-"

struct settings {
	struct instance_settings instance;
	char ssl_cert_file[INSTANCE_PATH_MAX];
};

/* Where to meet is all: what else there is the daemons judge. */
static const struct config_setting table[] = {
	INSTANCE_ROWS(instance),
	ROW_TEXT("ssl_cert_file", ssl_cert_file, "server.crt"),
	ROW_FOREIGN(CONFIG_OTHERS),
	{ .name = NULL }
};

/* Whose daemons run on it? Others than root may ask root's for their status. */
static bool
is_roots(const char *directory)
{
	struct stat st;

	return geteuid() == 0 || (stat(directory, &st) == 0 && st.st_uid == 0);
}

int
ctl_read_settings(struct ctl *ctl)
{
	const struct instance instance = {
		.directory = ctl->directory,
		.assignments = ctl->assignments,
		.assignments_len = ctl->assignments_len,
		.is_root = is_roots(ctl->directory),
	};
	static struct fault_list faults;
	struct settings settings;

	if (instance_read(&instance, table, &settings, &faults) == -1 ||
	    instance_complete(&instance, &settings.instance, &faults) == -1 ||
	    instance_complete_path("ssl_cert_file", ctl->directory,
	    settings.ssl_cert_file, sizeof(settings.ssl_cert_file),
	    &faults) == -1) {
		instance_log_faults(&instance, &faults);
		return -1;
	}
	ctl->instance = settings.instance;
	memcpy(ctl->ssl_cert_file, settings.ssl_cert_file,
	    sizeof(ctl->ssl_cert_file));
	return 0;
}

bool
ctl_may_colour(void)
{
	const char *unwanted = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) &&
	    (unwanted == NULL || unwanted[0] == '\0');
}

int
ctl_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return CTL_EXIT_SUCCESS;
	log_write(LOG_LEVEL_ERROR, "could not write the output: %m");
	return CTL_EXIT_FAILURE;
}

bool
ctl_means(const struct ctl *ctl, const char *daemon)
{
	return ctl->word == NULL || strcmp(ctl->word, daemon) == 0 ||
	    strcmp(ctl->word, daemon + strlen(DAEMON_PREFIX)) == 0;
}
