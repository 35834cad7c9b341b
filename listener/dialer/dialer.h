/* SPDX-License-Identifier: ISC */
/*
 * dialer: what the whole process has.
 * Runs in: listener-dialer.
 */
#ifndef LISTENER_DIALER_DIALER_H
#define LISTENER_DIALER_DIALER_H

#include <sys/queue.h>

#include <stdint.h>

#include "listener/dialer/spares.h"
#include "listener/handoff.h"

struct channel;
struct event_base;

struct dialer {
	struct handoff_dialer handoff;	/* read once, never changed */
	struct event_base *base;
	int64_t looked_ms;		/* CLOCK_MONOTONIC: when it started, or
					   found a directory gone */
	struct spares spares;
	LIST_HEAD(channel_list, channel) channels;
};

#endif
