/* SPDX-License-Identifier: ISC */
/*
 * hba_method: the authentication methods of pg_hba.conf: their names, how
 * their failure is told, and what a server may ask under them.
 * Pure.
 * Runs in: postern-listener, listener-worker.
 */
#ifndef COMMON_PG_HBA_METHOD_H
#define COMMON_PG_HBA_METHOD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/pg/hba_rule.h"

struct fault;

/* The name in pg_hba.conf. */
const char *hba_method_name(enum hba_method method);

/* Reads a name. Returns 0 or -1. */
int hba_method_parse(const char *name, enum hba_method *out);

/* PostgreSQL's FATAL (auth_failed) for a failure under the method, with its
 * SQLSTATE. Always returns -1. */
int hba_method_fault(enum hba_method method, const char *user,
    struct fault *fault);

/*
 * May the server behind begin with this Authentication message (its kind, 0 is
 * AuthenticationOk)? Nothing but trust and cert lets in without a challenge:
 * else a trust or peer rule of the server's would undo ours.
 */
bool hba_method_may_ask(enum hba_method method, uint32_t authentication);

#endif
