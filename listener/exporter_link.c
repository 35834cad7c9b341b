/* SPDX-License-Identifier: ISC */
/*
 * exporter_link: the exporter as its supervisor sees it.
 * Runs in: postern-listener.
 */
#include "listener/exporter_link.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/privs.h"
#include "common/report.h"
#include "listener/exporter_sockets.h"
#include "listener/memory_pair.h"
#include "listener/roster.h"
#include "listener/settings.h"
#include "listener/watch.h"

#define READY_DEADLINE_MS 60000
#define SEND_DEADLINE_MS 200
#define RETRY_MS 1000
#define STOP_MS 500
#define NAME "listener-exporter"

void
exporter_link_init(struct exporter_link *link)
{
	memset(link, 0, sizeof(*link));
	link->facts_fd = link->past_fd = -1;
	link->sockets = (struct exporter_sockets)EXPORTER_SOCKETS_EMPTY;
	child_init(&link->child, NAME);
	TAILQ_INIT(&link->rosters);
}

/* Maps what one side writes, and keeps the other side's descriptor. */
static void *
open_memory(const char *name, size_t size, bool is_ours, int *out_fd,
    struct fault *fault)
{
	int writable, readable;
	void *memory;

	if (memory_pair_open(name, size, &writable, &readable, fault) == -1)
		return NULL;
	memory = mmap(NULL, size, is_ours ? PROT_READ | PROT_WRITE : PROT_READ,
	    MAP_SHARED, writable, 0);
	*out_fd = is_ours ? readable : writable;
	close(is_ours ? writable : readable);
	if (memory != MAP_FAILED)
		return memory;
	fault_set(fault, "could not map the memory \"%s\": %m", name);
	return NULL;
}

static int
fill_handoff(const struct settings *settings, struct handoff_exporter *out,
    struct fault *fault)
{
	struct privs_user user;

	memset(out, 0, sizeof(*out));
	out->magic = HANDOFF_MAGIC;
	out->log_min_messages = settings->log.log_min_messages;
	out->user.sandbox_required = settings->instance.sandbox ==
	    INSTANCE_SANDBOX_REQUIRED;
	if (geteuid() != 0)
		return 0;
	if (privs_find_user("stat_user", settings->stat_user, &user,
	    fault) == -1)
		return -1;
	out->user.change_user = 1;
	out->user.uid = user.uid;
	out->user.gid = user.gid;
	return 0;
}

int
exporter_link_open(struct exporter_link *link, const struct settings *settings,
    struct fault *fault)
{
	if (fill_handoff(settings, &link->handoff, fault) == -1)
		return -1;
	link->facts = open_memory("postern-facts", sizeof(*link->facts), true,
	    &link->facts_fd, fault);
	if (link->facts == NULL)
		return -1;
	link->past = open_memory("postern-past", sizeof(*link->past), false,
	    &link->past_fd, fault);
	if (link->past == NULL ||
	    exporter_sockets_open(settings, &link->sockets, fault) == -1)
		return -1;
	link->handoff.has_metrics = link->sockets.metrics != -1;
	facts_begin(link->facts);
	link->facts->started_us = clock_wall_us();
	link->facts->pid = (int32_t)getpid();
	facts_end(link->facts);
	return 0;
}

static void
close_one(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static void
forget_roster(struct exporter_link *link, struct exporter_link_roster *roster)
{
	TAILQ_REMOVE(&link->rosters, roster, link);
	close(roster->readable);
	free(roster);
}

void
exporter_link_close(struct exporter_link *link)
{
	struct exporter_link_roster *roster;

	if (link->child.name == NULL)
		return;
	exporter_sockets_close(&link->sockets);
	if (link->child.pid > 0)
		child_stop(&link->child, STOP_MS);
	while ((roster = TAILQ_FIRST(&link->rosters)) != NULL)
		forget_roster(link, roster);
	close_one(&link->facts_fd);
	close_one(&link->past_fd);
	if (link->facts != NULL)
		munmap(link->facts, sizeof(*link->facts));
	if (link->past != NULL)
		munmap((void *)(uintptr_t)link->past, sizeof(*link->past));
	link->facts = NULL;
	link->past = NULL;
}

static int
spawn(struct exporter_link *link, struct fault *fault)
{
	struct timeval wait = { .tv_usec = SEND_DEADLINE_MS * 1000 };
	int fds[] = { -1, link->facts_fd, link->past_fd,
		link->sockets.status, link->sockets.metrics };
	struct spawn_options options = { .program = PROGRAMDIR "/" NAME,
		.title = "postern-listener: exporter", .fds = fds,
		.fds_len = 4 + link->handoff.has_metrics, .own_pids = true };
	const struct handoff_exporter *handoff = &link->handoff;
	int ret, writable;

	if (memory_pair_open("postern-handoff", sizeof(*handoff), &writable,
	    &fds[0], fault) == -1)
		return -1;
	ret = pwrite(writable, handoff, sizeof(*handoff), 0) ==
	    (ssize_t)sizeof(*handoff) ? 0 :
	    fault_set(fault, "could not write a handoff: %m");
	if (ret == 0)
		ret = child_start(&link->child, &options, fault);
	close(writable);
	close(fds[0]);
	/* Who does not read must not stop us when we write. */
	if (ret == 0)
		setsockopt(link->child.channel, SOL_SOCKET, SO_SNDTIMEO,
		    &wait, sizeof(wait));
	return ret;
}

/* One that is not ready yet is told all when it is. */
static void
tell(struct exporter_link *link, struct report *report, int fd)
{
	if (!link->child.ready || link->child.channel == -1 ||
	    report_send(link->child.channel, report, fd) == 0)
		return;
	log_write(LOG_LEVEL_WARNING, "could not tell %s of a worker: %m; it "
	    "is replaced", NAME);
	kill(link->child.pid, SIGKILL);
	close_one(&link->child.channel);
}

static void
tell_roster(struct exporter_link *link,
    const struct exporter_link_roster *roster)
{
	static struct report report;

	report.type = REPORT_DESCRIPTOR;
	report.which = roster->worker.number;
	report.payload_len = sizeof(roster->worker);
	memcpy(report.payload, &roster->worker, sizeof(roster->worker));
	tell(link, &report, roster->readable);
}

static void
tell_over(struct exporter_link *link,
    const struct exporter_link_roster *roster)
{
	struct report report = { .type = REPORT_ROSTER_OVER,
		.which = roster->worker.number };

	tell(link, &report, -1);
}

static void
forget_added(struct exporter_link *link)
{
	struct exporter_link_roster *roster, *next;

	if (link->past == NULL)
		return;
	for (roster = TAILQ_FIRST(&link->rosters); roster != NULL;
	    roster = next) {
		next = TAILQ_NEXT(roster, link);
		if (roster->is_over &&
		    handoff_past_has(link->past, roster->worker.number))
			forget_roster(link, roster);
	}
}

static void
tell_all(struct exporter_link *link)
{
	const struct exporter_link_roster *roster;

	forget_added(link);
	TAILQ_FOREACH(roster, &link->rosters, link) {
		if (roster->worker.pid == 0)
			continue;
		tell_roster(link, roster);
		if (roster->is_over)
			tell_over(link, roster);
	}
}

int
exporter_link_start(struct exporter_link *link, struct fault *fault)
{
	static struct report report;

	if (spawn(link, fault) == -1 ||
	    child_await(&link->child, READY_DEADLINE_MS, &report, fault) == -1)
		return -1;
	if (report.type != REPORT_READY)
		return fault_set(fault, "%s sent an unexpected report", NAME);
	return 0;
}

void
exporter_link_tend(struct exporter_link *link)
{
	struct fault fault = { 0 };

	if (exporter_link_due_ms(link) > clock_now_ms())
		return;
	exporter_link_count_restart(link, FACTS_EXPORTER);
	if (spawn(link, &fault) == 0)
		return;
	log_fault(LOG_LEVEL_ERROR, &fault);
	if (link->child.retry_ms < clock_now_ms() + RETRY_MS)
		link->child.retry_ms = clock_now_ms() + RETRY_MS;
}

int64_t
exporter_link_due_ms(const struct exporter_link *link)
{
	return link->facts == NULL || link->child.pid > 0 ? INT64_MAX :
	    link->child.retry_ms;
}

/* One that says what an exporter does not say, or has closed its end, is
 * killed. */
static void
hear(void *owner, void *which)
{
	struct exporter_link *link = owner;
	static struct report report;
	int n;

	(void)which;
	if (link->child.channel == -1)
		return;
	n = report_receive(link->child.channel, &report, NULL);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == 1)
		child_note_report(&link->child, &report);
	if (n == 1 && report.type == REPORT_READY) {
		tell_all(link);
		return;
	}
	if (n == 1 && report.type == REPORT_FAULT) {
		log_fault(LOG_LEVEL_ERROR, &report.fault);
		return;
	}
	close_one(&link->child.channel);
	if (link->child.pid > 0)
		kill(link->child.pid, SIGKILL);
}

static void
read_log(void *owner, void *which)
{
	struct exporter_link *link = owner;

	(void)which;
	child_read_log(&link->child);
}

void
exporter_link_watch(struct exporter_link *link, struct watch *watch)
{
	watch_add(watch, link->child.log, read_log, link, NULL);
	watch_add(watch, link->child.channel, hear, link, NULL);
}

void
exporter_link_reap(struct exporter_link *link)
{
	int status;

	if (link->child.pid > 0 && waitpid(link->child.pid, &status,
	    WNOHANG) == link->child.pid)
		child_reap(&link->child, status);
}

uint32_t
exporter_link_add_roster(struct exporter_link *link,
    const struct handoff_roster *worker, size_t slots, int *out_writable,
    struct fault *fault)
{
	struct exporter_link_roster *roster;

	roster = calloc(1, sizeof(*roster));
	if (roster == NULL) {
		fault_set(fault, "out of memory");
		return 0;
	}
	if (memory_pair_open("postern-roster", roster_size(slots), out_writable,
	    &roster->readable, fault) == -1) {
		free(roster);
		return 0;
	}
	roster->worker = *worker;
	roster->worker.number = ++link->last_number;
	TAILQ_INSERT_TAIL(&link->rosters, roster, link);
	return roster->worker.number;
}

void
exporter_link_note_start(struct exporter_link *link, uint32_t number,
    pid_t pid)
{
	struct exporter_link_roster *roster;

	TAILQ_FOREACH(roster, &link->rosters, link)
		if (roster->worker.number == number)
			break;
	if (roster == NULL)
		return;
	if (pid == 0) {
		forget_roster(link, roster);
		return;
	}
	roster->worker.pid = (int32_t)pid;
	roster->worker.started_us = clock_wall_us();
	tell_roster(link, roster);
}

void
exporter_link_note_end(struct exporter_link *link, uint32_t generation,
    uint32_t slot)
{
	struct exporter_link_roster *roster;

	TAILQ_FOREACH(roster, &link->rosters, link)
		if (!roster->is_over && roster->worker.slot == slot &&
		    roster->worker.generation == generation)
			break;
	if (roster == NULL)
		return;
	roster->is_over = true;
	tell_over(link, roster);
	forget_added(link);
}

void
exporter_link_count_restart(struct exporter_link *link, enum facts_kind kind)
{
	if (link->facts == NULL)
		return;
	facts_begin(link->facts);
	link->facts->programs[kind].restarts++;
	facts_end(link->facts);
}
