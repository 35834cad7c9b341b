/* SPDX-License-Identifier: ISC */
/*
 * dry_round: one handshake of a worker with itself, inside its confinement and
 * before its first client.
 * Runs in: listener-worker, at its start.
 */
#ifndef LISTENER_WORKER_DRY_ROUND_H
#define LISTENER_WORKER_DRY_ROUND_H

struct fault;
struct worker;

/*
 * Asks keyd for its keys, compares them with the certificate, and has a
 * handshake in memory signed: a libc or OpenSSL that needs more than the
 * confinement leaves shows now. Does nothing without SSL, and nothing in a
 * replacement, which serves plain clients even while keyd is away and whose
 * predecessor has done it. Returns 0 or -1 with the fault.
 */
int dry_round_run(struct worker *worker, struct fault *fault);

#endif
