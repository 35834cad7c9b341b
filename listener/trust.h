/* SPDX-License-Identifier: ISC */
/*
 * trust: the bytes of the authorities' certificates and revocation lists, by
 * which the workers judge clients' certificates. Parses none of them.
 * Runs in: postern-listener, at start and reload only.
 */
#ifndef LISTENER_TRUST_H
#define LISTENER_TRUST_H

#include <stdbool.h>

#include "common/textfile.h"

struct fault_list;
struct settings;

#define TRUST_CRL_MAX (64 * 1024 * 1024)	/* bytes, of a directory too */

struct trust {
	struct textfile ca, crl;	/* owned; empty: there is none */
	struct textfile crl_dir;	/* all its files */
};

/*
 * Reads what the settings name. A file that need not be there and is not, or
 * that is of no use without another one, leaves the worker's settings. A file
 * that is empty is a fault. Returns 0 or -1 with every fault; what could
 * be read is there then, too.
 */
int trust_read(struct settings *settings, struct trust *out,
    struct fault_list *faults);

/* Is it a name that openssl-rehash(1) gives to a revocation list? Pure. */
bool trust_is_crl_name(const char *name);

/* Accepts an empty one. */
void trust_close(struct trust *trust);

#endif
