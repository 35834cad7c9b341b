/* SPDX-License-Identifier: ISC */
/*
 * stop: lets the daemons end in one of PostgreSQL's modes, the listener before
 * the key daemon, and waits until they have.
 * Runs in: posternctl.
 */
#include <sys/syscall.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/ctl/ask.h"
#include "common/ctl/ctl.h"
#include "common/ctl/verbs.h"
#include "common/fault.h"
#include "common/log.h"

#define DOT_MS 1000	/* between two signs of life, as pg_ctl shows them */

/* In the order of their end: handshakes need a key to the last. */
static const char *const daemons[] = { "postern-listener", "postern-keyd" };
#define DAEMONS (sizeof(daemons) / sizeof(daemons[0]))

static int
timeout_fault(const struct ctl *ctl, const char *daemon, struct fault *fault)
{
	fault_set(fault, "%s does not shut down", daemon);
	fault_detail(fault, "It was waited for %d seconds, and goes on to shut "
	    "down.", ctl->timeout_s);
	if (ctl->mode == CTLWIRE_STOP_SMART)
		fault_hint(fault, "The \"-m fast\" option immediately "
		    "disconnects sessions rather than waiting for "
		    "session-initiated disconnection.");
	return -1;
}

/* Until the process has ended; where it cannot be watched, its connection. */
static int
await_end(const struct ctl *ctl, const struct ask *ask, struct fault *fault)
{
	int64_t deadline = clock_now_ms() + (int64_t)ctl->timeout_s * 1000;
	int pidfd = (int)syscall(SYS_pidfd_open, ask->pid, 0);
	struct pollfd p = { .fd = pidfd != -1 ? pidfd : ask->fd,
		.events = POLLIN };
	int n = 0;

	printf("waiting for %s to shut down...", ask->daemon);
	while (n <= 0 && clock_now_ms() < deadline) {
		printf(".");
		fflush(stdout);
		n = poll(&p, 1, DOT_MS);
	}
	printf(n > 0 ? " done\n" : " failed\n");
	if (pidfd != -1)
		close(pidfd);
	return n > 0 ? 0 : timeout_fault(ctl, ask->daemon, fault);
}

/* Returns 0, 1 with the fault if it does not run, or -1 with the fault. */
static int
stop_one(const struct ctl *ctl, const char *daemon, struct fault *fault)
{
	struct ask ask = ASK_EMPTY;
	struct ctlwire_request request;
	struct ctlwire_answer answer;
	int rc;

	ctlwire_begin_request(CTLWIRE_STOP, &request);
	request.which = ctl->mode;
	rc = ask_open(ctl, daemon, &ask, fault);
	if (rc == 0)
		rc = ask_whole(&ask, &request, &answer, fault);
	if (rc == 0)
		rc = await_end(ctl, &ask, fault);
	ask_close(&ask);
	if (rc == 0)
		printf("%s stopped\n", daemon);
	return rc;
}

int
stop_run(struct ctl *ctl)
{
	struct fault fault = { 0 };
	size_t i, stopped = 0, meant = 0;
	int rc;

	for (i = 0; i < DAEMONS; i++) {
		if (!ctl_means(ctl, daemons[i]))
			continue;
		meant++;
		rc = stop_one(ctl, daemons[i], &fault);
		stopped += rc == 0;
		/* Of two, one may have ended before. */
		if (rc == -1 || (rc == 1 && (ctl->word != NULL ||
		    (stopped == 0 && i == DAEMONS - 1)))) {
			log_fault(LOG_LEVEL_ERROR, &fault);
			return CTL_EXIT_FAILURE;
		}
	}
	if (meant > 0)
		return CTL_EXIT_SUCCESS;
	log_write(LOG_LEVEL_ERROR, "there is no daemon \"%s\"", ctl->word);
	log_write(LOG_LEVEL_HINT, "It is \"keyd\" or \"listener\".");
	return CTL_EXIT_FAILURE;
}
