/* SPDX-License-Identifier: ISC */
/*
 * confine: what the exporter gives up before it reads its first byte.
 * Runs in: listener-exporter.
 */
#ifndef LISTENER_EXPORTER_CONFINE_H
#define LISTENER_EXPORTER_CONFINE_H

struct fault;
struct handoff_user;
struct layers;

/*
 * Own namespaces and an empty root directory, its user with no way back,
 * limits, Landlock, system calls; says in the log what is in force. Returns 0
 * or -1 with the fault.
 */
int confine_start(const struct handoff_user *user, struct layers *layers,
    struct fault *fault);

#endif
