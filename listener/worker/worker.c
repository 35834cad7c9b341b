/* SPDX-License-Identifier: ISC */
/*
 * worker: built from the handoff, then one loop until the supervisor ends it.
 * Runs in: listener-worker.
 */
#include "listener/worker/worker.h"

#include <event2/event.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log.h"
#include "common/report.h"
#include "listener/roster.h"
#include "listener/worker/accept.h"
#include "listener/worker/client.h"
#include "listener/worker/passing.h"

/* Whoever waits for the last use of a key sees that its connections end. Not
 * from where the need ended, which may be deep in keyd's own reading. */
static void
on_keyless(evutil_socket_t fd, short what, void *arg)
{
	struct worker *worker = arg;

	(void)fd;
	(void)what;
	keyd_leave(&worker->keyd);
}

static void
note_keyless(struct worker *worker)
{
	const struct timeval now = { .tv_sec = 0 };

	if (worker->settings->ssl && worker->is_draining &&
	    worker->arriving == 0)
		(void)evtimer_add(&worker->keyless, &now);
}

/* Accepts no more, and ends with the last of its clients. */
static void
drain(struct worker *worker, void (*leave)(struct worker *))
{
	if (!worker->is_draining) {
		worker->is_draining = true;
		dial_leave(&worker->dials[HANDOFF_ROUTE_ORDINARY]);
		leave(worker);
		(void)report_send_type(HANDOFF_FD_CHANNEL, REPORT_LEFT, NULL);
		note_keyless(worker);
	}
	worker_note_closed(worker);
}

static void
shut_down(struct worker *worker)
{
	struct client *client, *next;

	drain(worker, accept_stop);
	for (client = LIST_FIRST(&worker->clients); client != NULL;
	    client = next) {
		next = LIST_NEXT(client, link);
		client_shut_down(client);
	}
}

/* Once a generation: what the server behind lets in is the same for all
 * workers. */
static void
start_probes(struct worker *worker)
{
	const struct handoff_worker *handoff = worker->handoff;
	uint32_t i;

	if (handoff->slot > 0 || handoff->is_replacement)
		return;
	for (i = 0; i < handoff->routes; i++)
		probe_start(&worker->probes[i], worker,
		    (enum handoff_route)i);
}

static void
serve(struct worker *worker)
{
	accept_start(worker);
	start_probes(worker);
}

/* The supervisor is gone, or says nonsense: there is nobody to serve for. */
static void
on_supervisor(evutil_socket_t channel, short what, void *arg)
{
	struct worker *worker = arg;
	static struct report seen;
	int fd, got;

	(void)what;
	got = report_receive(channel, &seen, &fd);
	if (got == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got == 1 && seen.type == REPORT_DESCRIPTOR && fd != -1 &&
	    seen.which < worker->handoff->routes) {
		dial_replace(&worker->dials[seen.which], fd);
		return;
	}
	if (got == 1 && seen.type == REPORT_SERVE)
		serve(worker);
	else if (got == 1 && seen.type == REPORT_STOP_SMART)
		drain(worker, accept_leave);
	else if (got == 1 && seen.type == REPORT_STOP_FAST)
		shut_down(worker);
	else
		(void)event_base_loopbreak(worker->base);
}

/*
 * Not with EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST: it leaves event_del() to the
 * next turn, when the descriptor is closed. A socket that another process holds
 * open, as the supervisor does with the listening ones, then stays in the epoll
 * set for ever, and wakes this worker for clients it can no longer accept.
 */
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
map_boards(struct worker *worker, struct fault *fault)
{
	const struct handoff_worker *handoff = worker->handoff;
	int fd = HANDOFF_FD_DIALERS + (int)handoff->routes;
	uint32_t i;

	for (i = 0; i < handoff->boards; i++, fd++) {
		if (i == handoff->slot) {
			worker->board = scoreboard_map_own(fd, fault);
			worker->boards[i] = worker->board;
		} else {
			worker->boards[i] = scoreboard_map_other(fd, fault);
		}
		if (worker->boards[i] == NULL)
			return -1;
		(void)close(fd);
	}
	return 0;
}

const unsigned char *
worker_part(const struct worker *worker, enum handoff_part part,
    size_t *out_len)
{
	const struct handoff_worker *handoff = worker->handoff;

	*out_len = handoff->parts[part].len;
	return (const unsigned char *)handoff + handoff->parts[part].offset;
}

static struct tls_verify_pem
part_pem(const struct worker *worker, enum handoff_part part)
{
	struct tls_verify_pem pem;

	pem.bytes = worker_part(worker, part, &pem.len);
	return pem;
}

/* Where there is no context for the certificate, another shows whether the
 * authorities are good. */
static void
open_verify(struct worker *worker, struct fault_list *faults)
{
	struct tls_verify_options options = { .settings = worker->settings,
	    .ca = part_pem(worker, HANDOFF_CA),
	    .crl = part_pem(worker, HANDOFF_CRL),
	    .crl_dir = part_pem(worker, HANDOFF_CRL_DIR) };
	SSL_CTX *spare = NULL;

	if (worker->tls.ctx == NULL)
		spare = SSL_CTX_new(TLS_server_method());
	if (worker->tls.ctx != NULL || spare != NULL)
		(void)tls_verify_open(spare != NULL ? spare : worker->tls.ctx,
		    &options, &worker->verify, faults);
	SSL_CTX_free(spare);
}

static void
open_tls(struct worker *worker, struct fault_list *faults)
{
	struct tls_context_options options = { .settings = worker->settings,
	    .must_be_valid = worker->handoff->certificate_is_new,
	    .is_check = worker->handoff->is_check };
	struct fault fault = { 0 };

	worker->keyd.is_up = &worker->presence.roster->counters.has_keyd;
	if (keyd_open(&worker->keyd, &worker->dials[HANDOFF_ROUTE_ORDINARY],
	    worker->base, worker->settings, &fault) != 0) {
		(void)fault_list_add(faults, &fault);
		return;
	}
	options.pem = worker_part(worker, HANDOFF_CERT, &options.pem_len);
	options.link = worker->keyd.link;
	/* A file that could not be read is no fault of ours. */
	if (options.pem_len > 0 &&
	    tls_context_open(&options, &worker->tls, &fault) != 0)
		(void)fault_list_add(faults, &fault);
	open_verify(worker, faults);
}

/* Once: the supervisor gives another channel, or kills who cannot take it, and
 * the replacement of either brings one. */
static void
ask_for_dialer(const struct dial *dial)
{
	struct report lost = { .type = REPORT_NO_DIALER,
		.which = dial->number };

	(void)report_send(HANDOFF_FD_CHANNEL, &lost, -1);
}

static void
open_dials(struct worker *worker)
{
	uint32_t i;

	for (i = 0; i < worker->handoff->routes; i++) {
		worker->dials[i].number = i;
		dial_open(&worker->dials[i], worker->base,
		    HANDOFF_FD_DIALERS + (int)i, ask_for_dialer);
	}
}

/* What there must be before anything can be judged. */
static int
open_ground(struct worker *worker, struct fault *fault)
{
	if ((worker->base = open_base()) == NULL)
		return fault_set(fault, "could not create an event loop: %m");
	if (map_boards(worker, fault) != 0 ||
	    presence_open(&worker->presence, HANDOFF_FD_ROSTER, fault) != 0)
		return -1;
	open_dials(worker);
	(void)event_assign(&worker->supervisor, worker->base,
	    HANDOFF_FD_CHANNEL, EV_READ | EV_PERSIST, on_supervisor, worker);
	(void)event_add(&worker->supervisor, NULL);
	(void)evtimer_assign(&worker->keyless, worker->base, on_keyless,
	    worker);
	accept_open(worker);
	return 0;
}

static void
open_limits(struct worker *worker)
{
	worker->limits.settings = worker->settings;
	worker->limits.own = worker->board;
	worker->limits.boards = worker->boards;
	worker->limits.boards_len = worker->handoff->boards;
	limits_open(&worker->limits);
}

int
worker_open(struct worker *worker, const struct handoff_worker *handoff,
    struct fault_list *faults)
{
	struct fault fault = { 0 };

	worker->handoff = handoff;
	worker->settings = &handoff->settings;
	LIST_INIT(&worker->clients);
	cancel_queue_open(&worker->cancels);
	if (open_ground(worker, &fault) != 0)
		return fault_list_add(faults, &fault);
	open_limits(worker);
	(void)passing_open(worker, faults);
	if (worker->settings->ssl)
		open_tls(worker, faults);
	return faults->count == 0 ? 0 : -1;
}

void
worker_serve(struct worker *worker)
{
	(void)event_base_dispatch(worker->base);
}

uint32_t
worker_sessions(const struct worker *worker)
{
	return scoreboard_sessions(worker->boards, worker->handoff->boards,
	    (uint32_t)worker->settings->max_connections);
}

void
worker_note_arriving(struct worker *worker)
{
	worker->arriving++;
}

void
worker_note_arrived(struct worker *worker)
{
	worker->arriving--;
	note_keyless(worker);
}

void
worker_note_closed(struct worker *worker)
{
	if (worker->is_draining && LIST_EMPTY(&worker->clients))
		(void)event_base_loopbreak(worker->base);
}
