/* SPDX-License-Identifier: ISC */
/*
 * status: whether the daemons run, and with what.
 * Runs in: posternctl.
 */
#include <stdio.h>

#include "common/ctl/ask.h"
#include "common/ctl/ctl.h"
#include "common/ctl/status_keyd.h"
#include "common/ctl/verbs.h"
#include "common/fault.h"
#include "common/log.h"

/* Returns 0, 1 if it does not run, or -1 with the fault. */
static int
tell(const struct ctl *ctl, const char *daemon,
    int (*more)(const struct ask *ask, struct fault *fault),
    struct fault *fault)
{
	struct ask ask = ASK_EMPTY;
	int rc = ask_open(ctl, daemon, &ask, fault);

	if (rc == 0)
		printf("%s: running (PID: %d)\n", daemon, (int)ask.pid);
	else if (rc == 1)
		printf("%s: not running\n", daemon);
	if (rc == 0 && more != NULL)
		rc = more(&ask, fault);
	ask_close(&ask);
	return rc;
}

int
status_run(struct ctl *ctl)
{
	static const struct {
		const char *daemon;
		int (*more)(const struct ask *ask, struct fault *fault);
	} daemons[] = {
		{ "postern-keyd", status_keyd_tell },
		{ "postern-listener", NULL },
	};
	struct fault fault = { 0 };
	int i, rc, status = CTL_EXIT_SUCCESS;

	for (i = 0; i < 2; i++) {
		rc = tell(ctl, daemons[i].daemon, daemons[i].more, &fault);
		if (rc == 1)
			status = CTL_EXIT_NOT_RUNNING;
		if (rc != -1)
			continue;
		log_fault(LOG_LEVEL_ERROR, &fault);
		return CTL_EXIT_FAILURE;
	}
	return status;
}
