/* SPDX-License-Identifier: ISC */
/*
 * supervisor: the loop: waits for signals and for what its programs say, and
 * acts on both. Reads no client's byte.
 * Runs in: postern-listener.
 */
#include "listener/supervisor.h"

#include <sys/signalfd.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/log_sink.h"
#include "common/notify.h"
#include "listener/account.h"

#define WAIT_MAX_MS 60000

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
supervisor_open(struct supervisor *supervisor,
    const struct supervisor_options *options, struct fault *fault)
{
	sigset_t set;

	memset(supervisor, 0, sizeof(*supervisor));
	exporter_link_init(&supervisor->exporter);
	generations_open(&supervisor->generations, &supervisor->exporter);
	reload_open(&supervisor->reload, options->instance,
	    &supervisor->generations, options->foreground);
	fill_signals(&set);
	supervisor->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (supervisor->signals == -1)
		return fault_set(fault, "could not make a signalfd: %m");
	return orders_open(options->run_directory, supervisor,
	    &supervisor->orders, fault);
}

/* The one place that changes the phase. */
static void
enter(struct supervisor *supervisor, enum supervisor_phase next)
{
	struct generations *generations = &supervisor->generations;

	if (next <= supervisor->phase)
		return;
	supervisor->phase = next;
	if (next == SUPERVISOR_SERVING)
		return;
	reload_cancel(&supervisor->reload);
	notify_stopping();
	switch (next) {
	case SUPERVISOR_SMART:
		generations_drain(generations);
		break;
	case SUPERVISOR_FAST:
		generations_close_sessions(generations);
		break;
	default:
		generations_end(generations);
		break;
	}
}

void
supervisor_stop(struct supervisor *supervisor, enum supervisor_phase phase)
{
	enter(supervisor, phase);
}

/* A generation that is not yet in force serves nobody. */
static void
stop(struct supervisor *supervisor, int number, enum supervisor_phase phase,
    const char *how)
{
	if (supervisor->phase == SUPERVISOR_STARTING) {
		supervisor->stopped_by = number;
		enter(supervisor, SUPERVISOR_IMMEDIATE);
		return;
	}
	log_write(LOG_LEVEL_LOG, "received %s shutdown request", how);
	enter(supervisor, phase);
}

void
supervisor_ask_reload(struct supervisor *supervisor,
    struct reload_request *request)
{
	struct fault fault = { 0 };

	log_write(LOG_LEVEL_LOG, "received %s, reloading configuration files",
	    request == NULL ? "SIGHUP" : "reload request from posternctl");
	if (log_sink_reopen(&fault) == -1)
		log_fault(LOG_LEVEL_ERROR, &fault);
	supervisor->is_reloading = true;
	notify_reloading();
	reload_ask(&supervisor->reload, request);
}

/* In a shutdown only the log is opened anew. */
static void
hang_up(struct supervisor *supervisor)
{
	struct fault fault = { 0 };

	if (supervisor->phase == SUPERVISOR_STARTING)
		supervisor->is_hung_up = true;
	else if (supervisor->phase == SUPERVISOR_SERVING)
		supervisor_ask_reload(supervisor, NULL);
	else if (log_sink_reopen(&fault) == -1)
		log_fault(LOG_LEVEL_ERROR, &fault);
}

static void
take_signal(struct supervisor *supervisor, int number)
{
	switch (number) {
	case SIGCHLD:
		generations_reap(&supervisor->generations);
		exporter_link_reap(&supervisor->exporter);
		break;
	case SIGHUP:
		hang_up(supervisor);
		break;
	case SIGINT:
		stop(supervisor, number, SUPERVISOR_SMART, "smart");
		break;
	case SIGTERM:
		stop(supervisor, number, SUPERVISOR_FAST, "fast");
		break;
	case SIGQUIT:
		stop(supervisor, number, SUPERVISOR_IMMEDIATE, "immediate");
		break;
	default:
		break;
	}
}

static void
read_signals(void *owner, void *which)
{
	struct supervisor *supervisor = owner;
	struct signalfd_siginfo seen;

	(void)which;
	while (read(supervisor->signals, &seen, sizeof(seen)) ==
	    (ssize_t)sizeof(seen))
		take_signal(supervisor, (int)seen.ssi_signo);
}

/* How long a turn may wait: to what is due next. */
static int
wait_ms(const struct supervisor *supervisor)
{
	int64_t due = generations_due_ms(&supervisor->generations);
	int64_t other = reload_due_ms(&supervisor->reload), left;

	if (other < due)
		due = other;
	other = exporter_link_due_ms(&supervisor->exporter);
	if (supervisor->phase <= SUPERVISOR_SERVING && other < due)
		due = other;
	if (due == INT64_MAX)
		return -1;
	left = due - clock_now_ms();
	if (left > WAIT_MAX_MS)
		return WAIT_MAX_MS;
	return left < 0 ? 0 : (int)left;
}

static void
end_reload(struct supervisor *supervisor)
{
	if (!supervisor->is_reloading || reload_is_busy(&supervisor->reload))
		return;
	supervisor->is_reloading = false;
	if (supervisor->phase == SUPERVISOR_SERVING)
		notify_ready("Serving");
}

/* Signals are last: what a program said is read before it is reaped. */
static void
turn(struct supervisor *supervisor)
{
	struct watch *watch = &supervisor->watch;

	watch_clear(watch);
	generations_watch(&supervisor->generations, watch);
	reload_watch(&supervisor->reload, watch);
	orders_watch(&supervisor->orders, watch);
	exporter_link_watch(&supervisor->exporter, watch);
	watch_add(watch, supervisor->signals, read_signals, supervisor, NULL);
	watch_wait(watch, wait_ms(supervisor));
	orders_tend(&supervisor->orders);
	generations_tend(&supervisor->generations);
	reload_tend(&supervisor->reload);
	generations_tend(&supervisor->generations);
	generations_sweep(&supervisor->generations);
	end_reload(supervisor);
	if (supervisor->phase <= SUPERVISOR_SERVING)
		exporter_link_tend(&supervisor->exporter);
	account_keep(&supervisor->exporter, &supervisor->generations,
	    &supervisor->reload);
}

static bool
is_over(const struct supervisor *supervisor)
{
	return supervisor->phase > SUPERVISOR_SERVING &&
	    !reload_is_busy(&supervisor->reload) &&
	    generations_are_over(&supervisor->generations);
}

int
supervisor_start(struct supervisor *supervisor, struct generation *first,
    struct fault *fault)
{
	struct exporter_link *exporter = &supervisor->exporter;
	struct reload *reload = &supervisor->reload;

	if (exporter_link_open(exporter, &first->settings, fault) == -1 ||
	    exporter_link_start(exporter, fault) == -1) {
		generation_close(first);
		return -1;
	}
	reload_begin(reload, first);
	while (reload_is_busy(reload))
		turn(supervisor);
	while (supervisor->stopped_by != 0 && !is_over(supervisor))
		turn(supervisor);
	if (supervisor->stopped_by != 0) {
		fault_set(fault, "received signal %d (%s)",
		    supervisor->stopped_by,
		    strsignal(supervisor->stopped_by));
		return fault_detail(fault, "It came before clients were "
		    "served.");
	}
	if (fault_is_set(&reload->result.fault)) {
		*fault = reload->result.fault;
		return -1;
	}
	enter(supervisor, SUPERVISOR_SERVING);
	if (supervisor->is_hung_up)
		hang_up(supervisor);
	return 0;
}

void
supervisor_run(struct supervisor *supervisor)
{
	while (!is_over(supervisor))
		turn(supervisor);
	log_write(LOG_LEVEL_LOG, "postern-listener is shut down");
}

void
supervisor_close(struct supervisor *supervisor)
{
	if (supervisor->generations.list.tqh_last == NULL)
		return;
	orders_close(&supervisor->orders);
	generations_close(&supervisor->generations);
	exporter_link_close(&supervisor->exporter);
	watch_close(&supervisor->watch);
	close(supervisor->signals);
}
