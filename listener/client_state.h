/* SPDX-License-Identifier: ISC */
/*
 * client_state: the states of a client, their names and legal moves.
 * Pure: a table. doc/architecture.md draws it.
 * Runs in: listener-worker, listener-exporter.
 */
#ifndef LISTENER_CLIENT_STATE_H
#define LISTENER_CLIENT_STATE_H

#include <stdbool.h>

enum client_state {
	CLIENT_FIRST_BYTES,	/* plain or TLS? which request? */
	CLIENT_HANDSHAKE,
	CLIENT_STARTUP,		/* the rest of its first packet */
	CLIENT_DIALING,
	CLIENT_CANCEL,		/* a CancelRequest on its way */
	CLIENT_LOGIN,		/* up to the first ReadyForQuery */
	CLIENT_RELAY,
	CLIENT_FAREWELL,	/* last words written, waits for its FIN */
	CLIENT_CLOSED,
	CLIENT_STATES
};

/* "first-bytes", ...; "???" for a number that is no state. */
const char *client_state_name(enum client_state state);

/* Is that a legal move? Never into the state one is in. */
bool client_state_may_follow(enum client_state state, enum client_state next);

#endif
