/* SPDX-License-Identifier: ISC */
/*
 * relay: bytes both ways between a client and its server, in login and after.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_RELAY_H
#define LISTENER_WORKER_RELAY_H

#include "listener/worker/client.h"
#include "listener/worker/flow.h"

/*
 * Moves what client->ready says can move, sees the server's bytes through
 * watch, and sets what is wanted next. Returns the step: farewell when the
 * server has ended, close when the client is gone.
 */
enum client_step relay_move(struct client *client, flow_watch_fn *watch);

#endif
