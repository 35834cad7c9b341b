/* SPDX-License-Identifier: ISC */
/*
 * report: what an internal program tells its supervisor over their channel, and
 * what the supervisor may say back: fixed-size structs, one per datagram.
 * Runs in: the supervisors and every internal program.
 */
#ifndef COMMON_REPORT_H
#define COMMON_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "common/fault.h"

#define REPORT_PAYLOAD_MAX 3072

enum report_type {
	REPORT_READY = 1,	/* program: confined, can serve */
	REPORT_FAULT,		/* program: cannot start; it exits */
	REPORT_PAYLOAD,		/* program: a struct of its handoff */
	REPORT_STOP_FAST,	/* supervisor: end all sessions and exit */
	REPORT_STOP_SMART,	/* supervisor: exit with the last session */
	REPORT_DESCRIPTOR,	/* supervisor: one descriptor comes with it */
	REPORT_NO_DIALER,	/* worker: has no channel to a dialer */
	REPORT_SERVE,		/* supervisor: accept clients */
	REPORT_LEFT,		/* worker: accepts no more clients */
	REPORT_ROSTER_OVER,	/* supervisor: which worker has ended */
	REPORT_TYPES
};

struct report {
	uint32_t type;		/* enum report_type */
	uint32_t payload_len;	/* <= REPORT_PAYLOAD_MAX */
	uint32_t which;		/* REPORT_DESCRIPTOR, REPORT_NO_DIALER: of
				   several dialers; REPORT_ROSTER_OVER; not
				   checked. Else 0 */
	struct fault fault;	/* REPORT_FAULT */
	unsigned char payload[REPORT_PAYLOAD_MAX];
};

/*
 * Sends one report, with a descriptor when send_fd is not -1 (SCM_RIGHTS; the
 * caller keeps its own). Returns 0 or -1 with errno (EINVAL for a report that
 * the other side would refuse).
 */
int report_send(int channel, const struct report *report, int send_fd);

/* The same without payload: a type, or a fault when fault is not NULL. */
int report_send_type(int channel, enum report_type type,
    const struct fault *fault);

/*
 * Receives one report; every field is checked and bounded. *out_fd is -1 or a
 * close-on-exec descriptor of the caller's; with out_fd NULL a report that
 * brings one is refused. Only REPORT_DESCRIPTOR (always) and REPORT_PAYLOAD
 * (perhaps) bring one. Returns 1 for a report, 0 at the channel's end, -1 with
 * errno (EAGAIN on a non-blocking channel that is empty, EPROTO for a message
 * of another shape, whose descriptors are closed).
 */
int report_receive(int channel, struct report *out, int *out_fd);

#endif
