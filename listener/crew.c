/* SPDX-License-Identifier: ISC */
/*
 * crew: the programs of one generation. One place changes its state, and
 * crew_tend() does what that wants.
 * Runs in: postern-listener.
 */
#include "listener/crew.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/report.h"
#include "listener/channels.h"
#include "listener/launch.h"
#include "listener/settings.h"

#define READY_DEADLINE_MS 60000	/* of each step of a start */
#define RETRY_MS 1000		/* after a start that failed on our side */
#define END_MS 500		/* an end by itself, before SIGKILL */
#define NEVER INT64_MAX

static const char *const dialer_names[HANDOFF_ROUTES] = {
	[HANDOFF_ROUTE_ORDINARY] = "listener-dialer",
	[HANDOFF_ROUTE_CERT] = "listener-cert-dialer"
};

bool
crew_is_running(const struct child *child)
{
	return child->pid > 0;
}

bool
crew_has_workers(const struct crew *crew)
{
	size_t i;

	for (i = 0; i < crew->slots; i++)
		if (crew_is_running(&crew->workers[i].child))
			return true;
	return false;
}

bool
crew_accepts(const struct crew *crew)
{
	size_t i;

	for (i = 0; i < crew->slots; i++)
		if (crew->workers[i].accepts)
			return true;
	return false;
}

size_t
crew_len(const struct crew *crew)
{
	return crew->routes + crew->slots;
}

struct child *
crew_at(struct crew *crew, size_t i)
{
	return i < crew->routes ? &crew->dialers[i] :
	    &crew->workers[i - crew->routes].child;
}

/* The only writer of the state. wait_ms: -1 for no deadline. */
static void
enter(struct crew *crew, enum crew_state next, int64_t wait_ms)
{
	if (!crew_state_may_follow(crew->state, next)) {
		log_write(LOG_LEVEL_ERROR,
		    "a crew may not move from \"%s\" to \"%s\"",
		    crew_state_name(crew->state), crew_state_name(next));
#ifdef WITH_SANITIZERS
		abort();
#endif
	}
	crew->state = next;
	crew->deadline_ms = wait_ms == -1 ? NEVER : clock_now_ms() + wait_ms;
}

/* The end of its channel is a program's sign: all at once get it. */
void
crew_end(struct crew *crew)
{
	struct child *child;
	size_t i;

	if (crew->state == CREW_EMPTY || crew->state == CREW_ENDING)
		return;
	enter(crew, CREW_ENDING, END_MS);
	for (i = 0; i < crew_len(crew); i++) {
		child = crew_at(crew, i);
		if (child->channel != -1)
			close(child->channel);
		child->channel = -1;
		child->quick_deaths = 0;
		/* It can no more say that it is, nor that it cannot be. */
		child->end_is_told = !child->ready;
	}
}

void
crew_fail(struct crew *crew, const struct fault *fault)
{
	crew->fault = *fault;
	crew_end(crew);
}

void
crew_tell(const struct child *worker, enum report_type type)
{
	struct fault fault = { 0 };

	if (worker->channel == -1 ||
	    report_send_type(worker->channel, type, NULL) == 0)
		return;
	fault_set(&fault, "could not send a request to %s: %m", worker->name);
	channels_kill(worker, &fault);
}

static void
tell_workers(const struct crew *crew, enum report_type type)
{
	size_t i;

	for (i = 0; i < crew->slots; i++)
		if (crew_is_running(&crew->workers[i].child))
			crew_tell(&crew->workers[i].child, type);
}

static int
start_dialer(struct crew *crew, size_t route, struct fault *fault)
{
	struct child *dialer = &crew->dialers[route];

	if (launch_dialer(crew->launch, (enum handoff_route)route, dialer,
	    fault) == -1)
		return -1;
	channels_bound_sending(dialer);
	channels_renew(crew, route);
	return 0;
}

static int
start_worker(struct crew *crew, size_t number, struct fault *fault)
{
	struct launch_slot slot = { .number = number,
		.is_replacement = !crew_state_is_start(crew->state) };
	struct child *worker = &crew->workers[number].child;
	int ret;

	ret = channels_open(crew, &slot, fault);
	if (ret == 0)
		ret = launch_worker(crew->launch, &slot, worker, fault);
	channels_close_ends(crew, &slot);
	if (ret == 0)
		channels_bound_sending(worker);
	return ret;
}

void
crew_start(struct crew *crew, const struct launch *launch)
{
	struct fault fault = { 0 };
	size_t i;

	crew->launch = launch;
	crew->slots = launch->workers;
	crew->routes = launch->routes.len;
	for (i = 0; i < crew->routes; i++)
		child_init(&crew->dialers[i], dialer_names[i]);
	for (i = 0; i < crew->slots; i++)
		child_init(&crew->workers[i].child, "listener-worker");
	enter(crew, CREW_DIALERS, READY_DEADLINE_MS);
	for (i = 0; i < crew->routes; i++) {
		if (start_dialer(crew, i, &fault) == -1) {
			crew_fail(crew, &fault);
			return;
		}
	}
}

void
crew_serve(struct crew *crew)
{
	size_t i;

	enter(crew, CREW_SERVING, -1);
	for (i = 0; i < crew->slots; i++)
		crew->workers[i].accepts = true;
	tell_workers(crew, REPORT_SERVE);
}

void
crew_drain(struct crew *crew, int64_t grace_ms)
{
	if (crew_state_is_start(crew->state))
		crew_end(crew);
	if (!crew_state_may_follow(crew->state, CREW_DRAINING))
		return;
	enter(crew, CREW_DRAINING, grace_ms > 0 ? grace_ms : -1);
	tell_workers(crew, REPORT_STOP_SMART);
}

void
crew_close(struct crew *crew, int64_t wait_ms)
{
	if (crew_state_is_start(crew->state))
		crew_end(crew);
	if (!crew_state_may_follow(crew->state, CREW_CLOSING))
		return;
	enter(crew, CREW_CLOSING, wait_ms);
	tell_workers(crew, REPORT_STOP_FAST);
}

static bool
are_ready(struct crew *crew, size_t first, size_t len)
{
	size_t i;

	for (i = first; i < first + len; i++)
		if (!crew_at(crew, i)->ready)
			return false;
	return true;
}

static int
start_rest(struct crew *crew, struct fault *fault)
{
	size_t i;

	for (i = 1; i < crew->slots; i++)
		if (start_worker(crew, i, fault) == -1)
			return -1;
	return 0;
}

/* What is wrong for one worker is wrong for all: the first one finds out. */
static int
go_on(struct crew *crew, struct fault *fault)
{
	if (crew->state == CREW_DIALERS && are_ready(crew, 0, crew->routes)) {
		enter(crew, CREW_FIRST, READY_DEADLINE_MS);
		if (start_worker(crew, 0, fault) == -1)
			return -1;
	}
	if (crew->state == CREW_FIRST && crew->workers[0].child.ready) {
		enter(crew, CREW_REST, READY_DEADLINE_MS);
		if (start_rest(crew, fault) == -1)
			return -1;
	}
	if (crew->state == CREW_REST &&
	    are_ready(crew, crew->routes, crew->slots))
		enter(crew, CREW_READY, -1);
	if (crew->deadline_ms <= clock_now_ms())
		return fault_set(fault, "a program did not become ready "
		    "within %d ms", READY_DEADLINE_MS);
	return 0;
}

static bool
is_due(const struct child *child)
{
	return !crew_is_running(child) && child->retry_ms <= clock_now_ms();
}

static void
put_off(struct child *child, const struct fault *fault)
{
	log_fault(LOG_LEVEL_ERROR, fault);
	if (child->retry_ms < clock_now_ms() + RETRY_MS)
		child->retry_ms = clock_now_ms() + RETRY_MS;
}

static void
replace(struct crew *crew)
{
	struct fault fault = { 0 };
	size_t i;

	for (i = 0; i < crew->routes; i++)
		if (crew_state_replaces_dialers(crew->state) &&
		    is_due(&crew->dialers[i]) &&
		    start_dialer(crew, i, &fault) == -1)
			put_off(&crew->dialers[i], &fault);
	for (i = 0; i < crew->slots; i++)
		if (crew_state_replaces_workers(crew->state) &&
		    is_due(&crew->workers[i].child) &&
		    start_worker(crew, i, &fault) == -1)
			put_off(&crew->workers[i].child, &fault);
}

static void
kill_all(struct crew *crew)
{
	struct child *child;
	size_t i;

	for (i = 0; i < crew_len(crew); i++) {
		child = crew_at(crew, i);
		if (!crew_is_running(child))
			continue;
		log_write(LOG_LEVEL_WARNING, "%s (PID %d) did not end within "
		    "%d ms and is killed", child->name, (int)child->pid,
		    END_MS);
		child->end_is_told = true;
		kill(child->pid, SIGKILL);
	}
	crew->deadline_ms = NEVER;
}

static bool
is_any_running(struct crew *crew)
{
	size_t i;

	for (i = 0; i < crew_len(crew); i++)
		if (crew_is_running(crew_at(crew, i)))
			return true;
	return false;
}

/* The way to the end, from a crew that accepts nobody any more. */
static void
wind_up(struct crew *crew)
{
	bool is_late = crew->deadline_ms <= clock_now_ms();

	if (crew->state == CREW_DRAINING && is_late)
		crew_close(crew,
		    (int64_t)crew->launch->settings->shutdown_timeout * 1000);
	else if (crew->state == CREW_CLOSING && is_late &&
	    crew_has_workers(crew)) {
		log_write(LOG_LEVEL_WARNING, "sessions did not end in time, "
		    "stopping the workers that are left");
		crew_end(crew);
	} else if (crew->state == CREW_ENDING && is_late)
		kill_all(crew);
	if ((crew->state == CREW_DRAINING || crew->state == CREW_CLOSING) &&
	    !crew_has_workers(crew))
		crew_end(crew);
	if (crew->state == CREW_ENDING && !is_any_running(crew))
		enter(crew, CREW_EMPTY, -1);
}

void
crew_tend(struct crew *crew)
{
	struct fault fault = { 0 };

	if (crew_state_is_start(crew->state) && go_on(crew, &fault) == -1)
		crew_fail(crew, &fault);
	replace(crew);
	if (crew->state != CREW_SERVING && !crew_state_is_start(crew->state))
		wind_up(crew);
}

int64_t
crew_due_ms(const struct crew *crew)
{
	int64_t due = crew->state == CREW_EMPTY ? NEVER : crew->deadline_ms;
	const struct child *child;
	size_t i;

	for (i = 0; i < crew->routes; i++) {
		child = &crew->dialers[i];
		if (crew_state_replaces_dialers(crew->state) &&
		    !crew_is_running(child) && child->retry_ms < due)
			due = child->retry_ms;
	}
	for (i = 0; i < crew->slots; i++) {
		child = &crew->workers[i].child;
		if (crew_state_replaces_workers(crew->state) &&
		    !crew_is_running(child) && child->retry_ms < due)
			due = child->retry_ms;
	}
	return due;
}
