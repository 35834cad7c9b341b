/* SPDX-License-Identifier: ISC */
/*
 * worker: one process's loop and what its clients share: listening sockets,
 * TLS, the connections to dialer and keyd, the scoreboards.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_WORKER_H
#define LISTENER_WORKER_WORKER_H

#include <sys/queue.h>

#include <event2/event_struct.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/pg/hba_match.h"
#include "listener/handoff.h"
#include "listener/scoreboard.h"
#include "listener/worker/cancel_queue.h"
#include "listener/worker/dial.h"
#include "listener/worker/keyd.h"
#include "listener/worker/limits.h"
#include "listener/worker/presence.h"
#include "listener/worker/probe.h"
#include "listener/worker/tls_context.h"
#include "listener/worker/tls_verify.h"

struct client;
struct fault_list;

#define WORKER_SCRATCH_SIZE 65536	/* bytes that one relay step moves */

LIST_HEAD(client_list, client);

struct worker {
	const struct handoff_worker *handoff;
	const struct handoff_settings *settings;
	struct event_base *base;
	struct event accepting[HANDOFF_SOCKETS_MAX];
	struct event accept_pause;
	struct event supervisor;
	struct dial dials[HANDOFF_ROUTES];	/* handoff->routes are in use */
	struct keyd keyd;
	struct tls_context tls;
	struct tls_verify verify;
	struct hba_match rules;	/* over the handoff's image */
	struct scoreboard *board;	/* own, writable */
	const struct scoreboard *boards[HANDOFF_BOARDS_MAX];	/* all */
	struct presence presence;	/* over the own roster */
	struct probe probes[HANDOFF_ROUTES];
	struct client_list clients;
	struct limits limits;
	struct cancel_queue cancels;
	unsigned int arriving;	/* clients that may still need a signature */
	struct event keyless;	/* pending: nobody will need one any more */
	unsigned int accept_pauses;	/* since the last accepted client */
	bool is_draining;		/* ends with its last client */
	unsigned char scratch[WORKER_SCRATCH_SIZE];
};

/*
 * Builds everything from the handoff and the parts behind it, and starts
 * connecting to keyd. Reads nothing from a socket and accepts nobody yet.
 * Returns 0, or -1 with every fault: with rules, with certificate, with
 * authorities.
 */
int worker_open(struct worker *worker, const struct handoff_worker *handoff,
    struct fault_list *faults);

/* The bytes of a file that lies behind the handoff. */
const unsigned char *worker_part(const struct worker *worker,
    enum handoff_part part, size_t *out_len);

/* Serves until the supervisor says stop or is gone; accepts when it says so,
 * which to the worker of a check it never does. */
void worker_serve(struct worker *worker);

/* Sessions of all workers. */
uint32_t worker_sessions(const struct worker *worker);

/* A client has come; it has no more need of a signature. */
void worker_note_arriving(struct worker *worker);
void worker_note_arrived(struct worker *worker);

/* A client is gone: the last one ends a worker that is draining. */
void worker_note_closed(struct worker *worker);

#endif
