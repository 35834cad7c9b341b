/* SPDX-License-Identifier: ISC */
/*
 * watch: which descriptors one turn of the supervisor's loop waits for, and
 * who is called for each. The list is made anew for every turn.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_WATCH_H
#define LISTENER_WATCH_H

#include <poll.h>
#include <stddef.h>

/* Called when the descriptor is readable or at its end. What else the turn has
 * to call may have closed it meanwhile, but nothing is freed or started. */
typedef void watch_fn(void *owner, void *which);

struct watch_entry;

/* Empty: a struct of zeroes. */
struct watch {
	struct pollfd *polled;		/* owned, both len of size */
	struct watch_entry *entries;
	size_t len, size;
};

/* Begins the next turn's list. */
void watch_clear(struct watch *watch);

/* Adds a descriptor (-1: none) and whom to call, in that order. One for which
 * memory is short waits for a later turn. */
void watch_add(struct watch *watch, int fd, watch_fn *call, void *owner,
    void *which);

/* Waits up to wait_ms (-1: for ever), and calls for all that is ready. */
void watch_wait(struct watch *watch, int wait_ms);

void watch_close(struct watch *watch);

#endif
