/* SPDX-License-Identifier: ISC */
/*
 * gallery: the rosters of all workers, and the past: what those counted that
 * have ended. No byte of a roster is trusted.
 * Runs in: listener-exporter.
 */
#ifndef LISTENER_EXPORTER_GALLERY_H
#define LISTENER_EXPORTER_GALLERY_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "listener/handoff_exporter.h"
#include "listener/roster.h"

struct fault;

#define GALLERY_MAX 4096	/* rosters; with more no further is taken */

struct gallery_roster {
	LIST_ENTRY(gallery_roster) link;
	struct handoff_roster worker;
	const struct roster *roster;	/* mapped */
	size_t slots;
};

struct gallery {
	LIST_HEAD(, gallery_roster) rosters;	/* by number, ascending */
	size_t len;
	struct handoff_past *past;
};

/* Of all workers together. */
struct gallery_sum {
	struct roster_counters counters;	/* the past's as well */
	uint64_t states[CLIENT_STATES];	/* clients in each, now */
	uint64_t now;			/* of them, past startup: sessions */
	uint32_t workers;
	uint32_t with_keyd;		/* of the workers */
};

/* Maps the past. Returns 0 or -1 with the fault. */
int gallery_open(struct gallery *gallery, int past_fd, struct fault *fault);

/* Maps a roster; closes the descriptor. Returns 0 or -1 with the fault. */
int gallery_add(struct gallery *gallery, const struct handoff_roster *worker,
    int fd, struct fault *fault);

/* That worker has ended: what it counted goes to the past, once. Returns false
 * for a number that is not there. */
bool gallery_end(struct gallery *gallery, uint32_t number);

void gallery_add_up(const struct gallery *gallery, struct gallery_sum *out);

/* The first roster whose number is not below that; NULL: none. */
const struct gallery_roster *gallery_from(const struct gallery *gallery,
    uint32_t number);

/* What the newest worker that has told something says of itself. */
bool gallery_read_about(const struct gallery *gallery,
    struct roster_about *out);

#endif
