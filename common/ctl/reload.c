/* SPDX-License-Identifier: ISC */
/*
 * reload: lets the listener read all its files anew, and says what came of it.
 * Runs in: posternctl.
 */
#include <stdio.h>

#include "common/ctl/ask.h"
#include "common/ctl/ctl.h"
#include "common/ctl/verbs.h"
#include "common/fault.h"
#include "common/log.h"

int
reload_run(struct ctl *ctl)
{
	struct ask ask = ASK_EMPTY;
	struct fault fault = { 0 };
	struct ctlwire_request request;
	struct ctlwire_answer answer;
	int rc;

	ctlwire_begin_request(CTLWIRE_RELOAD, &request);
	rc = ask_open(ctl, "postern-listener", &ask, &fault);
	if (rc == 0)
		rc = ask_whole(&ask, &request, &answer, &fault);
	ask_close(&ask);
	if (rc != 0) {
		log_fault(LOG_LEVEL_ERROR, &fault);
		return CTL_EXIT_FAILURE;
	}
	printf("postern-listener reloaded: generation %llu serves\n",
	    (unsigned long long)answer.generation);
	return CTL_EXIT_SUCCESS;
}
