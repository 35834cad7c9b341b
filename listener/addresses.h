/* SPDX-License-Identifier: ISC */
/*
 * addresses: lists of addresses in postern.conf as sockaddrs.
 * At start and reload only.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_ADDRESSES_H
#define LISTENER_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>

#include "listener/handoff.h"

struct fault;
struct lookup;

#define ADDRESSES_TEXT_MAX 160	/* bytes of addresses_format(), NUL included */

struct addresses {
	size_t len;
	struct handoff_address item[HANDOFF_LISTEN_MAX];
};

/* Such a list as it is set. */
struct addresses_list {
	const char *setting;	/* for messages */
	const char *value;
	int port;
};

/*
 * Reads a comma-separated list of IPv4 and IPv6 addresses, names, and `*` (all
 * of both families). Each address stands once. Names go to lookup; while it
 * waits for an answer, the list is to be read again with it (lookup_name()). An
 * empty list gives no addresses. Returns 0 or -1 with the fault; out is then
 * undefined.
 */
int addresses_parse_listen(const struct addresses_list *list,
    struct lookup *lookup, struct addresses *out, struct fault *fault);

/*
 * The same for the server behind: an item that begins with a slash is a
 * directory with the socket .s.PGSQL.PORT; at least one and at most
 * HANDOFF_ADDRESSES_MAX addresses.
 */
int addresses_parse_backend(const struct addresses_list *list,
    struct lookup *lookup, struct addresses *out, struct fault *fault);

/* The Unix socket at path. Returns 0, or -1 with the fault if it is too long
 * for a socket's address. */
int addresses_set_unix(const char *path, struct handoff_address *out,
    struct fault *fault);

/* Of the same family, address, port and scope; or the same path. */
bool addresses_are_equal(const struct handoff_address *a,
    const struct handoff_address *b);

/* Is wide the wildcard of the other's family and port? */
bool addresses_covers(const struct handoff_address *wide,
    const struct handoff_address *address);

/* True if a client of one of these listening addresses could be meant by a
 * connection to the backend: the front would connect to itself. */
bool addresses_may_loop(const struct addresses *listening,
    const struct handoff_address *backend);

/* The first of a's that is one of b's too; NULL for none. */
const struct handoff_address *addresses_find_common(const struct addresses *a,
    const struct addresses *b);

/* Is one of them a Unix socket? */
bool addresses_has_unix(const struct addresses *addresses);

/* "127.0.0.1", "::1" or a path: without the port. */
void addresses_format(const struct handoff_address *address, char *out,
    size_t size);
/* "IPv4", "IPv6", "Unix". */
const char *addresses_family_name(const struct handoff_address *address);

#endif
