/* SPDX-License-Identifier: ISC */
/*
 * signals: what the operator asks of postern-keyd, taken by signalfd(2).
 * Runs in: postern-keyd.
 */
#include "keyd/signals.h"

#include <sys/signalfd.h>

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "common/fault.h"

static void
fill(sigset_t *out)
{
	static const int taken[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP,
		SIGCHLD };

	sigemptyset(out);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		sigaddset(out, taken[i]);
}

void
signals_block(void)
{
	sigset_t set;

	fill(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* An ignored one would never reach the descriptor, or let a child
	 * vanish without its status. */
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
}

int
signals_open(struct fault *fault)
{
	sigset_t set;
	int fd;

	fill(&set);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd == -1)
		return fault_set(fault, "could not open a signalfd: %m");
	return fd;
}

int
signals_read(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}
