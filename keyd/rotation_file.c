/* SPDX-License-Identifier: ISC */
/*
 * rotation_file: a rotation without posternctl: on SIGHUP, where the key file
 * is another than before and no terminal is needed to unlock it.
 * Runs in: postern-keyd.
 */
#include "keyd/rotation_file.h"

#include <string.h>

#include "common/fault.h"
#include "common/log.h"
#include "keyd/rotation.h"
#include "keyd/settings.h"

void
rotation_file_init(struct rotation_file *file, struct rotation *rotation)
{
	*file = (struct rotation_file){ .rotation = rotation };
	unlocking_init(&file->unlocking);
}

void
rotation_file_look(const struct settings *settings, struct stat *out)
{
	if (stat(settings->ssl_key_file, out) == -1)
		memset(out, 0, sizeof(*out));
}

static bool
is_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool
is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	    a->st_size == b->st_size &&
	    is_same_time(&a->st_mtim, &b->st_mtim) &&
	    is_same_time(&a->st_ctim, &b->st_ctim);
}

static int
start(struct rotation_file *file, struct fault *fault)
{
	struct rotation *rotation = file->rotation;
	struct handoff_unlock request;

	if (rotation_open(rotation, 0, fault) == -1)
		return -1;
	vault_format_request(rotation->settings, &request);
	if (unlocking_start(&file->unlocking, &request,
	    rotation->fresh.secret.fd, fault) == 0)
		return 0;
	unlocking_stop(&file->unlocking);
	rotation_fail(rotation, fault);
	return 0;
}

void
rotation_file_begin(struct rotation_file *file)
{
	struct rotation *rotation = file->rotation;
	struct fault fault = { 0 };
	struct stat now;

	rotation_file_look(rotation->settings, &now);
	if (is_same_file(&now, &rotation->key_file))
		return;
	if (!rotation_is_idle(rotation)) {
		log_write(LOG_LEVEL_WARNING, "the new private key file is not "
		    "looked at: a rotation is in progress");
		return;
	}
	log_write(LOG_LEVEL_LOG, "private key file \"%s\" has changed, "
	    "unlocking it", rotation->settings->ssl_key_file);
	if (start(file, &fault) == -1)
		log_fault(LOG_LEVEL_ERROR, &fault);
}

void
rotation_file_watch(const struct rotation_file *file,
    struct pollfd out[ROTATION_FILE_POLL_MAX])
{
	out[0] = (struct pollfd){ .fd = file->unlocking.child.log,
		.events = POLLIN };
	out[1] = (struct pollfd){ .fd = file->unlocking.child.channel,
		.events = POLLIN };
}

void
rotation_file_turn(struct rotation_file *file,
    const struct pollfd polled[ROTATION_FILE_POLL_MAX])
{
	struct rotation *rotation = file->rotation;
	struct fault fault = { 0 };

	if (polled[0].revents != 0)
		child_read_log(&file->unlocking.child);
	if (polled[1].revents == 0)
		return;
	if (unlocking_read(&file->unlocking, &rotation->fresh.key, &fault) ==
	    0) {
		rotation_take_key(rotation);
		return;
	}
	unlocking_stop(&file->unlocking);
	rotation_fail(rotation, &fault);
}

void
rotation_file_stop(struct rotation_file *file)
{
	unlocking_stop(&file->unlocking);
}
