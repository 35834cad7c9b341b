/* SPDX-License-Identifier: ISC */
/*
 * crew_state: from each state, which may be next, and what holds in it.
 * Runs in: postern-listener.
 */
#include "listener/crew_state.h"

#define TO(state) (1u << CREW_##state)

enum kind {
	IS_OVER,		/* nothing is started */
	IS_START,		/* all is started, once */
	KEEPS_ALL,
	KEEPS_DIALERS		/* for the sessions that are left */
};

static const struct row {
	const char *name;
	unsigned int successors;	/* TO() of each legal one */
	enum kind kind;
} rows[CREW_STATES] = {
	[CREW_EMPTY] = { "empty", TO(DIALERS), IS_OVER },
	[CREW_DIALERS] = { "dialers", TO(FIRST) | TO(ENDING), IS_START },
	[CREW_FIRST] = { "first", TO(REST) | TO(ENDING), IS_START },
	[CREW_REST] = { "rest", TO(READY) | TO(ENDING), IS_START },
	[CREW_READY] = { "ready", TO(SERVING) | TO(ENDING), IS_START },
	[CREW_SERVING] = { "serving",
	    TO(DRAINING) | TO(CLOSING) | TO(ENDING), KEEPS_ALL },
	[CREW_DRAINING] = { "draining", TO(CLOSING) | TO(ENDING),
	    KEEPS_DIALERS },
	[CREW_CLOSING] = { "closing", TO(ENDING), IS_OVER },
	[CREW_ENDING] = { "ending", TO(EMPTY), IS_OVER },
};

const char *
crew_state_name(enum crew_state state)
{
	return state < CREW_STATES ? rows[state].name : "???";
}

bool
crew_state_may_follow(enum crew_state state, enum crew_state next)
{
	return state < CREW_STATES && next < CREW_STATES &&
	    (rows[state].successors & (1u << next)) != 0;
}

static bool
is_kind(enum crew_state state, enum kind kind)
{
	return state < CREW_STATES && rows[state].kind == kind;
}

bool
crew_state_is_start(enum crew_state state)
{
	return is_kind(state, IS_START);
}

bool
crew_state_replaces_dialers(enum crew_state state)
{
	return is_kind(state, KEEPS_ALL) || is_kind(state, KEEPS_DIALERS);
}

bool
crew_state_replaces_workers(enum crew_state state)
{
	return is_kind(state, KEEPS_ALL);
}
