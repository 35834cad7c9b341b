/* SPDX-License-Identifier: ISC */
/*
 * listener-exporter: reads what the workers write into their rosters, and
 * tells it: to posternctl on the status socket, to Prometheus by HTTP. Started
 * by postern-listener, never by hand.
 * Runs in: listener-exporter.
 */
#include <sys/stat.h>

#include <event2/event.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log.h"
#include "common/report.h"
#include "common/spawn.h"
#include "common/stop_signals.h"
#include "listener/exporter/answer.h"
#include "listener/exporter/confine.h"
#include "listener/exporter/exporter.h"
#include "listener/exporter/scrape.h"

static int
take_handoff(struct handoff_exporter *out, struct fault *fault)
{
	struct stat st;
	int fd = HANDOFF_FD_MEMORY;

	/* By hand there is no handoff to count with. */
	if (fstat(fd, &st) == -1 || st.st_size != (off_t)sizeof(*out) ||
	    pread(fd, out, sizeof(*out), 0) != (ssize_t)sizeof(*out) ||
	    out->magic != HANDOFF_MAGIC || out->has_metrics > 1)
		return spawn_take("listener-exporter", SPAWN_FDS_MAX, fault);
	if (spawn_take("listener-exporter",
	    HANDOFF_EXPORTER_FDS + out->has_metrics, fault) == -1)
		return -1;
	return close(fd);
}

/* A worker's roster comes, or that worker has ended. */
static int
take_report(struct exporter *exporter, const struct report *report, int fd)
{
	struct handoff_roster worker;
	struct fault fault = { 0 };

	if (report->type == REPORT_ROSTER_OVER) {
		(void)gallery_end(&exporter->gallery, report->which);
		return 0;
	}
	if (report->type != REPORT_DESCRIPTOR ||
	    report->payload_len != sizeof(worker)) {
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	memcpy(&worker, report->payload, sizeof(worker));
	if (gallery_add(&exporter->gallery, &worker, fd, &fault) == -1)
		log_fault(LOG_LEVEL_WARNING, &fault);
	return 0;
}

static void
on_supervisor(evutil_socket_t channel, short what, void *arg)
{
	struct exporter *exporter = arg;
	static struct report report;
	int fd = -1, n;

	(void)what;
	n = report_receive(channel, &report, &fd);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != 1 || take_report(exporter, &report, fd) == -1)
		(void)event_base_loopbreak(exporter->base);
}

static struct event_base *
open_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;

	/* Its own way is stderr, by a system call that is none of ours. */
	event_set_log_callback(log_write_library);
	if (config != NULL && event_config_set_flag(config,
	    EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV) == 0)
		base = event_base_new_with_config(config);
	if (config != NULL)
		event_config_free(config);
	return base;
}

static int
start(struct exporter *exporter, struct fault *fault)
{
	const struct handoff_user *user = &exporter->handoff.user;

	if ((exporter->base = open_base()) == NULL)
		return fault_set(fault, "could not create an event loop");
	exporter->shared = facts_map(HANDOFF_EXPORTER_FD_FACTS, fault);
	if (exporter->shared == NULL ||
	    gallery_open(&exporter->gallery, HANDOFF_EXPORTER_FD_PAST,
	    fault) == -1)
		return -1;
	(void)close(HANDOFF_EXPORTER_FD_FACTS);
	(void)close(HANDOFF_EXPORTER_FD_PAST);
	if ((exporter->handoff.has_metrics &&
	    scrape_start(exporter, fault) == -1))
		return -1;
	(void)event_assign(&exporter->supervisor, exporter->base,
	    HANDOFF_FD_CHANNEL, EV_READ | EV_PERSIST, on_supervisor, exporter);
	(void)event_add(&exporter->supervisor, NULL);
	answer_start(exporter);
	/* HTTP's date: the time zone's file is read while it can be. */
	tzset();
	return confine_start(user, &exporter->layers, fault);
}

int
main(void)
{
	static struct exporter exporter;
	struct fault fault = { 0 };

	stop_signals_block();
	(void)signal(SIGPIPE, SIG_IGN);
	log_open("listener-exporter");
	if (take_handoff(&exporter.handoff, &fault) == -1) {
		log_fault(LOG_LEVEL_FATAL, &fault);
		return 1;
	}
	log_open_channel(HANDOFF_FD_LOG);
	log_set_min_level((enum log_level)exporter.handoff.log_min_messages);
	if (start(&exporter, &fault) == -1) {
		report_send_type(HANDOFF_FD_CHANNEL, REPORT_FAULT, &fault);
		return 1;
	}
	if (report_send_type(HANDOFF_FD_CHANNEL, REPORT_READY, NULL) == -1)
		return 1;
	event_base_dispatch(exporter.base);
	return 0;
}
