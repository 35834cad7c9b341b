/* SPDX-License-Identifier: ISC */
/*
 * accept: takes clients from the listening sockets of this worker's slot.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_ACCEPT_H
#define LISTENER_WORKER_ACCEPT_H

struct worker;

/* Watches the listening sockets of the handoff. */
void accept_start(struct worker *worker);

/* Takes no more clients, for good: closes this worker's sockets, so that the
 * kernel completes no connection that nobody will serve. */
void accept_stop(struct worker *worker);

#endif
