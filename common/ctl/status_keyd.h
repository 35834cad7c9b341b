/* SPDX-License-Identifier: ISC */
/*
 * status_keyd: the key daemon's part of posternctl status.
 * Runs in: posternctl.
 */
#ifndef COMMON_CTL_STATUS_KEYD_H
#define COMMON_CTL_STATUS_KEYD_H

struct ask;
struct fault;
struct fields;

/* Asks, and prints lines for people. Returns 0 or -1 with the fault. */
int status_keyd_tell(const struct ask *ask, struct fault *fault);

/* Asks, and adds fields for programs. As status_keyd_tell(). */
int status_keyd_gather(const struct ask *ask, struct fields *fields,
    struct fault *fault);

#endif
