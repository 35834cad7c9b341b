/* SPDX-License-Identifier: ISC */
/*
 * interrupt: the signals that end the question for a pass phrase. They are
 * only noted, so that the terminal is put in order before the program ends.
 * Runs in: keyd-unlock.
 */
#include "keyd/unlock/interrupt.h"

#include <stddef.h>
#include <string.h>

#include "common/fault.h"

static const int signals[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };

static volatile sig_atomic_t noted;

static void
note(int signo)
{
	noted = signo;
}

void
interrupt_set(sigset_t *out)
{
	sigemptyset(out);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(out, signals[i]);
}

void
interrupt_catch(void)
{
	struct sigaction action = { .sa_handler = note };

	/* No SA_RESTART: a read ends with EINTR. */
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
	/* postern-keyd may be gone when it is told the result. */
	signal(SIGPIPE, SIG_IGN);
}

int
interrupt_signal(void)
{
	return noted;
}

int
interrupt_fault(const char *path, struct fault *fault)
{
	int signo = noted;

	fault_set(fault, "no pass phrase was given for private key file "
	    "\"%s\"", path);
	if (signo == SIGINT)
		return fault_detail(fault, "The question was ended by Ctrl-C.");
	return fault_detail(fault, "The question was ended by signal %d (%s).",
	    signo, strsignal(signo));
}
