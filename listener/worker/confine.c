/* SPDX-License-Identifier: ISC */
/*
 * confine: a worker's user and limits.
 * Runs in: listener-worker.
 */
#include "listener/worker/confine.h"

#include <sys/resource.h>

#include "common/fault.h"
#include "common/privs.h"
#include "listener/handoff.h"

int
confine_worker(const struct handoff_user *user, struct fault *fault)
{
	struct privs_user identity = { .uid = user->uid, .gid = user->gid };
	struct rlimit files;

	if (user->change_user && privs_become(&identity, fault) != 0)
		return -1;
	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return fault_set(fault, "could not read RLIMIT_NOFILE: %m");
	return privs_limit((unsigned int)files.rlim_max, fault);
}
