/* SPDX-License-Identifier: ISC */
/*
 * client_state: from each state, which may be next.
 * Runs in: listener-worker, listener-exporter.
 */
#include "listener/client_state.h"

#define TO(state) (1u << CLIENT_##state)

static const struct row {
	const char *name;
	unsigned int successors;	/* TO() of each legal one */
} rows[CLIENT_STATES] = {
	[CLIENT_FIRST_BYTES] = { "first-bytes",
	    TO(HANDSHAKE) | TO(STARTUP) | TO(FAREWELL) | TO(CLOSED) },
	[CLIENT_HANDSHAKE] = { "handshake",
	    TO(STARTUP) | TO(FAREWELL) | TO(CLOSED) },
	[CLIENT_STARTUP] = { "startup",
	    TO(DIALING) | TO(CANCEL) | TO(FAREWELL) | TO(CLOSED) },
	[CLIENT_DIALING] = { "dialing", TO(LOGIN) | TO(FAREWELL) | TO(CLOSED) },
	[CLIENT_CANCEL] = { "cancel", TO(CLOSED) },
	[CLIENT_LOGIN] = { "login", TO(RELAY) | TO(FAREWELL) | TO(CLOSED) },
	[CLIENT_RELAY] = { "relay", TO(FAREWELL) | TO(CLOSED) },
	[CLIENT_FAREWELL] = { "farewell", TO(CLOSED) },
	[CLIENT_CLOSED] = { "closed", 0 },
};

const char *
client_state_name(enum client_state state)
{
	return state < CLIENT_STATES ? rows[state].name : "???";
}

bool
client_state_may_follow(enum client_state state, enum client_state next)
{
	return state < CLIENT_STATES && next < CLIENT_STATES &&
	    (rows[state].successors & (1u << next)) != 0;
}
