/* SPDX-License-Identifier: ISC */
/*
 * child: an internal program as its supervisor sees it: started, awaited,
 * logged, reaped, started again.
 * Runs in: the supervisors.
 */
#include "common/child.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/log_sink.h"
#include "common/stop_signals.h"

#define CHILD_QUICK_MS 1000		/* a death before is a quick one */
#define CHILD_QUICK_FREE 2		/* so many quick deaths cost nothing */
#define CHILD_BACKOFF_MIN_MS 200
#define CHILD_BACKOFF_MAX_MS 30000
#define CHILD_END_MS 1000		/* from its last word to its exit */
#define CHILD_SLICE_MS 10		/* without a pidfd */

/* Milliseconds from now to deadline for poll(2); -1 stays -1. */
static int
child_left_ms(int64_t deadline)
{
	int64_t left;

	if (deadline == -1)
		return -1;
	left = deadline - clock_now_ms();
	return left < 0 ? 0 : (int)left;
}

static void
child_close(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

void
child_init(struct child *child, const char *name)
{
	memset(child, 0, sizeof(*child));
	child->name = name;
	child->channel = -1;
	child->log = -1;
}

void
child_format_status(int wait_status, char *out, size_t out_size)
{
	int signo;

	if (WIFSIGNALED(wait_status)) {
		signo = WTERMSIG(wait_status);
		snprintf(out, out_size, "was killed by signal %d (%s)", signo,
		    strsignal(signo));
	} else
		snprintf(out, out_size, "exited with status %d",
		    WEXITSTATUS(wait_status));
}

/* Counts an end; from the third quick one in a row on the next start waits. */
static void
child_back_off(struct child *child)
{
	int64_t now = clock_now_ms();
	int delay_ms = 0;
	unsigned int i;

	if (now - child->started_ms < CHILD_QUICK_MS)
		child->quick_deaths++;
	else
		child->quick_deaths = 0;
	if (child->quick_deaths > CHILD_QUICK_FREE) {
		delay_ms = CHILD_BACKOFF_MIN_MS;
		for (i = CHILD_QUICK_FREE + 1; i < child->quick_deaths &&
		    delay_ms < CHILD_BACKOFF_MAX_MS; i++)
			delay_ms *= 2;
		if (delay_ms > CHILD_BACKOFF_MAX_MS)
			delay_ms = CHILD_BACKOFF_MAX_MS;
		log_write(LOG_LEVEL_WARNING, "%s ended %u times in a row "
		    "within a second of its start; the next start waits "
		    "%d ms", child->name, child->quick_deaths, delay_ms);
	}
	child->retry_ms = now + delay_ms;
}

/* The process is gone: what it still said, then both ends. */
static void
child_close_ends(struct child *child)
{
	child_read_log(child);
	child_close(&child->log);
	child_close(&child->channel);
	child->pid = 0;
	child->ready = false;
	child->end_is_told = false;
}

static void
child_settle(struct child *child)
{
	child_close_ends(child);
	child_back_off(child);
}

int
child_start(struct child *child, const struct spawn_options *options,
    struct fault *fault)
{
	struct spawn_options own = *options;
	int fds[SPAWN_FDS_MAX], channel[2], log_end, rc;

	if (options->fds_len > SPAWN_FDS_MAX - 2)
		return fault_set(fault, "too many descriptors for %s: %zu of "
		    "at most %d", child->name, options->fds_len,
		    SPAWN_FDS_MAX - 2);
	child->started_ms = clock_now_ms();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    channel) == -1)
		return fault_set(fault, "could not create the channel of %s: "
		    "%m", child->name);
	if (log_sink_channel(&child->log, &log_end, fault) == -1) {
		child->log = -1;
		close(channel[0]);
		close(channel[1]);
		return -1;
	}
	fds[0] = channel[1];
	fds[1] = log_end;
	if (options->fds_len > 0)
		memcpy(&fds[2], options->fds, options->fds_len * sizeof(int));
	own.fds = fds;
	own.fds_len = options->fds_len + 2;
	rc = spawn_start(&own, &child->pid, fault);
	close(channel[1]);
	close(log_end);
	child->channel = channel[0];
	child->ready = child->end_is_told = false;
	if (rc == -1) {
		child_close_ends(child);
		child_back_off(child);
	}
	return rc;
}

int
child_read_log(struct child *child)
{
	if (child->log == -1)
		return -1;
	if (log_sink_read(child->log, child->name, child->pid) == 0)
		return 0;
	child_close(&child->log);
	return -1;
}

/*
 * Waits until the process ends or deadline is over, writing its log meanwhile.
 * Returns 1 with its status, else 0. Somebody else may have reaped it: then
 * the status is unknown and reads as 0.
 */
static int
child_wait(struct child *child, int64_t deadline, int *out_status)
{
	int pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	struct pollfd fds[2];
	int left, rc = 0;
	pid_t pid;

	*out_status = 0;
	for (;;) {
		pid = waitpid(child->pid, out_status, WNOHANG);
		if (pid == child->pid || (pid == -1 && errno == ECHILD)) {
			rc = 1;
			break;
		}
		left = child_left_ms(deadline);
		if (left == 0)
			break;
		if (pidfd == -1 && (left == -1 || left > CHILD_SLICE_MS))
			left = CHILD_SLICE_MS;
		fds[0] = (struct pollfd){ .fd = pidfd, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = child->log, .events = POLLIN };
		if (poll(fds, 2, left) > 0 && fds[1].revents != 0)
			child_read_log(child);
	}
	child_close(&pidfd);
	return rc;
}

/* Waits for the end, by force once wait_ms are over. */
static bool
child_wait_or_kill(struct child *child, int wait_ms, int *out_status)
{
	if (child_wait(child, clock_now_ms() + wait_ms, out_status) == 1)
		return false;
	kill(child->pid, SIGKILL);
	child_wait(child, -1, out_status);
	return true;
}

int
child_end_fault(struct child *child, int wait_status, struct fault *fault)
{
	bool is_refused = WIFSIGNALED(wait_status) &&
	    WTERMSIG(wait_status) == SIGSYS;
	char how[64];

	child->end_is_told = true;
	child_format_status(wait_status, how, sizeof(how));
	fault_set(fault, "%s ended%s", child->name,
	    child->ready ? "" : " before it was ready");
	return fault_detail(fault, "It %s%s.", how,
	    is_refused ? ": its sandbox refused a system call" : "");
}

/* The channel is at its end: says how the process ended. */
static int
child_await_end(struct child *child, struct fault *fault)
{
	bool stayed;
	int status;

	stayed = child_wait_or_kill(child, CHILD_END_MS, &status);
	child_end_fault(child, status, fault);
	if (stayed)
		fault_detail(fault, "It closed its channel and stayed.");
	child_settle(child);
	return -1;
}

void
child_note_report(struct child *child, const struct report *report)
{
	if (report->type == REPORT_READY)
		child->ready = true;
	if (report->type == REPORT_FAULT)
		child->end_is_told = true;
}

/* What a report means for the child. Returns 0, or -1 with the fault. */
static int
child_take_report(struct child *child, const struct report *report,
    struct fault *fault)
{
	int status;

	child_note_report(child, report);
	if (report->type != REPORT_FAULT)
		return 0;
	child_wait_or_kill(child, CHILD_END_MS, &status);
	child_settle(child);
	*fault = report->fault;
	if (!fault_is_set(fault))
		fault_set(fault, "%s failed without a word", child->name);
	return -1;
}

static int
child_await_refused(struct child *child, struct fault *fault)
{
	int status;

	fault_set(fault, "could not read the report of %s: %m", child->name);
	kill(child->pid, SIGKILL);
	child_wait(child, -1, &status);
	child_settle(child);
	return -1;
}

/* The operator does not want to wait for what we wait for. */
static int
child_await_stopped(const struct child *child, struct fault *fault)
{
	int signo = stop_signals_pending();

	fault_set(fault, "received signal %d (%s)", signo, strsignal(signo));
	return fault_detail(fault, "It came before %s had answered.",
	    child->name);
}

static int
child_await_report(struct child *child, int stops, int deadline_ms,
    struct report *out, struct fault *fault)
{
	int64_t deadline = deadline_ms == -1 ? -1 :
	    clock_now_ms() + deadline_ms;
	struct pollfd fds[3];
	int n;

	for (;;) {
		fds[0] = (struct pollfd){ child->channel, POLLIN, 0 };
		fds[1] = (struct pollfd){ child->log, POLLIN, 0 };
		fds[2] = (struct pollfd){ stops, POLLIN, 0 };
		n = poll(fds, 3, child_left_ms(deadline));
		if (n == -1 && errno != EINTR)
			return fault_set(fault, "could not wait for %s: %m",
			    child->name);
		if (n == 0)
			return fault_set(fault, "%s said nothing within %d ms",
			    child->name, deadline_ms);
		/* First its log: the words before the report come before. */
		if (n > 0 && fds[1].revents != 0)
			child_read_log(child);
		if (n > 0 && fds[0].revents == 0 && fds[2].revents != 0)
			return child_await_stopped(child, fault);
		if (n < 0 || fds[0].revents == 0)
			continue;
		switch (report_receive(child->channel, out, NULL)) {
		case 1:
			return child_take_report(child, out, fault);
		case 0:
			return child_await_end(child, fault);
		default:
			return child_await_refused(child, fault);
		}
	}
}

int
child_await(struct child *child, int deadline_ms, struct report *out,
    struct fault *fault)
{
	int stops, rc;

	if (child->pid == 0)
		return fault_set(fault, "%s does not run", child->name);
	stops = stop_signals_open();
	if (stops == -1)
		return fault_set(fault, "could not make a signalfd: %m");
	rc = child_await_report(child, stops, deadline_ms, out, fault);
	child_close(&stops);
	return rc;
}

static void
child_log_end(const struct child *child, int wait_status)
{
	char how[64];

	if (child->end_is_told ||
	    (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0))
		return;
	child_format_status(wait_status, how, sizeof(how));
	log_write(LOG_LEVEL_LOG, "%s (PID %d) %s", child->name,
	    (int)child->pid, how);
	if (WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGSYS)
		log_write(LOG_LEVEL_DETAIL, "Its sandbox refused a system "
		    "call.");
}

void
child_reap(struct child *child, int wait_status)
{
	child_read_log(child);
	child_log_end(child, wait_status);
	child_settle(child);
}

void
child_stop(struct child *child, int wait_ms)
{
	int status;

	child_close(&child->channel);
	if (child->pid != 0) {
		if (child_wait_or_kill(child, wait_ms, &status)) {
			child_read_log(child);
			log_write(LOG_LEVEL_WARNING, "%s (PID %d) did not end "
			    "within %d ms and was killed", child->name,
			    (int)child->pid, wait_ms);
		} else {
			child_read_log(child);
			child_log_end(child, status);
		}
	}
	child_close_ends(child);
	child->quick_deaths = 0;
	child->retry_ms = 0;
}
