/* SPDX-License-Identifier: ISC */
/*
 * channel: one worker's requests and the replies to them. Nothing that a
 * worker says can hurt the others: the offender's channel is closed.
 * Runs in: listener-dialer.
 */
#ifndef LISTENER_DIALER_CHANNEL_H
#define LISTENER_DIALER_CHANNEL_H

#include <sys/queue.h>

#include <event2/event_struct.h>

#include <stddef.h>

struct dial;
struct dialer;

struct channel {
	LIST_ENTRY(channel) link;
	struct dialer *dialer;
	int fd;			/* owned; never waited for */
	struct event readable;
	struct event writable;	/* made active when a reply waits */
	TAILQ_HEAD(dial_list, dial) dials;
	size_t dials_len;	/* <= DIALWIRE_PENDING_MAX */
};

/* Takes fd over and serves it. Returns 0, or -1 with errno and fd closed. */
int channel_open(struct dialer *dialer, int fd);

/* Drops its requests. */
void channel_close(struct channel *channel);

/* One of its dials is over: its reply is sent from the loop. */
void channel_note_over(struct channel *channel);

#endif
