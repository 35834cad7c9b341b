/* SPDX-License-Identifier: ISC */
/*
 * passing: may this client pass? The access rules are asked about what its
 * connection and its StartupMessage show, and about what the server asks of it.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_PASSING_H
#define LISTENER_WORKER_PASSING_H

#include <stdbool.h>
#include <stdint.h>

#include "listener/handoff.h"
#include "listener/worker/client.h"

struct fault_list;
struct worker;

/* Makes the rules of the handoff ready in worker->rules. Returns 0, or -1 with
 * every fault of them. */
int passing_open(struct worker *worker, struct fault_list *faults);

/*
 * Finds the rule of a client whose StartupMessage has been read. CLIENT_WAIT:
 * it may pass, by client->rule; else it was refused, and that is the step.
 */
enum client_step passing_decide(struct client *client);

/* The one route that a client which may pass takes, by its rule. */
enum handoff_route passing_route(const struct client *client);

/*
 * May the server begin with this Authentication message (its kind) under the
 * client's rule? If not, the client is refused, before it has seen a byte of
 * the message; is_between: and so that ours may follow what it has seen.
 */
bool passing_may_ask(struct client *client, uint32_t authentication,
    bool is_between);

/* The server has let the client in: says so in the log, where the rule leaves
 * the identity to the server. */
void passing_log_authenticated(const struct client *client);

#endif
