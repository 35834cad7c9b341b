/* SPDX-License-Identifier: ISC */
/*
 * directory: the names in an administrator's directory.
 * Runs in: postern-listener, at start and reload only.
 */
#include "listener/directory.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"
#include "common/textfile.h"

struct names {
	char *bytes;
	size_t len, room;
};

static int
add(struct names *names, const char *name)
{
	size_t size = strlen(name) + 1;
	char *grown;

	while (names->room - names->len < size) {
		grown = realloc(names->bytes, 2 * names->room);
		if (grown == NULL)
			return -1;
		names->bytes = grown;
		names->room *= 2;
	}
	memcpy(names->bytes + names->len, name, size);
	names->len += size;
	return 0;
}

/* What cannot be looked at is listed: who opens it says why. */
static bool
is_directory(DIR *dir, const char *name)
{
	struct stat st;

	return fstatat(dirfd(dir), name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

/* Returns 0 or -1 with errno. */
static int
gather(DIR *dir, struct names *out)
{
	const struct dirent *entry;

	out->room = 4096;
	out->bytes = malloc(out->room);
	if (out->bytes == NULL)
		return -1;
	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (entry == NULL)
			return errno == 0 ? 0 : -1;
		if (!is_directory(dir, entry->d_name) &&
		    add(out, entry->d_name) == -1)
			return -1;
	}
}

int
directory_list(const char *label, const char *path, char **out,
    size_t *out_len, struct fault *fault)
{
	struct names names = { 0 };
	DIR *dir;
	int rc, saved;

	if (textfile_may_trust_directory(label, path, fault) == -1)
		return -1;
	dir = opendir(path);
	if (dir == NULL)
		return fault_set(fault, "could not open %s \"%s\": %m", label,
		    path);
	rc = gather(dir, &names);
	saved = errno;
	closedir(dir);
	if (rc == -1) {
		free(names.bytes);
		errno = saved;
		return fault_set(fault, "could not read %s \"%s\": %m", label,
		    path);
	}
	*out = names.bytes;
	*out_len = names.len;
	return 0;
}
