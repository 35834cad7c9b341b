/* SPDX-License-Identifier: ISC */
/*
 * worker: built from the handoff, then one loop until the supervisor ends it.
 * Runs in: listener-worker.
 */
#include "listener/worker/worker.h"

#include <event2/event.h>

#include <errno.h>
#include <stdlib.h>

#include "common/fault.h"
#include "common/log.h"
#include "common/report.h"
#include "listener/worker/accept.h"
#include "listener/worker/client.h"
#include "listener/worker/passing.h"

/* Accepts no more, and ends with the last of its clients. */
static void
drain(struct worker *worker)
{
	if (!worker->is_draining)
		accept_stop(worker);
	worker->is_draining = true;
	worker_note_closed(worker);
}

static void
shut_down(struct worker *worker)
{
	struct client *client, *next;

	drain(worker);
	for (client = LIST_FIRST(&worker->clients); client != NULL;
	    client = next) {
		next = LIST_NEXT(client, link);
		client_shut_down(client);
	}
}

/* The supervisor is gone, or says nonsense: there is nobody to serve for. */
static void
on_supervisor(evutil_socket_t channel, short what, void *arg)
{
	struct worker *worker = arg;
	static struct report report;
	int fd, got;

	(void)what;
	got = report_receive(channel, &report, &fd);
	if (got == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got == 1 && report.type == REPORT_DESCRIPTOR && fd != -1 &&
	    report.which < worker->handoff->routes) {
		dial_replace(&worker->dials[report.which], fd);
		return;
	}
	if (got == 1 && report.type == REPORT_STOP_SMART)
		drain(worker);
	else if (got == 1 && report.type == REPORT_STOP_FAST)
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

	for (i = 0; i < handoff->slots; i++, fd++) {
		if (i == handoff->slot) {
			worker->board = scoreboard_map_own(fd, fault);
			worker->boards[i] = worker->board;
		} else {
			worker->boards[i] = scoreboard_map_other(fd, fault);
		}
		if (worker->boards[i] == NULL)
			return -1;
	}
	return 0;
}

/* The bytes of a file that lies behind the handoff. */
static const void *
part_bytes(const struct handoff_worker *handoff, enum handoff_part part)
{
	return (const char *)handoff + handoff->parts[part].offset;
}

static struct tls_verify_pem
part_pem(const struct handoff_worker *handoff, enum handoff_part part)
{
	return (struct tls_verify_pem){ .bytes = part_bytes(handoff, part),
	    .len = handoff->parts[part].len };
}

static int
open_tls(struct worker *worker, struct fault *fault)
{
	const struct handoff_worker *handoff = worker->handoff;
	struct tls_context_options options = { .settings = worker->settings,
	    .pem = part_bytes(handoff, HANDOFF_CERT),
	    .pem_len = handoff->parts[HANDOFF_CERT].len };
	struct tls_verify_options verify = { .settings = worker->settings,
	    .ca = part_pem(handoff, HANDOFF_CA),
	    .crl = part_pem(handoff, HANDOFF_CRL),
	    .crl_dir = part_pem(handoff, HANDOFF_CRL_DIR) };

	if (keyd_open(&worker->keyd, &worker->dials[HANDOFF_ROUTE_ORDINARY],
	    worker->base, worker->settings, fault) != 0)
		return -1;
	options.link = worker->keyd.link;
	if (tls_context_open(&options, &worker->tls, fault) != 0)
		return -1;
	return tls_verify_open(worker->tls.ctx, &verify, &worker->verify,
	    fault);
}

/* Once: the supervisor gives another channel, or kills who cannot take it, and
 * the replacement of either brings one. */
static void
ask_for_dialer(const struct dial *dial)
{
	struct report report = { .type = REPORT_NO_DIALER,
		.which = dial->number };

	(void)report_send(HANDOFF_FD_CHANNEL, &report, -1);
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

int
worker_open(struct worker *worker, const struct handoff_worker *handoff,
    struct fault *fault)
{
	worker->handoff = handoff;
	worker->settings = &handoff->settings;
	LIST_INIT(&worker->clients);
	cancel_queue_open(&worker->cancels);
	if ((worker->base = open_base()) == NULL)
		return fault_set(fault, "could not create an event loop: %m");
	if (map_boards(worker, fault) != 0 ||
	    passing_open(worker, fault) != 0)
		return -1;
	open_dials(worker);
	(void)event_assign(&worker->supervisor, worker->base,
	    HANDOFF_FD_CHANNEL, EV_READ | EV_PERSIST, on_supervisor, worker);
	(void)event_add(&worker->supervisor, NULL);
	if (!worker->settings->ssl)
		return 0;
	return open_tls(worker, fault);
}

void
worker_serve(struct worker *worker)
{
	accept_start(worker);
	(void)event_base_dispatch(worker->base);
}

bool
worker_may_begin_session(const struct worker *worker)
{
	uint32_t max = (uint32_t)worker->settings->max_connections;

	return scoreboard_sessions(worker->boards, worker->handoff->slots,
	    max) < max;
}

void
worker_note_closed(struct worker *worker)
{
	if (worker->is_draining && LIST_EMPTY(&worker->clients))
		(void)event_base_loopbreak(worker->base);
}
