/* SPDX-License-Identifier: ISC */
/*
 * ports: the listening sockets: one per address and worker slot, bound once
 * and held for the supervisor's life, so that no queue of connections is lost
 * when a worker dies or a generation ends.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_PORTS_H
#define LISTENER_PORTS_H

#include <stddef.h>

#include "listener/addresses.h"
#include "listener/handoff.h"

struct fault;

struct ports {
	size_t slots;			/* worker slots */
	size_t len;			/* sockets of each slot */
	struct handoff_address address[HANDOFF_LISTEN_MAX];
	int fds[HANDOFF_WORKERS_MAX][HANDOFF_LISTEN_MAX];	/* owned */
};

/*
 * Binds every wanted address once without SO_REUSEPORT, to find out that
 * another program listens there, then once per slot with it, and listens. As
 * in PostgreSQL, an address that this machine does not have is logged and left
 * out, if another one remains; an address in use is a fault. The sockets are
 * non-blocking and close-on-exec. Returns 0 or -1 with the fault.
 */
int ports_open(const struct addresses *wanted, size_t slots, struct ports *out,
    struct fault *fault);

/* Logs each address: "listening on IPv4 address ...". */
void ports_log(const struct ports *ports);

/* Closes all; accepts an empty one (zeroes). */
void ports_close(struct ports *ports);

#endif
