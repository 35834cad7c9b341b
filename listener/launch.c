/* SPDX-License-Identifier: ISC */
/*
 * launch: starts the dialers and the workers with their handoff: sealed memory
 * with settings and files' bytes, and named descriptors.
 * Runs in: postern-listener.
 */
#include "listener/launch.h"

#include <sys/mman.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/child.h"
#include "common/fault.h"
#include "common/log.h"
#include "listener/boards.h"
#include "listener/exporter_link.h"
#include "listener/roster.h"
#include "listener/settings.h"

/* memory, roster, dialers' ends; then scoreboards and sockets of one worker. */
#define WORKER_FDS_MAX \
	(2 + HANDOFF_ROUTES + HANDOFF_BOARDS_MAX + HANDOFF_SOCKETS_MAX)

#define MEMORY_SEALS \
	(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

_Static_assert(2 + WORKER_FDS_MAX <= SPAWN_FDS_MAX,
    "a worker's descriptors fit");

void
launch_init(struct launch *launch, const struct settings *settings)
{
	memset(launch, 0, sizeof(*launch));
	launch->settings = settings;
	memset(launch->boards_writable, -1, sizeof(launch->boards_writable));
	memset(launch->boards_readable, -1, sizeof(launch->boards_readable));
}

static void
close_board(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

void
launch_close(struct launch *launch)
{
	size_t i;

	ports_close(&launch->ports);
	for (i = 0; i < HANDOFF_WORKERS_MAX; i++) {
		close_board(&launch->boards_writable[i]);
		close_board(&launch->boards_readable[i]);
	}
	while (launch->boards_elder_len > 0)
		close(launch->boards_elder[--launch->boards_elder_len]);
}

static size_t
align(size_t offset)
{
	return (offset + HANDOFF_ALIGN - 1) & ~((size_t)HANDOFF_ALIGN - 1);
}

static int
write_all(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;
	ssize_t n;

	while (len > 0) {
		n = write(fd, at, len);
		if (n <= 0)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Sealed memory with a struct, and the parts at their places behind it. */
static int
open_memory(const void *head, size_t head_len, const struct launch_part *parts,
    size_t parts_len, struct fault *fault)
{
	static const char zeroes[HANDOFF_ALIGN];
	size_t at = head_len, i, gap;
	int fd, ret;

	fd = memfd_create("postern-handoff", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return fault_set(fault, "could not make a handoff: %m");
	ret = write_all(fd, head, head_len);
	for (i = 0; i < parts_len && ret == 0; i++) {
		gap = align(at) - at;
		if (write_all(fd, zeroes, gap) == -1 ||
		    write_all(fd, parts[i].bytes, parts[i].len) == -1)
			ret = -1;
		at += gap + parts[i].len;
	}
	if (ret == 0 && fcntl(fd, F_ADD_SEALS, MEMORY_SEALS) == 0)
		return fd;
	fault_set(fault, "could not write a handoff: %m");
	close(fd);
	return -1;
}

int
launch_open_boards(struct launch *launch, struct fault *fault)
{
	size_t i;

	for (i = 0; i < launch->workers; i++)
		if (boards_open(&launch->boards_writable[i],
		    &launch->boards_readable[i], fault) == -1)
			return -1;
	return 0;
}

int
launch_add_elder(struct launch *launch, const struct launch *elder,
    struct fault *fault)
{
	size_t i, *len = &launch->boards_elder_len;
	int copy;

	for (i = 0; i < elder->workers; i++) {
		if (launch->workers + *len == HANDOFF_BOARDS_MAX)
			return 0;
		copy = fcntl(elder->boards_readable[i], F_DUPFD_CLOEXEC, 0);
		if (copy == -1)
			return fault_set(fault, "could not copy a "
			    "scoreboard's descriptor: %m");
		launch->boards_elder[(*len)++] = copy;
	}
	return 0;
}

void
launch_clear_board(const struct launch *launch, size_t number)
{
	struct fault fault = { 0 };

	if (boards_clear(launch->boards_writable[number], &fault) == -1)
		log_fault(LOG_LEVEL_ERROR, &fault);
	exporter_link_note_end(launch->exporter, launch->generation,
	    (uint32_t)number);
}

static int
fill_dialer(const struct launch *launch, enum handoff_route which,
    struct handoff_dialer *out, struct fault *fault)
{
	const struct settings *settings = launch->settings;
	const struct route *route = &launch->routes.item[which];

	memset(out, 0, sizeof(*out));
	out->magic = HANDOFF_MAGIC;
	out->connect_timeout_ms = (uint32_t)settings->backend_connect_timeout;
	out->user = route->user;
	out->backend_len = (uint32_t)route->addresses.len;
	memcpy(out->backend, route->addresses.item,
	    route->addresses.len * sizeof(out->backend[0]));
	out->tcp_keepalives_idle = settings->worker.tcp_keepalives_idle;
	out->tcp_keepalives_interval = settings->worker.tcp_keepalives_interval;
	out->tcp_keepalives_count = settings->worker.tcp_keepalives_count;
	out->tcp_user_timeout = settings->worker.tcp_user_timeout;
	out->log_min_messages = settings->worker.log_min_messages;
	if (which != HANDOFF_ROUTE_ORDINARY)
		return 0;
	/* Never for who has been authenticated by us. */
	out->spares = (uint32_t)settings->backend_spares;
	out->spare_lifetime_ms = (uint32_t)settings->backend_spare_lifetime;
	if (!settings->worker.ssl)
		return 0;
	return addresses_set_unix(settings->worker.key_socket, &out->key,
	    fault);
}

/* In a crew that has it for the second time it takes a dead one's place. */
static void
count_restart(const struct launch *launch, const struct child *child,
    enum facts_kind kind)
{
	if (child->started_ms != 0)
		exporter_link_count_restart(launch->exporter, kind);
}

int
launch_dialer(const struct launch *launch, enum handoff_route route,
    struct child *dialer, struct fault *fault)
{
	struct spawn_options options = {
		.program = PROGRAMDIR "/listener-dialer",
		.title = route == HANDOFF_ROUTE_CERT ?
		    "postern-listener: cert dialer" :
		    "postern-listener: dialer",
		.own_pids = true };
	struct handoff_dialer handoff;
	int memory, ret;

	count_restart(launch, dialer, route == HANDOFF_ROUTE_CERT ?
	    FACTS_CERT_DIALER : FACTS_DIALER);
	if (fill_dialer(launch, route, &handoff, fault) == -1)
		return -1;
	memory = open_memory(&handoff, sizeof(handoff), NULL, 0, fault);
	if (memory == -1)
		return -1;
	options.fds = &memory;
	options.fds_len = 1;
	ret = child_start(dialer, &options, fault);
	close(memory);
	return ret;
}

/* Says where open_memory() writes them. */
static void
place_parts(const struct launch *launch, struct handoff_worker *out)
{
	size_t at = sizeof(*out), i;

	for (i = 0; i < HANDOFF_PARTS; i++) {
		at = align(at);
		out->parts[i].offset = (uint32_t)at;
		out->parts[i].len = (uint32_t)launch->parts[i].len;
		at += launch->parts[i].len;
	}
}

static void
fill_worker(const struct launch *launch, const struct launch_slot *slot,
    struct handoff_worker *out)
{
	memset(out, 0, sizeof(*out));
	out->magic = HANDOFF_MAGIC;
	out->slot = (uint32_t)slot->number;
	out->slots = (uint32_t)launch->workers;
	out->boards = (uint32_t)(launch->workers + launch->boards_elder_len);
	out->routes = (uint32_t)launch->routes.len;
	out->sockets = (uint32_t)ports_count(&launch->ports, slot->number,
	    launch->workers);
	out->certificate_is_new = launch->certificate_is_new;
	out->is_replacement = slot->is_replacement;
	out->is_check = launch->is_check;
	out->supervisor = getpid();
	out->user = launch->user;
	snprintf(out->probe_user, sizeof(out->probe_user), "%s",
	    launch->settings->instance.dial_user);
	out->settings = launch->settings->worker;
	place_parts(launch, out);
}

/* In the order that handoff.h fixes. Returns how many. */
static size_t
fill_descriptors(const struct launch *launch, const struct launch_slot *slot,
    int *out)
{
	size_t i, n = 0;

	for (i = 0; i < launch->routes.len; i++)
		out[n++] = slot->dialer_ends[i];
	for (i = 0; i < launch->workers; i++)
		out[n++] = i == slot->number ? launch->boards_writable[i] :
		    launch->boards_readable[i];
	for (i = 0; i < launch->boards_elder_len; i++)
		out[n++] = launch->boards_elder[i];
	return n + ports_list(&launch->ports, slot->number, launch->workers,
	    out + n);
}

static uint32_t
add_roster(const struct launch *launch, const struct launch_slot *slot,
    int *out_writable, struct fault *fault)
{
	const struct handoff_roster worker = { .slot = (uint32_t)slot->number,
		.generation = launch->generation };
	size_t slots = (size_t)launch->settings->worker.max_connections +
	    ROSTER_SPARE;

	return exporter_link_add_roster(launch->exporter, &worker, slots,
	    out_writable, fault);
}

int
launch_worker(const struct launch *launch, const struct launch_slot *slot,
    struct child *worker, struct fault *fault)
{
	struct spawn_options options = {
		.program = PROGRAMDIR "/listener-worker",
		.title = "postern-listener: worker",
		.own_pids = true };
	struct handoff_worker handoff;
	int fds[WORKER_FDS_MAX], ret = -1;
	uint32_t roster;

	count_restart(launch, worker, FACTS_WORKER);
	fill_worker(launch, slot, &handoff);
	fds[0] = open_memory(&handoff, sizeof(handoff), launch->parts,
	    HANDOFF_PARTS, fault);
	if (fds[0] == -1)
		return -1;
	roster = add_roster(launch, slot, &fds[1], fault);
	if (roster != 0) {
		options.fds = fds;
		options.fds_len = 2 + fill_descriptors(launch, slot, fds + 2);
		ret = child_start(worker, &options, fault);
		exporter_link_note_start(launch->exporter, roster,
		    worker->pid);
		close(fds[1]);
	}
	close(fds[0]);
	return ret;
}
