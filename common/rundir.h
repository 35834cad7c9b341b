/* SPDX-License-Identifier: ISC */
/*
 * rundir: the run directory and what stands in it: pid files that are locked
 * for life, and Unix sockets that appear under their name only when they serve.
 * Runs in: the supervisors.
 */
#ifndef COMMON_RUNDIR_H
#define COMMON_RUNDIR_H

#include <sys/types.h>

struct fault;

/*
 * Opens the directory (O_DIRECTORY|O_NOFOLLOW), making it with mode 0755 if it
 * is absent. As root it must be root's and writable by nobody else. Returns
 * the descriptor (close-on-exec) or -1 with the fault.
 */
int rundir_open(const char *path, struct fault *fault);

/*
 * Opens and locks (flock) the pid file NAME in dir_fd, mode 0644, and writes
 * our pid; the lock lives as long as the descriptor, which children do not
 * inherit. If another process holds it, the fault says: program is already
 * running, with its pid. Returns the descriptor or -1 with the fault.
 */
int rundir_lock_pidfile(int dir_fd, const char *name, const char *program,
    struct fault *fault);

/* Writes the calling process's pid into a file locked before (after fork). */
int rundir_write_pid(int pidfile_fd, struct fault *fault);

/* Empties the file, removes the name, closes the descriptor. Accepts -1. */
void rundir_unlock_pidfile(int dir_fd, const char *name, int pidfile_fd);

struct rundir_socket {
	const char *path;	/* absolute; its directory is made if absent */
	uid_t uid;		/* owner of the directory and the socket, and */
	gid_t gid;		/* its group; ignored when not root */
	mode_t dir_mode;	/* 0710 */
	mode_t mode;		/* 0660 */
	int type;		/* 0: SOCK_SEQPACKET; else SOCK_STREAM */
};

/*
 * Listens on a Unix socket: bound under a temporary name beside
 * its own, then renamed, so that it never shows unready. Returns the
 * non-blocking, close-on-exec descriptor or -1 with the fault.
 */
int rundir_listen(const struct rundir_socket *options, struct fault *fault);

#endif
