/* SPDX-License-Identifier: ISC */
/*
 * complaint: clients' mistakes in the log, so many a second and no more: a
 * hostile client cannot fill a disk.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_COMPLAINT_H
#define LISTENER_WORKER_COMPLAINT_H

#include <stdint.h>

#include "common/log.h"

struct fault;

#define COMPLAINTS_PER_SECOND 20

/* Logs the fault, with where the client came from in its detail, unless there
 * were too many this second; those are counted and told later.
 * now_ms: CLOCK_MONOTONIC. */
void complaint_write(enum log_level level, const struct fault *fault,
    const struct log_session *session, int64_t now_ms);

#endif
