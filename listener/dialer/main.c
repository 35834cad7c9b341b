/* SPDX-License-Identifier: ISC */
/*
 * listener-dialer: connects where its handoff says and nowhere else, and hands
 * the connected sockets to workers. Sends and receives no session's byte.
 * Runs in: listener-dialer.
 */
#include <sys/stat.h>

#include <event2/event.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/report.h"
#include "common/spawn.h"
#include "common/stop_signals.h"
#include "common/wire/dialwire.h"
#include "listener/dialer/channel.h"
#include "listener/dialer/confine.h"
#include "listener/dialer/dialer.h"

/* Each worker's channel and its requests, the dialer's own, the spares. */
#define FILES_MAX (HANDOFF_WORKERS_MAX * (1 + DIALWIRE_PENDING_MAX) + 64 + \
	HANDOFF_SPARES_MAX)

static int
read_handoff(struct handoff_dialer *out, struct fault *fault)
{
	struct stat st;

	if (fstat(HANDOFF_FD_MEMORY, &st) == -1 ||
	    st.st_size != (off_t)sizeof(*out) ||
	    pread(HANDOFF_FD_MEMORY, out, sizeof(*out), 0) !=
	    (ssize_t)sizeof(*out) || out->magic != HANDOFF_MAGIC ||
	    out->backend_len > HANDOFF_ADDRESSES_MAX ||
	    out->spares > HANDOFF_SPARES_MAX)
		return fault_set(fault, "the handoff is malformed");
	close(HANDOFF_FD_MEMORY);
	return 0;
}

/* Its environment is no matter of a confined program. */
static struct event_base *
open_base(void)
{
	struct event_config *config;
	struct event_base *base = NULL;

	/* Its own way is stderr, by a system call that is none of ours. */
	event_set_log_callback(log_write_library);
	config = event_config_new();
	if (config != NULL && event_config_set_flag(config,
	    EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV) == 0)
		base = event_base_new_with_config(config);
	if (config != NULL)
		event_config_free(config);
	return base;
}

/*
 * The supervisor brings a worker's channel, or has ended. One that cannot be
 * taken ends this process: its worker would be without a dialer, and the next
 * dialer gets channels to all.
 */
static void
on_supervisor(evutil_socket_t fd, short what, void *arg)
{
	struct dialer *dialer = arg;
	struct report report;
	int received, n;

	(void)what;
	n = report_receive(fd, &report, &received);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == 1 && report.type == REPORT_DESCRIPTOR &&
	    channel_open(dialer, received) == 0)
		return;
	if (n != 0)
		log_write(LOG_LEVEL_ERROR, "could not take a worker's "
		    "channel: %m; the dialer starts anew");
	event_base_loopbreak(dialer->base);
}

static void
close_channels(struct dialer *dialer)
{
	struct channel *channel;

	while ((channel = LIST_FIRST(&dialer->channels)) != NULL)
		channel_close(channel);
}

static int
serve(struct dialer *dialer, struct fault *fault)
{
	struct event *supervisor;

	dialer->base = open_base();
	if (dialer->base == NULL)
		return fault_set(fault, "could not open an event loop");
	supervisor = event_new(dialer->base, HANDOFF_FD_CHANNEL,
	    EV_READ | EV_PERSIST, on_supervisor, dialer);
	if (supervisor == NULL || event_add(supervisor, NULL) == -1)
		return fault_set(fault, "could not watch the supervisor");
	spares_open(&dialer->spares, dialer);
	dialer->looked_ms = clock_now_ms();
	if (confine_start(&dialer->handoff, FILES_MAX, fault) == -1)
		return -1;
	if (report_send_type(HANDOFF_FD_CHANNEL, REPORT_READY, NULL) == -1)
		return fault_set(fault, "could not report to the supervisor: "
		    "%m");
	event_base_dispatch(dialer->base);
	close_channels(dialer);
	spares_leave(&dialer->spares);
	event_free(supervisor);
	event_base_free(dialer->base);
	return 0;
}

int
main(void)
{
	static struct dialer dialer = { .channels =
	    LIST_HEAD_INITIALIZER(dialer.channels) };
	struct fault fault = { 0 };

	stop_signals_block();
	log_open("listener-dialer");
	if (spawn_take("listener-dialer", 3, &fault) == -1) {
		log_fault(LOG_LEVEL_FATAL, &fault);
		return 1;
	}
	log_open_channel(HANDOFF_FD_LOG);
	if (read_handoff(&dialer.handoff, &fault) == -1)
		goto failed;
	log_set_min_level((enum log_level)dialer.handoff.log_min_messages);
	if (serve(&dialer, &fault) == 0)
		return 0;
failed:
	report_send_type(HANDOFF_FD_CHANNEL, REPORT_FAULT, &fault);
	return 1;
}
