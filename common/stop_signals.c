/* SPDX-License-Identifier: ISC */
/*
 * stop_signals: what an operator, a terminal or a service manager sends to a
 * whole group of processes, and which the supervisor alone answers.
 * Runs in: the supervisors at start, and their internal programs.
 */
#include "common/stop_signals.h"

#include <signal.h>
#include <stddef.h>

void
stop_signals_block(void)
{
	static const int blocked[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP };
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(blocked) / sizeof(blocked[0]); i++)
		sigaddset(&set, blocked[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
}
