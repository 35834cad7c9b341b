/* SPDX-License-Identifier: ISC */
/*
 * channels: between each dialer and each worker of a crew.
 * Runs in: postern-listener.
 */
#include "listener/channels.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <signal.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/report.h"
#include "listener/crew.h"
#include "listener/launch.h"

#define SEND_DEADLINE_MS 200
#define ASK_MIN_MS 500		/* a worker without a dialer waits a second */

void
channels_bound_sending(const struct child *child)
{
	struct timeval wait = { .tv_usec = SEND_DEADLINE_MS * 1000 };

	setsockopt(child->channel, SOL_SOCKET, SO_SNDTIMEO, &wait,
	    sizeof(wait));
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

void
channels_kill(const struct child *child, const struct fault *fault)
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
open_channel(const struct crew *crew, size_t route, struct fault *fault)
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
		channels_kill(dialer, &failed);
	close(pair[1]);
	return pair[0];
}

int
channels_open(struct crew *crew, struct launch_slot *slot, struct fault *fault)
{
	size_t route;

	for (route = 0; route < crew->routes; route++)
		slot->dialer_ends[route] = -1;
	for (route = 0; route < crew->routes; route++) {
		slot->dialer_ends[route] = open_channel(crew, route, fault);
		if (slot->dialer_ends[route] == -1)
			return -1;
		crew->workers[slot->number].channel_ms[route] = clock_now_ms();
	}
	return 0;
}

void
channels_close_ends(const struct crew *crew, struct launch_slot *slot)
{
	size_t route;

	for (route = 0; route < crew->routes; route++) {
		if (slot->dialer_ends[route] != -1)
			close(slot->dialer_ends[route]);
		slot->dialer_ends[route] = -1;
	}
}

/* A worker that does not take it hangs, or is at its end. */
static void
pass_new_channel(struct crew *crew, size_t route, struct crew_worker *worker)
{
	struct fault failed = { 0 };
	int end;

	if (worker->child.channel == -1)
		return;
	worker->channel_ms[route] = clock_now_ms();
	end = open_channel(crew, route, &failed);
	if (end == -1) {
		channels_kill(&crew->dialers[route], &failed);
		return;
	}
	if (pass_descriptor(&worker->child, route, end, &failed) == -1)
		channels_kill(&worker->child, &failed);
	close(end);
}

void
channels_renew(struct crew *crew, size_t route)
{
	size_t i;

	for (i = 0; i < crew->slots; i++)
		if (crew_is_running(&crew->workers[i].child))
			pass_new_channel(crew, route, &crew->workers[i]);
}

int
channels_give(struct crew *crew, size_t number, uint32_t route)
{
	struct crew_worker *worker = &crew->workers[number];

	if (route >= crew->routes ||
	    clock_now_ms() - worker->channel_ms[route] < ASK_MIN_MS)
		return -1;
	log_write(LOG_LEVEL_LOG, "%s (PID %d) has lost the dialer and gets "
	    "another channel", worker->child.name, (int)worker->child.pid);
	/* Else the next dialer brings it. */
	if (crew_is_running(&crew->dialers[route]))
		pass_new_channel(crew, route, worker);
	return 0;
}
