/* SPDX-License-Identifier: ISC */
/*
 * confine: what a worker gives up before it reads its first byte.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_CONFINE_H
#define LISTENER_WORKER_CONFINE_H

struct fault;
struct handoff_user;
struct layers;

/*
 * All but the system calls: own namespaces and an empty root directory, its
 * user with no way back, limits, Landlock. What needs files must be loaded by
 * now. Returns 0 or -1 with the fault.
 */
int confine_start(const struct handoff_user *user, struct layers *layers,
    struct fault *fault);

/* The system calls that serving needs, no others from now on; then says in the
 * log what is in force. Returns 0 or -1 with the fault. */
int confine_finish(const struct handoff_user *user, struct layers *layers,
    struct fault *fault);

#endif
