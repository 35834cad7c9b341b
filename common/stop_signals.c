/* SPDX-License-Identifier: ISC */
/*
 * stop_signals: what an operator, a terminal or a service manager sends to a
 * whole group of processes, and which the supervisor alone answers.
 * Runs in: the supervisors at start, and their internal programs.
 */
#include "common/stop_signals.h"

#include <sys/signalfd.h>

#include <signal.h>
#include <stddef.h>

static const int stops[] = { SIGTERM, SIGINT, SIGQUIT };
#define STOPS_LEN (sizeof(stops) / sizeof(stops[0]))

static void
fill(sigset_t *out)
{
	size_t i;

	sigemptyset(out);
	for (i = 0; i < STOPS_LEN; i++)
		sigaddset(out, stops[i]);
}

void
stop_signals_block(void)
{
	sigset_t set;

	fill(&set);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int
stop_signals_open(void)
{
	sigset_t set;

	fill(&set);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int
stop_signals_pending(void)
{
	sigset_t pending;
	size_t i;

	if (sigpending(&pending) == -1)
		return 0;
	for (i = 0; i < STOPS_LEN; i++)
		if (sigismember(&pending, stops[i]) == 1)
			return stops[i];
	return 0;
}
