/* SPDX-License-Identifier: ISC */
/*
 * hba_undecided: what only the server could decide (members of roles) or what
 * a front must not ask of others while a client waits (host names): why it is
 * refused, and what to run or to write instead.
 * Pure.
 * Runs in: postern-listener.
 */
#include "common/pg/hba_undecided.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/fault.h"
#include "common/pg/hba_sink.h"

#define SAFE "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
    "0123456789_.-"

/* May the name stand in a shell's command, an SQL literal and a file's name? */
static bool
is_plain(const char *name)
{
	return name[0] != '\0' && name[0] != '.' && name[0] != '-' &&
	    name[strspn(name, SAFE)] == '\0' && strlen(name) < 64;
}

/* A directory that may stand there too. */
static int
directory_len(const struct hba_place *place)
{
	const char *slash = strrchr(place->file, '/');
	size_t len = slash != NULL ? (size_t)(slash - place->file) + 1 : 0;

	return strspn(place->file, SAFE "/") >= len && len < 160 ? (int)len :
	    0;
}

/* Set by whoever finds a role; always returns -1. */
static int
fault_role(const char *role, struct fault *fault)
{
	(void)fault_set(fault, "membership in role \"%s\" cannot be checked in "
	    "front of the server", role);
	return fault_detail(fault, "Only the server knows the members of a "
	    "role.");
}

/*
 * The members as PostgreSQL reckons them: direct, indirect, the role itself.
 * A command that would be cut is none.
 */
int
hba_undecided_role(const char *role, const struct hba_place *place,
    struct fault *fault)
{
	char hint[sizeof(fault->hint)];
	int len;

	(void)fault_role(role, fault);
	len = snprintf(hint, sizeof(hint), "Write @%s.members for it after: "
	    "psql -XAtc \"WITH RECURSIVE m(r) AS (SELECT oid FROM pg_roles "
	    "WHERE rolname = '%s' UNION SELECT member FROM pg_auth_members, m "
	    "WHERE roleid = r) SELECT quote_ident(rolname) FROM pg_roles, m "
	    "WHERE oid = r\" postgres > %.*s%s.members", role, role,
	    directory_len(place), place->file, role);
	if (is_plain(role) && len < (int)sizeof(hint))
		return fault_hint(fault, "%s", hint);
	return fault_hint(fault, "Write the names of its members, or a file of "
	    "them as @file.");
}

int
hba_undecided_ident(const char *role, struct fault *fault)
{
	(void)fault_role(role, fault);
	return fault_hint(fault, "Write one line for each role, or a regular "
	    "expression.");
}

int
hba_undecided_samerole(const char *word, const struct hba_place *place,
    struct fault *fault)
{
	(void)fault_set(fault, "\"%s\" cannot be checked in front of the "
	    "server", word);
	(void)fault_detail(fault, "Only the server knows the members of a "
	    "role.");
	return fault_hint(fault, "Write one line for each database that has "
	    "its role, with +ROLE's members as user. Their names: psql -XAtc "
	    "\"SELECT datname FROM pg_database JOIN pg_roles ON rolname = "
	    "datname\" postgres > %.*s%s.databases", directory_len(place),
	    place->file, word);
}

int
hba_undecided_host(const char *host, const struct hba_resolve *resolve,
    struct fault *fault)
{
	char addresses[300];

	(void)fault_set(fault, "host name \"%s\" cannot be checked in front of "
	    "the server", host);
	(void)fault_detail(fault, "Names are not looked up while a client "
	    "waits.");
	if (host[0] == '.')
		return fault_hint(fault, "Write the networks of these hosts, "
		    "one line each.");
	if (resolve != NULL && resolve->addresses != NULL &&
	    resolve->addresses(resolve->owner, host, addresses,
	    sizeof(addresses)) == 0)
		return fault_hint(fault, "Write its addresses instead, one "
		    "line each; now they are %s.", addresses);
	if (!is_plain(host))
		return fault_hint(fault, "Write an address with its CIDR mask "
		    "length.");
	return fault_hint(fault, "Write its addresses instead, one line each. "
	    "Run: getent ahosts %s", host);
}
