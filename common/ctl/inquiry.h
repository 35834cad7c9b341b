/* SPDX-License-Identifier: ISC */
/*
 * inquiry: one question on the exporter's status socket, and its answer.
 * Blocks until it is whole. Runs in: posternctl.
 */
#ifndef COMMON_CTL_INQUIRY_H
#define COMMON_CTL_INQUIRY_H

#include "common/wire/statuswire.h"

struct ctl;
struct fault;
struct sheet;

/* Called for each message of the answer. Returns 0, or -1 with the fault. */
typedef int inquiry_fn(void *owner, const struct statuswire_message *message,
    struct fault *fault);

/* Asks. Returns 0; 1 with the fault if the listener does not run; -1 with the
 * fault, which may be take's. */
int inquiry_ask(const struct ctl *ctl, enum statuswire_type question,
    inquiry_fn *take, void *owner, struct fault *fault);

/* The connections as rows of an empty sheet. As inquiry_ask(). */
int inquiry_connections(const struct ctl *ctl, struct sheet *out,
    struct fault *fault);

#endif
