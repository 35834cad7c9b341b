/* SPDX-License-Identifier: ISC */
/*
 * refusing: a kernel that lacks a system call, or refuses it.
 * Runs in: make check.
 */
#include "tests/unit/common/refusing.h"

#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <check.h>
#include <grp.h>
#include <seccomp.h>
#include <unistd.h>

void
refusing_call(int call, int error)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (filter == NULL || seccomp_rule_add(filter,
	    SCMP_ACT_ERRNO((unsigned int)error & 0xffff), call, 0) != 0 ||
	    seccomp_load(filter) != 0)
		_exit(99);
	seccomp_release(filter);
}

static int
become(unsigned int uid)
{
	if (uid == 0)
		return 0;
	return setgroups(0, NULL) == 0 && setresgid(uid, uid, uid) == 0 ?
	    setresuid(uid, uid, uid) : -1;
}

int
refusing_run(int (*function)(void), unsigned int uid)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		prctl(PR_SET_DUMPABLE, 0);	/* no core file of SIGSYS */
		if (become(uid) == -1)
			_exit(98);
		_exit(function());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}
