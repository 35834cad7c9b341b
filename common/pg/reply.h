/* SPDX-License-Identifier: ISC */
/*
 * reply: what the front itself says to a client, as PostgreSQL would.
 * Pure: struct in, bytes out.
 * Runs in: listener-worker.
 */
#ifndef COMMON_PG_REPLY_H
#define COMMON_PG_REPLY_H

#include <stddef.h>

struct fault;

#define REPLY_ERROR_MAX 2048	/* bytes always suffice for reply_error() */

/*
 * Writes an ErrorResponse (protocol chapter 55.7, fields S V C M, and D and H
 * where the fault has them) with severity FATAL. A fault without SQLSTATE is
 * XX000. Control bytes become '?'. Returns its length, 0 if size is too small.
 */
size_t reply_error(const struct fault *fault, unsigned char *out, size_t size);

#endif
