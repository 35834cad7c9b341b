/* SPDX-License-Identifier: ISC */
/*
 * privs: become an unprivileged user with no way back, and the limits that a
 * process puts on itself.
 * Runs in: every confined program, at its start.
 */
#ifndef COMMON_PRIVS_H
#define COMMON_PRIVS_H

#include <sys/types.h>

#include <stdbool.h>

struct fault;

struct privs_user {
	uid_t uid;
	gid_t gid;
};

/*
 * Looks up a user by name, or by number ("64201": that uid and the same gid,
 * or its passwd entry's group where there is one). uid 0 is refused. setting
 * is the parameter's name for the message. Returns 0 or -1 with the fault.
 */
int privs_find_user(const char *setting, const char *name,
    struct privs_user *out, struct fault *fault);

/*
 * Gives up all supplementary groups and becomes the user, real, effective and
 * saved; then proves that there is no way back. Without root only verifies
 * that we are not root. Returns 0 or -1 with the fault.
 */
int privs_become(const struct privs_user *user, struct fault *fault);

/*
 * no_new_privs, not dumpable, no capabilities in any set, no core file, no new
 * process or thread (RLIMIT_NPROC 0, only if the real user is not root), at
 * most max_files descriptors. May be repeated. Returns 0 or -1 with the fault.
 */
int privs_limit(unsigned int max_files, struct fault *fault);

/*
 * The same, threads still allowed: they inherit what is set here. A program
 * with threads calls this, starts them, then calls privs_limit().
 */
int privs_limit_before_threads(unsigned int max_files, struct fault *fault);

#endif
