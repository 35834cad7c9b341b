/* SPDX-License-Identifier: ISC */
/*
 * spawn_keep: the programs that a supervisor starts stay those that it has
 * started first, whatever an upgrade puts in their place: its handoffs are for
 * them.
 * Runs in: the supervisors.
 */
#include "common/spawn_keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct spawn_keep {
	char *path;
	int fd;
};

static struct spawn_keep kept[SPAWN_KEEP_MAX];
static size_t kept_len;

int
spawn_keep_open(const char *path)
{
	struct spawn_keep *next = &kept[kept_len];
	size_t i;

	for (i = 0; i < kept_len; i++)
		if (strcmp(kept[i].path, path) == 0)
			return kept[i].fd;
	if (kept_len == SPAWN_KEEP_MAX) {
		errno = EMFILE;
		return -1;
	}
	next->fd = open(path, O_PATH | O_CLOEXEC);
	if (next->fd == -1)
		return -1;
	next->path = strdup(path);
	if (next->path == NULL) {
		close(next->fd);
		return -1;
	}
	kept_len++;
	return next->fd;
}
