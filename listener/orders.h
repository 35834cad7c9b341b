/* SPDX-License-Identifier: ISC */
/*
 * orders: what posternctl(8) asks of the listener: to reload, to stop.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_ORDERS_H
#define LISTENER_ORDERS_H

#include <poll.h>
#include <stdint.h>

#include "common/control.h"
#include "listener/reload.h"

struct fault;
struct supervisor;
struct watch;

/* A connection that waits for a reload's result. */
struct orders_reload {
	struct reload_request request;
	struct orders *orders;
	uint64_t id;		/* of the connection; 0: unused */
};

/* Empty: zeroes. */
struct orders {
	struct supervisor *supervisor;	/* not owned */
	struct control control;
	struct pollfd polled[CONTROL_POLL_MAX];
	struct orders_reload reloads[CONTROL_CONNECTIONS_MAX];
};

/* Opens the control socket in the run directory. Returns 0 or -1 with the
 * fault. */
int orders_open(const char *run_directory, struct supervisor *supervisor,
    struct orders *orders, struct fault *fault);

/* Adds the control socket and its connections to the next turn of the loop;
 * after it, acts on what came. */
void orders_watch(struct orders *orders, struct watch *watch);
void orders_tend(struct orders *orders);

/* Accepts an empty one. */
void orders_close(struct orders *orders);

#endif
