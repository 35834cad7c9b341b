/* SPDX-License-Identifier: ISC */
/*
 * ports: the listening sockets: one per address and worker slot. They are
 * handed from one generation to the next and never closed while their address
 * is wanted, so that no queue of connections is lost when a worker dies or a
 * generation ends.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_PORTS_H
#define LISTENER_PORTS_H

#include <stddef.h>

#include "listener/addresses.h"
#include "listener/handoff.h"

struct fault;

struct ports {
	size_t slots;			/* sockets of each address */
	size_t len;			/* addresses */
	struct handoff_address address[HANDOFF_LISTEN_MAX];
	int fds[HANDOFF_WORKERS_MAX][HANDOFF_LISTEN_MAX];	/* owned */
};

/*
 * Opens sockets for that many workers. What the generation before (NULL: there
 * is none) has for an address is shared with it: wanted ones, and those that a
 * wanted wildcard covers, whose queues are not empty perhaps. There are never
 * fewer slots than before.
 *
 * Every other address is bound once without SO_REUSEPORT, to find out that
 * another program listens there, then once per slot with it. As in PostgreSQL,
 * an address that this machine does not have is logged and left out, if another
 * one remains; an address in use is a fault. The sockets are non-blocking and
 * close-on-exec. Returns 0 or -1 with the fault, out is then empty.
 */
int ports_open(const struct addresses *wanted, size_t workers,
    const struct ports *before, struct ports *out, struct fault *fault);

/* The sockets of one of that many workers: how many they are; and which, not
 * copied, at most HANDOFF_SOCKETS_MAX. */
size_t ports_count(const struct ports *ports, size_t worker, size_t workers);
size_t ports_list(const struct ports *ports, size_t worker, size_t workers,
    int *out);

/* Logs each address that before (NULL: none) has not: "listening on IPv4
 * address ..."; and each that only before has. */
void ports_log(const struct ports *ports, const struct ports *before);

/* Closes all; accepts an empty one (zeroes). */
void ports_close(struct ports *ports);

#endif
