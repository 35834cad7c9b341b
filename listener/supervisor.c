/* SPDX-License-Identifier: ISC */
/*
 * supervisor: waits for signals and for what its programs say, and acts on
 * both. Reads no client's byte.
 * Runs in: postern-listener.
 */
#include "listener/supervisor.h"

#include <sys/signalfd.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/log_sink.h"
#include "common/notify.h"
#include "common/report.h"
#include "listener/launch.h"
#include "listener/settings.h"

#define STOP_WAIT_MS 500	/* an end without ceremony, before SIGKILL */
#define POLL_WAIT_MAX_MS 60000

/* The signals, then log and channel of each dialer and of each worker. */
#define POLL_MAX (1 + 2 * (HANDOFF_ROUTES + HANDOFF_WORKERS_MAX))

static void
fill_signals(sigset_t *out)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP,
		SIGCHLD };
	size_t i;

	sigemptyset(out);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(out, signals[i]);
}

void
supervisor_block_signals(void)
{
	sigset_t set;

	fill_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int
supervisor_start(struct supervisor *supervisor, struct launch *launch,
    struct fault *fault)
{
	sigset_t set;

	memset(supervisor, 0, sizeof(*supervisor));
	supervisor->launch = launch;
	fill_signals(&set);
	supervisor->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (supervisor->signals == -1)
		return fault_set(fault, "could not make a signalfd: %m");
	return crew_start(&supervisor->crew, launch, fault);
}

void
supervisor_abandon(struct supervisor *supervisor)
{
	crew_stop(&supervisor->crew, STOP_WAIT_MS);
}

/* The one place that changes the phase. */
static void
enter(struct supervisor *supervisor, enum supervisor_phase next)
{
	int64_t seconds = supervisor->launch->settings->shutdown_timeout;

	if (next <= supervisor->phase)
		return;
	supervisor->phase = next;
	notify_stopping();
	ports_close(&supervisor->launch->ports);
	switch (next) {
	case SUPERVISOR_SMART:
		crew_tell_workers(&supervisor->crew, REPORT_STOP_SMART);
		break;
	case SUPERVISOR_FAST:
		supervisor->deadline_ms = clock_now_ms() + seconds * 1000;
		crew_tell_workers(&supervisor->crew, REPORT_STOP_FAST);
		break;
	default:
		crew_stop(&supervisor->crew, STOP_WAIT_MS);
		break;
	}
}

static void
reopen_log(void)
{
	struct fault fault = { 0 };

	notify_reloading();
	log_write(LOG_LEVEL_LOG, "received SIGHUP, reopening the log");
	if (log_sink_reopen(&fault) == -1)
		log_fault(LOG_LEVEL_ERROR, &fault);
	notify_ready("Serving");
}

static void
take_signal(struct supervisor *supervisor, uint32_t number)
{
	switch (number) {
	case SIGCHLD:
		crew_reap(&supervisor->crew);
		break;
	case SIGHUP:
		reopen_log();
		break;
	case SIGINT:
		log_write(LOG_LEVEL_LOG, "received smart shutdown request");
		enter(supervisor, SUPERVISOR_SMART);
		break;
	case SIGTERM:
		log_write(LOG_LEVEL_LOG, "received fast shutdown request");
		enter(supervisor, SUPERVISOR_FAST);
		break;
	case SIGQUIT:
		log_write(LOG_LEVEL_LOG,
		    "received immediate shutdown request");
		enter(supervisor, SUPERVISOR_IMMEDIATE);
		break;
	default:
		break;
	}
}

static void
read_signals(struct supervisor *supervisor)
{
	struct signalfd_siginfo signal_seen;

	while (read(supervisor->signals, &signal_seen,
	    sizeof(signal_seen)) == (ssize_t)sizeof(signal_seen))
		take_signal(supervisor, signal_seen.ssi_signo);
}

/* It ended, which is all right in a shutdown, or it does what none of our
 * programs do. */
static void
lose_channel(const struct supervisor *supervisor, struct child *child,
    bool ended)
{
	close(child->channel);
	child->channel = -1;
	if (ended && supervisor->phase != SUPERVISOR_SERVING)
		return;
	if (crew_is_running(child))
		kill(child->pid, SIGKILL);
}

static void
read_channel(struct supervisor *supervisor, struct child *child)
{
	struct report report;
	int fd, n;

	n = report_receive(child->channel, &report, &fd);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == 1 && fd != -1)
		close(fd);
	if (n == 1 && report.type == REPORT_READY) {
		child->ready = true;
		log_write(LOG_LEVEL_INFO, "%s %d is ready", child->name,
		    (int)child->pid);
	} else if (n == 1 && report.type == REPORT_FAULT) {
		log_fault(LOG_LEVEL_ERROR, &report.fault);
	} else if (n != 1 || report.type != REPORT_NO_DIALER ||
	    crew_give_dialer(&supervisor->crew, child,
	    report.which) == -1) {
		lose_channel(supervisor, child, n == 0);
	}
}

/* How long poll() may wait: to the next start or the shutdown's end. */
static int
wait_ms(const struct supervisor *supervisor)
{
	int64_t due, left;

	if (supervisor->phase == SUPERVISOR_FAST)
		due = supervisor->deadline_ms;
	else
		due = crew_due_ms(&supervisor->crew,
		    supervisor->phase == SUPERVISOR_SERVING);
	if (due == INT64_MAX)
		return -1;
	left = due - clock_now_ms();
	if (left > POLL_WAIT_MAX_MS)
		return POLL_WAIT_MAX_MS;
	return left < 0 ? 0 : (int)left;
}

/* One round. Signals are last: a log is read before its process is reaped. */
static void
turn(struct supervisor *supervisor)
{
	struct pollfd polled[POLL_MAX];
	size_t i, len = crew_len(&supervisor->crew);
	struct child *child;

	polled[0] = (struct pollfd){ .fd = supervisor->signals,
		.events = POLLIN };
	for (i = 0; i < len; i++) {
		child = crew_at(&supervisor->crew, i);
		polled[1 + 2 * i] = (struct pollfd){ .fd = child->log,
			.events = POLLIN };
		polled[2 + 2 * i] = (struct pollfd){ .fd = child->channel,
			.events = POLLIN };
	}
	if (poll(polled, 1 + 2 * len, wait_ms(supervisor)) <= 0)
		return;
	for (i = 0; i < len; i++) {
		child = crew_at(&supervisor->crew, i);
		if (polled[1 + 2 * i].revents != 0)
			child_read_log(child);
		if (polled[2 + 2 * i].revents != 0)
			read_channel(supervisor, child);
	}
	if (polled[0].revents != 0)
		read_signals(supervisor);
}

static bool
is_over(const struct supervisor *supervisor)
{
	return supervisor->phase != SUPERVISOR_SERVING &&
	    !crew_has_workers(&supervisor->crew);
}

static void
watch_deadline(struct supervisor *supervisor)
{
	if (supervisor->phase != SUPERVISOR_FAST ||
	    clock_now_ms() < supervisor->deadline_ms || is_over(supervisor))
		return;
	log_write(LOG_LEVEL_WARNING, "sessions did not end in time, stopping "
	    "the workers that are left");
	enter(supervisor, SUPERVISOR_IMMEDIATE);
}

void
supervisor_run(struct supervisor *supervisor)
{
	while (!is_over(supervisor)) {
		turn(supervisor);
		watch_deadline(supervisor);
		if (supervisor->phase <= SUPERVISOR_SMART)
			crew_replace(&supervisor->crew,
			    supervisor->phase == SUPERVISOR_SERVING);
	}
	crew_stop(&supervisor->crew, STOP_WAIT_MS);
	log_write(LOG_LEVEL_LOG, "postern-listener is shut down");
}
