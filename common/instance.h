/* SPDX-License-Identifier: ISC */
/*
 * instance: one data directory with its postern.conf, and the settings by
 * which its two daemons meet.
 * Runs in: the supervisors, at start.
 */
#ifndef COMMON_INSTANCE_H
#define COMMON_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/config.h"

struct fault;
struct fault_list;

#define INSTANCE_PATH_MAX 1024
#define INSTANCE_NAME_MAX 64

struct instance {
	const char *directory;		/* the data directory, absolute */
	const char *const *assignments;	/* "name=value" of -c, in order */
	size_t assignments_len;
	bool is_root;			/* which run directory is the default */
};

/* Under their names in postern.conf(5). */
struct instance_settings {
	char run_directory[INSTANCE_PATH_MAX];
	char key_socket[INSTANCE_PATH_MAX];
	char user[INSTANCE_NAME_MAX];
	char dial_user[INSTANCE_NAME_MAX];
	char key_user[INSTANCE_NAME_MAX];
	int sandbox;			/* enum instance_sandbox */
};

/* What becomes of a program where the kernel has no seccomp. */
enum instance_sandbox {
	INSTANCE_SANDBOX_REQUIRED,	/* it does not start */
	INSTANCE_SANDBOX_PREFERRED,	/* it says so, and goes on without */
	INSTANCE_SANDBOX_OFF		/* a value in builds for measurements */
};
extern const struct config_word instance_sandbox_words[];

/* Their rows of a daemon's table (common/config_row.h). */
#define INSTANCE_ROWS(member) \
	ROW_TEXT("run_directory", member.run_directory, ""), \
	ROW_TEXT("key_socket", member.key_socket, ""), \
	ROW_CHECKED("user", member.user, "postern", instance_check_user), \
	ROW_CHECKED("dial_user", member.dial_user, "postern-dial", \
	    instance_check_dial_user), \
	ROW_CHECKED("key_user", member.key_user, "postern-keyd", \
	    instance_check_key_user), \
	ROW_WORD("sandbox", member.sandbox, "required", \
	    instance_sandbox_words)

/*
 * Defaults of the table, then the text of postern.conf, then the assignments.
 * Pure. Returns 0, or -1 with every fault added to the list.
 */
int instance_parse(const struct instance *instance,
    const struct config_setting *table, const struct config_text *text,
    void *settings, struct fault_list *faults);

/*
 * The same with the data directory's postern.conf; as root neither the
 * directory nor the file may be in anybody else's reach.
 */
int instance_read(const struct instance *instance,
    const struct config_setting *table, void *settings,
    struct fault_list *faults);

/* Fills in the defaults that depend on the instance and makes the paths
 * absolute. Returns 0, or -1 with a fault added. */
int instance_complete(const struct instance *instance,
    struct instance_settings *settings, struct fault_list *faults);

/* Makes the path (an array of size bytes) of that setting absolute: a relative
 * one is below base, an empty one is base. As instance_complete(). */
int instance_complete_path(const char *setting, const char *base, char *path,
    size_t size, struct fault_list *faults);

/* FATAL in the log; of several faults each is an ERROR before it. */
void instance_log_faults(const struct instance *instance,
    const struct fault_list *faults);

/* For checks in a table: the fault of a refused value. Returns -1. */
int instance_refuse(const char *setting, const char *value, struct fault *out);

/* Refuses an empty value. Returns 0 or -1. */
int instance_check_filled(const char *setting, const char *value,
    struct fault *out);

/* The checks of "user", "dial_user" and "key_user". */
int instance_check_user(const char *value, struct fault *out);
int instance_check_dial_user(const char *value, struct fault *out);
int instance_check_key_user(const char *value, struct fault *out);

#endif
