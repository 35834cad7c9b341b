/* SPDX-License-Identifier: ISC */
/*
 * hba_undecided: what only the server could decide (members of roles) or what
 * a front must not ask of others while a client waits (host names): why it is
 * refused, and what to run or to write instead.
 * Pure.
 * Runs in: postern-listener.
 */
#ifndef COMMON_PG_HBA_UNDECIDED_H
#define COMMON_PG_HBA_UNDECIDED_H

#include <stddef.h>

struct fault;
struct hba_place;

/* Texts of a host's addresses now ("192.0.2.7/32 and 2001:db8::7/128"), by the
 * caller's way to a name service. Returns 0, or -1 if there are none. */
struct hba_resolve {
	int (*addresses)(void *owner, const char *host, char *out, size_t size);
	void *owner;		/* addresses NULL: no such way */
};

/* +role in pg_hba.conf; place says beside which file the list can lie.
 * Always returns -1, as do all here. */
int hba_undecided_role(const char *role, const struct hba_place *place,
    struct fault *fault);
/* +role in pg_ident.conf, where no @file can stand for it. */
int hba_undecided_ident(const char *role, struct fault *fault);
/* samerole, samegroup. */
int hba_undecided_samerole(const char *word, const struct hba_place *place,
    struct fault *fault);
/* A host's name, or a suffix of names that begins with a dot. */
int hba_undecided_host(const char *host, const struct hba_resolve *resolve,
    struct fault *fault);

#endif
