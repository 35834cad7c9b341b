/* SPDX-License-Identifier: ISC */
/*
 * namespaces: the new root is an empty tmpfs over a directory that no socket
 * lies below; the old one is detached from it for good.
 * Runs in: every confined program, at its start.
 */
#include "common/namespaces.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/layers.h"

#define MOUNT_POINT "/proc"
#define NO_TYPE ""	/* mount(2) ignores it; valgrind wants a string */
#define ROOT_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)
/* Root may lack CAP_DAC_OVERRIDE, and the names are for another user. In the
 * end the file system is read-only. */
#define ROOT_MODE 0755
#define ROOT_OPTIONS "mode=0755,size=64k,nr_inodes=512"

/* What it is to end with where no mounts of its own are to be had; made at
 * installation, and never written to. */
#define EMPTY_DIRECTORY PROGRAMDIR "/empty"

/* Makes the directory and those above it, below the current one. */
static int
namespaces_make_path(const char *path)
{
	char part[PATH_MAX];
	size_t i;

	if (snprintf(part, sizeof(part), ".%s/", path) >= (int)sizeof(part)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (i = 2; part[i] != '\0'; i++) {
		if (part[i] != '/')
			continue;
		part[i] = '\0';
		if (mkdir(part, ROOT_MODE) == -1 && errno != EEXIST)
			return -1;
		part[i] = '/';
	}
	return 0;
}

/* Shows one directory of the old root at the same place of the new one, which
 * is the current directory. */
static int
namespaces_bind(const char *path)
{
	char target[PATH_MAX];

	if (namespaces_make_path(path) == -1)
		return -1;
	snprintf(target, sizeof(target), ".%s", path);
	if (mount(path, target, NO_TYPE, MS_BIND, NULL) == -1)
		return -1;
	return mount(NULL, target, NO_TYPE, MS_REMOUNT | MS_BIND | MS_RDONLY |
	    ROOT_FLAGS, NULL);
}

/* A root that is a ramdisk cannot be pivoted away from; it is covered. */
static int
namespaces_leave_root(void)
{
	if (syscall(SYS_pivot_root, ".", ".") == 0)
		return umount2(".", MNT_DETACH);
	if (errno != EINVAL || mount(".", "/", NO_TYPE, MS_MOVE, NULL) == -1)
		return -1;
	return chroot(".");
}

static int
namespaces_build_root(const struct namespaces_options *options)
{
	size_t i;

	if (mount(NULL, "/", NO_TYPE, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("postern", MOUNT_POINT, "tmpfs", ROOT_FLAGS,
	    ROOT_OPTIONS) == -1 || chdir(MOUNT_POINT) == -1)
		return -1;
	for (i = 0; i < options->len; i++)
		if (namespaces_bind(options->directories[i]) == -1)
			return -1;
	if (mount(NULL, ".", NO_TYPE, MS_REMOUNT | MS_BIND | MS_RDONLY |
	    ROOT_FLAGS, NULL) == -1 || namespaces_leave_root() == -1)
		return -1;
	return chdir("/");
}

static int
namespaces_change_root(const struct namespaces_options *options)
{
	mode_t before = umask(0777 & ~ROOT_MODE);
	int rc = namespaces_build_root(options);

	umask(before);
	return rc;
}

/* An empty directory of root's that nobody writes to, where mounts are not to
 * be had. */
static void
namespaces_use_empty_directory(struct layers *layers)
{
	struct stat st;

	if (chdir(EMPTY_DIRECTORY) == 0 && stat(".", &st) == 0 &&
	    st.st_uid == 0 && (st.st_mode & 0222) == 0 &&
	    st.st_nlink <= 2 && chroot(".") == 0) {
		layers_add(layers, "an empty root directory");
		return;
	}
	layers_lack(layers, "an empty root directory (%m)");
}

static int
namespaces_lacking(const struct namespaces_options *options,
    struct layers *layers)
{
	layers_lack(layers, "own mounts%s and IPC (%m)",
	    options->keeps_network ? "" : ", network");
	if (options->has_directories)
		layers_lack(layers, "an empty root directory");
	else
		namespaces_use_empty_directory(layers);
	return 0;
}

#ifdef WITH_SANITIZERS
#define MOUNTS 0	/* LeakSanitizer reads /proc at the end */
#else
#define MOUNTS CLONE_NEWNS
#endif

void
namespaces_note_pids(struct layers *layers)
{
	if (layers_are_off(layers))
		return;
	if (getpid() == 1)
		layers_add(layers, "own process IDs");
	else
		layers_lack(layers, "own process IDs");
}

int
namespaces_enter(const struct namespaces_options *options,
    struct layers *layers, struct fault *fault)
{
	int kinds = CLONE_NEWIPC | MOUNTS;

	if (layers_are_off(layers))
		return 0;
	if (!options->keeps_network)
		kinds |= CLONE_NEWNET;
	if (geteuid() != 0 &&
	    (options->reads_peers || options->has_directories)) {
		layers_lack(layers, "own mounts, network and IPC (not "
		    "started as root)");
		return 0;
	}
	if (geteuid() != 0)
		kinds |= CLONE_NEWUSER;
	if (unshare(kinds) == -1)
		return namespaces_lacking(options, layers);
	if (MOUNTS != 0 && namespaces_change_root(options) == -1)
		return fault_set(fault, "could not change to an empty root "
		    "directory: %m");
	layers_add(layers, "own%s%s IPC", MOUNTS != 0 ? " mounts," : "",
	    options->keeps_network ? "" : " network and");
	if (MOUNTS != 0)
		layers_add(layers, options->has_directories ?
		    "a root directory of sockets alone" :
		    "an empty root directory");
	return 0;
}
