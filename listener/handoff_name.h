/* SPDX-License-Identifier: ISC */
/*
 * handoff_name: what postern-listener asks listener-resolver, and the answer.
 * Runs in: postern-listener, listener-resolver.
 */
#ifndef LISTENER_HANDOFF_NAME_H
#define LISTENER_HANDOFF_NAME_H

#include "listener/handoff.h"

/* The resolver gets no handoff; each question (REPORT_PAYLOAD) names the user
 * that it becomes with the first one. It answers with a REPORT_PAYLOAD, or
 * with a REPORT_FAULT and its end. */
#define HANDOFF_NAME_MAX 256
#define HANDOFF_RESOLVED_MAX 12		/* addresses of one name */

struct handoff_name {
	struct handoff_user user;
	uint32_t port;
	char name[HANDOFF_NAME_MAX];
};

struct handoff_resolved {
	uint32_t len;
	struct handoff_address addr[HANDOFF_RESOLVED_MAX];
};

#endif
