/* SPDX-License-Identifier: ISC */
/*
 * status: what posternctl status is told of postern-keyd.
 * Runs in: postern-keyd.
 */
#ifndef KEYD_STATUS_H
#define KEYD_STATUS_H

#include <stdint.h>

struct supervisor;

/* Answers control's client with that id: MORE with a body each (ctlkeyd.h),
 * then DONE. */
void status_answer(struct supervisor *supervisor, uint64_t id);

#endif
