/* SPDX-License-Identifier: ISC */
/*
 * spawn: starts a program by exec with named descriptors at fixed numbers and
 * nothing else; and, in the program, takes them and closes the rest.
 * Runs in: the supervisors (start); every internal program (take).
 */
#ifndef COMMON_SPAWN_H
#define COMMON_SPAWN_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

struct fault;

#define SPAWN_FD_FIRST 3	/* the first named descriptor */
#define SPAWN_FDS_MAX 2048

struct spawn_options {
	const char *program;	/* absolute path */
	const char *title;	/* argv[0], what ps shows */
	const int *fds;		/* fds[i] becomes descriptor SPAWN_FD_FIRST+i */
	size_t fds_len;
	bool keep_terminal;	/* 0-2 and the session stay (unlock); else
				   0-2 are /dev/null and it has a new session */
	bool own_pids;		/* a pid namespace of its own, where the kernel
				   gives one: it sees and reaches no process */
	bool memlock;		/* raise RLIMIT_MEMLOCK for secret memory */
};

/*
 * Starts the program, the one that was there when its path was first started
 * (spawn_keep.h), with an environment of PATH, LANG and TZ alone, default
 * signal dispositions, an empty signal mask, and PR_SET_PDEATHSIG SIGKILL
 * unless keep_terminal. The caller keeps its fds. Returns 0 and *out_pid, or
 * -1 with the fault, also when exec itself failed.
 */
int spawn_start(const struct spawn_options *options, pid_t *out_pid,
    struct fault *fault);

/*
 * The first act of an internal program: checks that descriptors SPAWN_FD_FIRST
 * to SPAWN_FD_FIRST + count - 1 are open and that the first is a socket of our
 * supervisor (SOCK_SEQPACKET), marks them close-on-exec, closes every other
 * descriptor above 2. Returns 0, or -1 with a fault that says that the program
 * is not started by hand.
 */
int spawn_take(const char *program, size_t count, struct fault *fault);

#endif
