/* SPDX-License-Identifier: ISC */
/*
 * accept: takes clients from the listening sockets of this worker's slot.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_ACCEPT_H
#define LISTENER_WORKER_ACCEPT_H

struct worker;

/* Makes ready; accept_start() then watches the listening sockets. */
void accept_open(struct worker *worker);
void accept_start(struct worker *worker);

/* Takes no more clients, for good: closes this worker's sockets, so that the
 * kernel completes no connection that nobody will serve. */
void accept_stop(struct worker *worker);

/* The same, but takes those who wait in the queues before: where the supervisor
 * has closed a socket, nobody else would. */
void accept_leave(struct worker *worker);

#endif
