/* SPDX-License-Identifier: ISC */
/*
 * confine: what a worker gives up before it reads its first byte.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_CONFINE_H
#define LISTENER_WORKER_CONFINE_H

struct fault;
struct handoff_user;

/* Becomes the user with no way back, and sets the limits. 0 or -1. */
int confine_worker(const struct handoff_user *user, struct fault *fault);

#endif
