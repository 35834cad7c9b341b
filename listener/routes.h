/* SPDX-License-Identifier: ISC */
/*
 * routes: the ways to the server behind: the ordinary one, and the one of
 * sessions that have shown a certificate under a rule with the method cert.
 * Runs in: postern-listener, at start and reload.
 */
#ifndef LISTENER_ROUTES_H
#define LISTENER_ROUTES_H

#include <stddef.h>

#include "listener/addresses.h"
#include "listener/handoff.h"

struct fault;
struct lookup;
struct rules;
struct settings;

struct route {
	struct addresses addresses;	/* len 0: is not set */
	struct handoff_user user;	/* that its dialer becomes */
};

struct routes {
	size_t len;		/* in use: 1, or HANDOFF_ROUTES */
	struct route item[HANDOFF_ROUTES];
};

/*
 * Reads where the routes lead. Refused is what leads back to one of the
 * listening addresses, and two routes that the server could not tell apart:
 * it believes whoever comes by the cert route. Returns 0 or -1 with the fault.
 */
int routes_find_addresses(const struct settings *settings,
    struct lookup *lookup, const struct addresses *listening,
    struct routes *out, struct fault *fault);

/*
 * Decides which of them the rules need, and whom their dialers become, none of
 * whom may be another program's user; user is the workers'. Returns 0, or -1
 * with the fault: also where a rule says cert, and has no way to the server.
 * Without rules, which could not be read, only the ordinary one is needed.
 */
int routes_choose(const struct settings *settings, const struct rules *rules,
    const struct handoff_user *user, struct routes *out,
    struct fault *fault);

#endif
