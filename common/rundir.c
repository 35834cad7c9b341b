/* SPDX-License-Identifier: ISC */
/*
 * rundir: the run directory and what stands in it: pid files that are locked
 * for life, and Unix sockets that appear under their name only when they serve.
 * Runs in: the supervisors.
 */
#include "common/rundir.h"

#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"

#define RUNDIR_MODE 0755
#define RUNDIR_PIDFILE_MODE 0644
#define RUNDIR_TRIES 32		/* names that vanish between open and lock */
#define RUNDIR_OTHERS_WRITE (S_IWGRP | S_IWOTH)

/* As root: nobody but root, or the owner we give it, may put names there. */
static int
rundir_check(const char *path, const struct stat *st, uid_t owner,
    struct fault *fault)
{
	if (geteuid() != 0)
		return 0;
	if (st->st_uid != 0 && st->st_uid != owner) {
		fault_set(fault, "directory \"%s\" must be owned by root",
		    path);
		fault_detail(fault, "It is owned by user %u.",
		    (unsigned int)st->st_uid);
		return fault_hint(fault, "Run: chown root \"%s\"", path);
	}
	if ((st->st_mode & RUNDIR_OTHERS_WRITE) != 0) {
		fault_set(fault, "directory \"%s\" is writable by others than "
		    "its owner", path);
		fault_detail(fault, "Its mode is %04o.",
		    (unsigned int)st->st_mode & 07777);
		return fault_hint(fault, "Run: chmod go-w \"%s\"", path);
	}
	return 0;
}

/* Opens a directory, making it if absent; *out_made says which. */
static int
rundir_open_directory(const char *path, mode_t mode, bool *out_made,
    struct fault *fault)
{
	int fd;

	*out_made = mkdir(path, mode) == 0;
	if (!*out_made && errno != EEXIST)
		return fault_set(fault, "could not create directory \"%s\": %m",
		    path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1) {
		fault_set(fault, "could not open directory \"%s\": %m", path);
		if (errno == ENOTDIR || errno == ELOOP)
			fault_detail(fault, "It must be a directory and not a "
			    "symbolic link.");
		return -1;
	}
	return fd;
}

int
rundir_open(const char *path, struct fault *fault)
{
	struct stat st;
	bool made;
	int fd = rundir_open_directory(path, RUNDIR_MODE, &made, fault);

	if (fd == -1)
		return -1;
	/* The umask had its say in mkdir. */
	if ((made && fchmod(fd, RUNDIR_MODE) == -1) || fstat(fd, &st) == -1) {
		fault_set(fault, "could not set up directory \"%s\": %m", path);
		close(fd);
		return -1;
	}
	if (rundir_check(path, &st, 0, fault) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/* dir_fd and name as one path, for messages; the name alone without /proc. */
static void
rundir_format_path(int dir_fd, const char *name, char out[PATH_MAX])
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", dir_fd);
	n = readlink(link, out, PATH_MAX - 1);
	if (n <= 0 || (size_t)n + strlen(name) + 2 > PATH_MAX) {
		snprintf(out, PATH_MAX, "%s", name);
		return;
	}
	out[n] = '/';
	strcpy(&out[n + 1], name);
}

/* Another process holds the lock: who, and what to do. */
static int
rundir_running_fault(int fd, const char *path, const char *program,
    struct fault *fault)
{
	char text[32];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	long pid = 0;

	if (n > 0) {
		text[n] = '\0';
		pid = strtol(text, NULL, 10);
	}
	fault_set(fault, "%s is already running", program);
	if (pid <= 0 || pid > INT_MAX) {
		fault_detail(fault, "Another process holds the lock of "
		    "\"%s\".", path);
		return fault_hint(fault, "Stop it, or start with another data "
		    "directory (-D).");
	}
	fault_detail(fault, "Process %ld holds the lock of \"%s\".", pid, path);
	return fault_hint(fault, "Stop it (kill %ld), or start with another "
	    "data directory (-D).", pid);
}

/* Opens and locks what has the name now. Returns -2 if the name lost it. */
static int
rundir_try_lock(int dir_fd, const char *name, const char *program,
    struct fault *fault)
{
	char path[PATH_MAX];
	struct stat st, named;
	int fd;

	rundir_format_path(dir_fd, name, path);
	fd = openat(dir_fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC, RUNDIR_PIDFILE_MODE);
	if (fd == -1)
		return fault_set(fault, "could not open pid file \"%s\": %m",
		    path);
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		fault_set(fault, "pid file \"%s\" is not a regular file", path);
		close(fd);
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno == EWOULDBLOCK)
			rundir_running_fault(fd, path, program, fault);
		else
			fault_set(fault, "could not lock pid file \"%s\": %m",
			    path);
		close(fd);
		return -1;
	}
	/* Its last owner may have removed the name between open and lock. */
	if (fstatat(dir_fd, name, &named, AT_SYMLINK_NOFOLLOW) == -1 ||
	    named.st_dev != st.st_dev || named.st_ino != st.st_ino) {
		close(fd);
		return -2;
	}
	return fd;
}

int
rundir_lock_pidfile(int dir_fd, const char *name, const char *program,
    struct fault *fault)
{
	int fd = -2, tries;

	for (tries = 0; tries < RUNDIR_TRIES && fd == -2; tries++)
		fd = rundir_try_lock(dir_fd, name, program, fault);
	if (fd == -2)
		return fault_set(fault, "pid file \"%s\" does not keep its "
		    "name", name);
	if (fd == -1)
		return -1;
	if (fchmod(fd, RUNDIR_PIDFILE_MODE) == -1) {
		fault_set(fault, "could not set the mode of pid file \"%s\": "
		    "%m", name);
		close(fd);
		return -1;
	}
	if (rundir_write_pid(fd, fault) == -1) {
		rundir_unlock_pidfile(dir_fd, name, fd);
		return -1;
	}
	return fd;
}

int
rundir_write_pid(int pidfile_fd, struct fault *fault)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%d\n", (int)getpid());

	/* Written over, then cut: a reader never finds it empty. */
	if (pwrite(pidfile_fd, text, (size_t)len, 0) != len ||
	    ftruncate(pidfile_fd, len) == -1)
		return fault_set(fault, "could not write the pid file: %m");
	return 0;
}

void
rundir_unlock_pidfile(int dir_fd, const char *name, int pidfile_fd)
{
	if (pidfile_fd == -1)
		return;
	/* The name goes while the lock holds, so that it is still ours. */
	if (ftruncate(pidfile_fd, 0) == -1 && errno == EINTR)
		(void)!ftruncate(pidfile_fd, 0);
	unlinkat(dir_fd, name, 0);
	close(pidfile_fd);
}

/* A socket's path in parts; the temporary name is one byte longer. */
struct rundir_path {
	char dir[sizeof(((struct sockaddr_un *)0)->sun_path)];
	const char *name;		/* in options->path */
	struct sockaddr_un temporary;	/* DIR/.NAME */
	const char *temporary_name;	/* .NAME, in temporary */
};

static int
rundir_split_path(const char *path, struct rundir_path *out,
    struct fault *fault)
{
	const char *slash = strrchr(path, '/');
	size_t max = sizeof(out->temporary.sun_path) - 2;
	int dir_len;

	memset(out, 0, sizeof(*out));
	if (path[0] != '/' || slash[1] == '\0')
		return fault_set(fault, "socket path \"%s\" is not absolute",
		    path);
	if (strlen(path) > max) {
		fault_set(fault, "socket path \"%s\" is too long", path);
		return fault_detail(fault, "It has %zu bytes, at most %zu are "
		    "possible.", strlen(path), max);
	}
	dir_len = slash == path ? 1 : (int)(slash - path);
	snprintf(out->dir, sizeof(out->dir), "%.*s", dir_len, path);
	out->name = slash + 1;
	out->temporary.sun_family = AF_UNIX;
	snprintf(out->temporary.sun_path, sizeof(out->temporary.sun_path),
	    "%.*s/.%s", (int)(slash - path), path, slash + 1);
	out->temporary_name = strrchr(out->temporary.sun_path, '/') + 1;
	return 0;
}

/* A directory that was there is judged, never changed: it may be /tmp. */
static int
rundir_check_socket_directory(const struct rundir_socket *options,
    const char *dir, int dir_fd, struct fault *fault)
{
	struct stat st;

	if (fstat(dir_fd, &st) == -1)
		return fault_set(fault, "could not examine directory \"%s\": "
		    "%m", dir);
	if (rundir_check(dir, &st, options->uid, fault) == -1)
		return -1;
	if (geteuid() == 0 && (st.st_mode & S_IXOTH) == 0 &&
	    st.st_gid != options->gid) {
		fault_set(fault, "directory \"%s\" is closed to group %u",
		    dir, (unsigned int)options->gid);
		fault_detail(fault, "Its mode is %04o and its group %u.",
		    (unsigned int)st.st_mode & 07777,
		    (unsigned int)st.st_gid);
		return fault_hint(fault, "Run: chgrp %u \"%s\"",
		    (unsigned int)options->gid, dir);
	}
	return 0;
}

static int
rundir_open_socket_directory(const struct rundir_socket *options,
    const char *dir, struct fault *fault)
{
	bool made;
	int fd = rundir_open_directory(dir, options->dir_mode, &made, fault);

	if (fd == -1)
		return -1;
	if (made && ((geteuid() == 0 &&
	    fchown(fd, options->uid, options->gid) == -1) ||
	    fchmod(fd, options->dir_mode) == -1)) {
		fault_set(fault, "could not set up directory \"%s\": %m", dir);
		close(fd);
		return -1;
	}
	if (rundir_check_socket_directory(options, dir, fd, fault) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The name must be free, or a socket that nobody serves any more. */
static int
rundir_check_name(const char *path, int dir_fd, const char *name,
    struct fault *fault)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct stat st;
	int fd, rc, error;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : fault_set(fault,
		    "could not examine \"%s\": %m", path);
	if (!S_ISSOCK(st.st_mode))
		return fault_set(fault, "\"%s\" exists and is not a socket",
		    path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return fault_set(fault, "could not create a socket: %m");
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	rc = connect(fd, (const struct sockaddr *)&addr, sizeof(addr));
	error = errno;
	close(fd);
	if (rc == -1 && error != EAGAIN && error != EPROTOTYPE)
		return 0;
	fault_set(fault, "another process serves socket \"%s\"", path);
	return fault_hint(fault, "Stop it, or choose another path.");
}

/* Bound, owned, listening, and only then under its name. */
static int
rundir_serve(const struct rundir_socket *options,
    const struct rundir_path *path, int dir_fd, int fd)
{
	const char *temporary = path->temporary_name;
	mode_t old;
	int rc;

	if (unlinkat(dir_fd, temporary, 0) == -1 && errno != ENOENT)
		return -1;
	old = umask(0177);
	rc = bind(fd, (const struct sockaddr *)&path->temporary,
	    sizeof(path->temporary));
	umask(old);
	if (rc == -1)
		return -1;
	if ((geteuid() == 0 && fchownat(dir_fd, temporary, options->uid,
	    options->gid, AT_SYMLINK_NOFOLLOW) == -1) ||
	    fchmodat(dir_fd, temporary, options->mode, 0) == -1 ||
	    listen(fd, SOMAXCONN) == -1 ||
	    renameat(dir_fd, temporary, dir_fd, path->name) == -1) {
		rc = errno;
		unlinkat(dir_fd, temporary, 0);
		errno = rc;
		return -1;
	}
	return 0;
}

int
rundir_listen(const struct rundir_socket *options, struct fault *fault)
{
	struct rundir_path path;
	int dir_fd, fd = -1, type;

	if (rundir_split_path(options->path, &path, fault) == -1)
		return -1;
	dir_fd = rundir_open_socket_directory(options, path.dir, fault);
	if (dir_fd == -1)
		return -1;
	if (rundir_check_name(options->path, dir_fd, path.name, fault) == -1)
		goto out;
	type = options->type != 0 ? options->type : SOCK_SEQPACKET;
	fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1) {
		fault_set(fault, "could not create a socket: %m");
		goto out;
	}
	if (rundir_serve(options, &path, dir_fd, fd) == -1) {
		fault_set(fault, "could not listen on socket \"%s\": %m",
		    options->path);
		close(fd);
		fd = -1;
	}
out:
	close(dir_fd);
	return fd;
}
