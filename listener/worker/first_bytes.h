/* SPDX-License-Identifier: ISC */
/*
 * first_bytes: reads the eight bytes that every packet before the session
 * begins with, in plain or inside TLS, and judges them.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_FIRST_BYTES_H
#define LISTENER_WORKER_FIRST_BYTES_H

#include "listener/worker/client.h"

/*
 * Reads on towards client->first; once it is whole answers a negotiation, or
 * enters CLIENT_STARTUP with the packet begun in client->up. Returns the step.
 */
enum client_step first_bytes_read_header(struct client *client);

#endif
