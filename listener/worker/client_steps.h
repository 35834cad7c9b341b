/* SPDX-License-Identifier: ISC */
/*
 * client_steps: one function per state, called by client.c's table when one of
 * the wanted events has come. Each is a file of its own.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_CLIENT_STEPS_H
#define LISTENER_WORKER_CLIENT_STEPS_H

#include "listener/worker/client.h"

enum client_step first_bytes_run(struct client *client);
enum client_step handshake_run(struct client *client);
enum client_step startup_run(struct client *client);
enum client_step dialing_run(struct client *client);
enum client_step cancel_run(struct client *client);
enum client_step login_run(struct client *client);
enum client_step relay_run(struct client *client);
enum client_step farewell_run(struct client *client);

/* The server is connected: what becomes of the client's packet. */
void dialing_on_answer(struct dial_request *request, int fd, int error,
    const char *address);

#endif
