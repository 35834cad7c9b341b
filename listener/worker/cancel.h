/* SPDX-License-Identifier: ISC */
/*
 * cancel: the state of a CancelRequest, from its packet to the server's FIN:
 * its ways in and out; cancel_run() is what happens within.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_CANCEL_H
#define LISTENER_WORKER_CANCEL_H

#include "listener/worker/client.h"

#define CANCEL_LIMIT_S 10	/* from its packet on, its wait included */

/* The client's packet is whole, and a CancelRequest. */
enum client_step cancel_enter(struct client *client);

/* The client leaves the state: the next one's turn. For client_enter(), which
 * alone knows of every way out. */
void cancel_leave(struct client *client);

/* CANCEL_LIMIT_S is over. */
enum client_step cancel_expire(struct client *client);

#endif
