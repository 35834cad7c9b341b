/* SPDX-License-Identifier: ISC */
/*
 * posternctl: asks the daemons of a data directory, as pg_ctl does a server.
 * Runs in: posternctl.
 */
#include "common/ctl/arguments.h"
#include "common/ctl/ctl.h"
#include "common/ctl/verbs.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/log_settings.h"

static const struct arguments_verb verbs[] = {
	{ "status", "jx", "", "say whether they run, and with what", false,
	    status_run },
	{ "reload", "", "", "let the listener read its files anew", false,
	    reload_run },
	{ "rotate", "", "", "go over to the key and certificate that are there "
	    "now", false, rotate_run },
	{ "stop", "mt", "[keyd | listener]", "stop both, or one of them",
	    true, stop_run },
	{ "connections", "jx", "", "show who is connected", false,
	    connections_run },
	{ "top", "dn", "", "show it again and again", false, top_run },
	{ .name = NULL }
};

int
main(int argc, char **argv)
{
	const struct arguments_verb *verb = NULL;
	struct fault fault = { 0 };
	static struct ctl ctl;
	int action;

	/* What keyd-unlock has to say comes here, too. */
	log_settings_open_start(CTL_PROGRAM);
	action = arguments_parse(verbs, argv, &ctl, &verb, &fault);
	if (action == -1) {
		log_fault(LOG_LEVEL_ERROR, &fault);
		return CTL_EXIT_FAILURE;
	}
	if (action != ARGUMENTS_RUN)
		return arguments_print(verbs, (enum arguments_action)action);
	if (ctl_read_settings(&ctl) == -1)
		return CTL_EXIT_NO_DIRECTORY;
	return verb->run(&ctl);
}
