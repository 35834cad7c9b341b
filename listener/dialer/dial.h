/* SPDX-License-Identifier: ISC */
/*
 * dial: one request of a worker on its way to an address that answers.
 * Runs in: listener-dialer.
 */
#ifndef LISTENER_DIALER_DIAL_H
#define LISTENER_DIALER_DIAL_H

#include <sys/queue.h>

#include <event2/event_struct.h>

#include <stdint.h>

#include "common/wire/dialwire.h"
#include "listener/handoff.h"

struct channel;

enum dial_state {
	DIAL_CONNECTING,	/* fd waits for the network's answer */
	DIAL_WAITING,		/* no fd: tries the same address again */
	DIAL_OVER		/* reply (and fd) wait to be sent */
};

struct dial {
	TAILQ_ENTRY(dial) link;
	struct channel *channel;	/* owns it */
	uint64_t id;			/* the worker's */
	enum dial_state state;
	int type;			/* SOCK_STREAM or SOCK_SEQPACKET */
	const struct handoff_address *addresses;	/* tried in order */
	size_t addresses_len;
	size_t at;			/* of the one being tried */
	int64_t deadline_ms;		/* CLOCK_MONOTONIC, of all of them */
	int64_t attempt_deadline_ms;	/* of this one */
	int fd;				/* -1 or owned */
	struct event event;
	struct dialwire_message reply;	/* DIAL_OVER */
};

/*
 * Begins a request and puts it at its channel's end. Whether it ends at once
 * or later, channel_note_over() hears of it, from the loop. Returns NULL when
 * there is no memory.
 */
struct dial *dial_open(struct channel *channel,
    const struct dialwire_message *request);

/* Takes it out of its channel; closes its descriptor. */
void dial_close(struct dial *dial);

#endif
