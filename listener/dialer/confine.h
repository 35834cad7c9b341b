/* SPDX-License-Identifier: ISC */
/*
 * confine: what the dialer gives up before it serves.
 * Runs in: listener-dialer.
 */
#ifndef LISTENER_DIALER_CONFINE_H
#define LISTENER_DIALER_CONFINE_H

#include <stdbool.h>

struct fault;
struct handoff_address;
struct handoff_dialer;

/*
 * A root directory that has the directories of its Unix sockets and no more,
 * no network where no address needs it, its user, limits, Landlock, system
 * calls; says in the log what is in force. Returns 0 or -1 with the fault.
 */
int confine_start(const struct handoff_dialer *handoff, unsigned int max_files,
    struct fault *fault);

/*
 * After a failed attempt at a Unix socket: is the directory that holds it gone
 * or was it not there at the start? Made anew since, it is not the one that
 * this root directory has.
 */
bool confine_lost_directory(const struct handoff_address *address);

#endif
