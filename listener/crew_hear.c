/* SPDX-License-Identifier: ISC */
/*
 * crew_hear: what the programs of a crew say, and that they ended.
 * Runs in: postern-listener.
 */
#include "listener/crew_hear.h"

#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log.h"
#include "common/report.h"
#include "listener/channels.h"
#include "listener/crew.h"
#include "listener/launch.h"
#include "listener/watch.h"

/* NULL for a dialer. */
static struct crew_worker *
worker_of(struct crew *crew, const struct child *child)
{
	size_t i;

	for (i = 0; i < crew->slots; i++)
		if (child == &crew->workers[i].child)
			return &crew->workers[i];
	return NULL;
}

static void
take_ready(struct crew *crew, struct child *child)
{
	struct crew_worker *worker = worker_of(crew, child);

	log_write(LOG_LEVEL_INFO, "%s %d is ready", child->name,
	    (int)child->pid);
	if (worker == NULL || crew->state != CREW_SERVING)
		return;
	worker->accepts = true;
	crew_tell(child, REPORT_SERVE);
}

/* Returns 0, or -1 for what none of our programs says. */
static int
take_report(struct crew *crew, struct child *child,
    const struct report *report)
{
	struct crew_worker *worker = worker_of(crew, child);

	child_note_report(child, report);
	switch (report->type) {
	case REPORT_READY:
		take_ready(crew, child);
		return 0;
	case REPORT_FAULT:
		if (crew_state_is_start(crew->state))
			crew_fail(crew, &report->fault);
		else
			log_fault(LOG_LEVEL_ERROR, &report->fault);
		return 0;
	case REPORT_NO_DIALER:
		return worker == NULL ? -1 : channels_give(crew,
		    (size_t)(worker - crew->workers), report->which);
	case REPORT_LEFT:
		if (worker != NULL)
			worker->accepts = false;
		return worker == NULL ? -1 : 0;
	default:
		return -1;
	}
}

/* It ended, which is all right when it was told to, or it does what none of our
 * programs do. */
static void
lose_channel(const struct crew *crew, struct child *child, bool ended)
{
	close(child->channel);
	child->channel = -1;
	if (ended && !crew_state_is_start(crew->state) &&
	    !crew_state_replaces_workers(crew->state))
		return;
	if (crew_is_running(child))
		kill(child->pid, SIGKILL);
}

static void
hear(void *owner, void *which)
{
	struct crew *crew = owner;
	struct child *child = which;
	struct report report;
	int fd = -1, n;

	if (child->channel == -1)
		return;
	n = report_receive(child->channel, &report, &fd);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == 1 && fd != -1)
		close(fd);
	if (n != 1 || take_report(crew, child, &report) == -1)
		lose_channel(crew, child, n == 0);
}

static void
read_log(void *owner, void *which)
{
	(void)owner;
	child_read_log(which);
}

void
crew_hear_watch(struct crew *crew, struct watch *watch)
{
	struct child *child;
	size_t i;

	for (i = 0; i < crew_len(crew); i++) {
		child = crew_at(crew, i);
		watch_add(watch, child->log, read_log, crew, child);
		watch_add(watch, child->channel, hear, crew, child);
	}
}

/* What a program said before its end is not lost. */
static void
hear_out(struct crew *crew, struct child *child)
{
	struct pollfd channel = { .fd = child->channel, .events = POLLIN };

	child_read_log(child);
	while (child->channel != -1 && poll(&channel, 1, 0) == 1 &&
	    (channel.revents & POLLIN) != 0)
		hear(crew, child);
}

static void
note_end(struct crew *crew, struct child *child, int status)
{
	struct crew_worker *worker = worker_of(crew, child);
	bool is_start;
	struct fault fault;

	hear_out(crew, child);
	is_start = crew_state_is_start(crew->state);
	if (is_start)
		child_end_fault(child, status, &fault);
	child_reap(child, status);
	if (worker != NULL) {
		worker->accepts = false;
		launch_clear_board(crew->launch,
		    (size_t)(worker - crew->workers));
	}
	if (is_start)
		crew_fail(crew, &fault);
}

void
crew_hear_reap(struct crew *crew)
{
	struct child *child;
	int status;
	size_t i;

	for (i = 0; i < crew_len(crew); i++) {
		child = crew_at(crew, i);
		if (crew_is_running(child) && waitpid(child->pid, &status,
		    WNOHANG) == child->pid)
			note_end(crew, child, status);
	}
}
