/* SPDX-License-Identifier: ISC */
/*
 * spares: connections to the server that are open before a client asks for
 * one: the server has forked already. Each serves one session. All are of one
 * generation and one route, since a dialer is.
 * Runs in: listener-dialer.
 */
#ifndef LISTENER_DIALER_SPARES_H
#define LISTENER_DIALER_SPARES_H

#include <sys/queue.h>

#include <stddef.h>
#include <stdint.h>

struct dialer;
struct handoff_address;
struct spare;

/* Without a client for so long none is kept. */
#define SPARES_IDLE_MS 60000

struct spares {
	struct dialer *dialer;
	TAILQ_HEAD(spare_list, spare) list;	/* the oldest first */
	size_t len;		/* those that are being connected, too */
	size_t max;		/* backend_spares; 0 once it has left */
	int64_t wanted_ms;	/* CLOCK_MONOTONIC: the last client */
};

void spares_open(struct spares *spares, struct dialer *dialer);

/*
 * A client wants the server: the descriptor of the oldest spare that is well,
 * now the caller's, with the address that it is connected to; -1 if there is
 * none. From the loop, others are made ready for those who come after.
 */
int spares_take(struct spares *spares, const struct handoff_address **out);

/* No client will come any more: closes them, for good. */
void spares_leave(struct spares *spares);

#endif
