/* SPDX-License-Identifier: ISC */
/*
 * probe: asks the server behind once, as a client would, whether it lets in
 * without a question, and says in the log what there is to say.
 * Runs in: listener-worker, the first one of a start.
 */
#ifndef LISTENER_WORKER_PROBE_H
#define LISTENER_WORKER_PROBE_H

#include <event2/event_struct.h>

#include <stdbool.h>
#include <stddef.h>

#include "common/pg/ask.h"
#include "listener/handoff.h"
#include "listener/worker/dial.h"

struct worker;

/* Empty: a struct of zeroes, of which nothing is started. */
struct probe {
	const struct worker *worker;
	enum handoff_route route;
	struct dial_request dial;
	int fd;			/* owned while is_connected */
	bool is_connected;
	bool is_over;
	struct event readable, deadline;
	unsigned char answer[ASK_ANSWER_MAX];
	size_t answer_len;
};

/* Starts it on the route; it ends by itself, within PROBE_LIMIT_S. */
void probe_start(struct probe *probe, struct worker *worker,
    enum handoff_route route);

#define PROBE_LIMIT_S 5

#endif
