/* SPDX-License-Identifier: ISC */
/*
 * confine: what this process gives up before it serves, in order.
 * Runs in: keyd-signer.
 */
#include "keyd/signer/confine.h"

#include <unistd.h>

#include "common/log.h"
#include "common/privs.h"
#include "keyd/handoff.h"

static int
become_user(const struct handoff_signer *handoff, struct fault *fault)
{
	struct privs_user user = { handoff->run_uid, handoff->run_gid };

	if (handoff->change_user != 0 || geteuid() != 0)
		return privs_become(&user, fault);
	log_write(LOG_LEVEL_LOG, "the signer stays root");
	return 0;
}

int
confine_start(const struct handoff_signer *handoff, unsigned int max_files,
    struct fault *fault)
{
	if (become_user(handoff, fault) == -1)
		return -1;
	return privs_limit_before_threads(max_files, fault);
}

int
confine_finish(unsigned int max_files, struct fault *fault)
{
	return privs_limit(max_files, fault);
}
