/* SPDX-License-Identifier: ISC */
/*
 * crew: the dialers, one for each route, and the workers, and a channel between
 * each dialer and each worker.
 * Runs in: postern-listener.
 */
#include "listener/crew.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <signal.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/report.h"
#include "listener/launch.h"

#define READY_DEADLINE_MS 60000
#define SEND_DEADLINE_MS 200
#define RETRY_MS 1000		/* after a start that failed on our side */
#define START_STOP_MS 1000
#define ASK_MIN_MS 500		/* a worker without a dialer waits a second */

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
		if (crew_is_running(&crew->workers[i]))
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
	    &crew->workers[i - crew->routes];
}

/* A program that does not read must not stop us when we write to it. */
static void
bound_sending(const struct child *child)
{
	struct timeval wait = { .tv_usec = SEND_DEADLINE_MS * 1000 };

	setsockopt(child->channel, SOL_SOCKET, SO_SNDTIMEO, &wait,
	    sizeof(wait));
}

static int
await_ready(struct child *child, struct fault *fault)
{
	struct report report;

	if (child_await(child, READY_DEADLINE_MS, &report, fault) == -1)
		return -1;
	if (report.type != REPORT_READY)
		return fault_set(fault, "%s sent an unexpected report",
		    child->name);
	return 0;
}

static int
pass_descriptor(const struct child *child, size_t route, int fd,
    struct fault *fault)
{
	struct report report = { .type = REPORT_DESCRIPTOR,
		.which = (uint32_t)route };

	if (report_send(child->channel, &report, fd) == -1)
		return fault_set(fault, "could not send a channel to %s: %m",
		    child->name);
	return 0;
}

/* No worker may stay without a dialer: where one did not get its channel, the
 * next program gets one, which a new dialer gives to all. */
static void
kill_for_channel(const struct child *child, const struct fault *fault)
{
	log_fault(LOG_LEVEL_WARNING, fault);
	if (!crew_is_running(child))
		return;
	log_write(LOG_LEVEL_DETAIL, "%s (PID %d) is killed and replaced.",
	    child->name, (int)child->pid);
	kill(child->pid, SIGKILL);
}

/*
 * Makes a channel between a worker and the route's dialer, gives the dialer its
 * end and returns the worker's; -1 with the fault. Without a dialer, or with
 * one that cannot take it and is killed, the channel is at its end at once, and
 * the worker gets another with the next dialer.
 */
static int
open_dial_channel(const struct crew *crew, size_t route, struct fault *fault)
{
	const struct child *dialer = &crew->dialers[route];
	struct fault failed = { 0 };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0, pair) == -1)
		return fault_set(fault, "could not make a channel: %m");
	/* One whose channel is lost was killed, and is not yet reaped. */
	if (crew_is_running(dialer) && dialer->channel != -1 &&
	    pass_descriptor(dialer, route, pair[1], &failed) == -1)
		kill_for_channel(dialer, &failed);
	close(pair[1]);
	return pair[0];
}

static int
open_dial_channels(struct crew *crew, struct launch_slot *slot,
    size_t *out_opened, struct fault *fault)
{
	size_t *route = out_opened;

	for (*route = 0; *route < crew->routes; (*route)++) {
		slot->dialer_ends[*route] = open_dial_channel(crew, *route,
		    fault);
		if (slot->dialer_ends[*route] == -1)
			return -1;
		crew->channel_ms[*route][slot->number] = clock_now_ms();
	}
	return 0;
}

static int
start_worker(struct crew *crew, size_t number, struct fault *fault)
{
	struct launch_slot slot = { .number = number,
		.is_replacement = crew->has_served };
	size_t opened;
	int ret;

	ret = open_dial_channels(crew, &slot, &opened, fault);
	if (ret == 0)
		ret = launch_worker(crew->launch, &slot,
		    &crew->workers[number], fault);
	while (opened > 0)
		close(slot.dialer_ends[--opened]);
	if (ret == 0)
		bound_sending(&crew->workers[number]);
	return ret;
}

/* A worker that does not take it hangs, or is at its end. */
static void
pass_new_channel(struct crew *crew, size_t route, size_t number)
{
	const struct child *worker = &crew->workers[number];
	struct fault failed = { 0 };
	int end;

	if (worker->channel == -1)
		return;
	crew->channel_ms[route][number] = clock_now_ms();
	end = open_dial_channel(crew, route, &failed);
	if (end == -1) {
		kill_for_channel(&crew->dialers[route], &failed);
		return;
	}
	if (pass_descriptor(worker, route, end, &failed) == -1)
		kill_for_channel(worker, &failed);
	close(end);
}

/* A new dialer: every worker that runs gets a channel to it. */
static int
start_dialer(struct crew *crew, size_t route, struct fault *fault)
{
	struct child *dialer = &crew->dialers[route];
	size_t i;

	if (launch_dialer(crew->launch, (enum handoff_route)route, dialer,
	    fault) == -1)
		return -1;
	bound_sending(dialer);
	for (i = 0; i < crew->slots; i++)
		if (crew_is_running(&crew->workers[i]))
			pass_new_channel(crew, route, i);
	return 0;
}

/* The worker's number; crew->slots for a dialer. */
static size_t
number_of(const struct crew *crew, const struct child *child)
{
	size_t i;

	for (i = 0; i < crew->slots; i++)
		if (child == &crew->workers[i])
			break;
	return i;
}

int
crew_give_dialer(struct crew *crew, const struct child *worker, uint32_t route)
{
	size_t number = number_of(crew, worker);

	if (number == crew->slots || route >= crew->routes ||
	    clock_now_ms() - crew->channel_ms[route][number] < ASK_MIN_MS)
		return -1;
	log_write(LOG_LEVEL_LOG, "%s (PID %d) has lost the dialer and gets "
	    "another channel", worker->name, (int)worker->pid);
	/* Else the next dialer brings it. */
	if (crew_is_running(&crew->dialers[route]))
		pass_new_channel(crew, route, number);
	return 0;
}

static int
start_all(struct crew *crew, struct fault *fault)
{
	size_t i;

	for (i = 0; i < crew->routes; i++)
		if (start_dialer(crew, i, fault) == -1 ||
		    await_ready(&crew->dialers[i], fault) == -1)
			return -1;
	/* What is wrong for one is wrong for all: it is told once. */
	if (start_worker(crew, 0, fault) == -1 ||
	    await_ready(&crew->workers[0], fault) == -1)
		return -1;
	for (i = 1; i < crew->slots; i++)
		if (start_worker(crew, i, fault) == -1)
			return -1;
	for (i = 1; i < crew->slots; i++)
		if (await_ready(&crew->workers[i], fault) == -1)
			return -1;
	return 0;
}

int
crew_start(struct crew *crew, const struct launch *launch,
    struct fault *fault)
{
	size_t i;

	crew->launch = launch;
	crew->slots = launch->ports.slots;
	crew->routes = launch->routes.len;
	for (i = 0; i < crew->routes; i++)
		child_init(&crew->dialers[i], dialer_names[i]);
	for (i = 0; i < crew->slots; i++)
		child_init(&crew->workers[i], "listener-worker");
	if (start_all(crew, fault) == 0) {
		crew->has_served = true;
		return 0;
	}
	crew_stop(crew, START_STOP_MS);
	return -1;
}

static void
reap(struct child *child)
{
	int status;

	if (crew_is_running(child) && waitpid(child->pid, &status,
	    WNOHANG) == child->pid)
		child_reap(child, status);
}

void
crew_reap(struct crew *crew)
{
	size_t i;

	for (i = 0; i < crew_len(crew); i++)
		reap(crew_at(crew, i));
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

void
crew_replace(struct crew *crew, bool workers_too)
{
	struct fault fault = { 0 };
	size_t i;

	for (i = 0; i < crew->routes; i++)
		if (is_due(&crew->dialers[i]) &&
		    start_dialer(crew, i, &fault) == -1)
			put_off(&crew->dialers[i], &fault);
	for (i = 0; i < crew->slots && workers_too; i++)
		if (is_due(&crew->workers[i]) &&
		    start_worker(crew, i, &fault) == -1)
			put_off(&crew->workers[i], &fault);
}

/* The earliest retry of those that do not run. */
static int64_t
earliest(const struct child *children, size_t len, int64_t due)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!crew_is_running(&children[i]) &&
		    children[i].retry_ms < due)
			due = children[i].retry_ms;
	return due;
}

int64_t
crew_due_ms(const struct crew *crew, bool workers_too)
{
	int64_t due = earliest(crew->dialers, crew->routes, INT64_MAX);

	return workers_too ? earliest(crew->workers, crew->slots, due) : due;
}

void
crew_tell_workers(const struct crew *crew, enum report_type type)
{
	size_t i;

	for (i = 0; i < crew->slots; i++)
		if (crew_is_running(&crew->workers[i]))
			report_send_type(crew->workers[i].channel, type, NULL);
}

void
crew_stop(struct crew *crew, int wait_ms)
{
	struct child *child;
	size_t i;

	/* The end of its channel is a program's sign: all at once get it. */
	for (i = 0; i < crew_len(crew); i++) {
		child = crew_at(crew, i);
		if (child->channel != -1)
			close(child->channel);
		child->channel = -1;
	}
	for (i = 0; i < crew_len(crew); i++) {
		child = crew_at(crew, i);
		if (crew_is_running(child))
			child_stop(child, wait_ms);
	}
}
