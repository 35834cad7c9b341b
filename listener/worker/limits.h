/* SPDX-License-Identifier: ISC */
/*
 * limits: how many clients there may be: not yet let in of one worker, not yet
 * let in and sessions of one address, cancel requests of one address in a
 * second, sessions that are kept for some addresses.
 * Pure: counts and links; the scoreboards' memory is shared.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_LIMITS_H
#define LISTENER_WORKER_LIMITS_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "listener/address_table.h"

struct fault;
struct handoff_settings;
struct hba_address;
struct scoreboard;

/* Where a client counts. Part of the client, where it must stay while it is
 * anywhere; a struct of zeroes is nowhere. */
struct limits_place {
	TAILQ_ENTRY(limits_place) link;	/* while it is arriving */
	struct address_entry *entry;	/* NULL: its address has no limit */
	uint64_t key;			/* of the address */
	bool is_arriving;		/* has not said what it wants */
	bool is_unfinished;		/* has not been let in by the server */
	bool is_session;
	bool is_reserved;		/* of reserved_connections_from */
};

TAILQ_HEAD(limits_queue, limits_place);

struct limits {
	const struct handoff_settings *settings;	/* not owned */
	struct scoreboard *own;
	const struct scoreboard *const *boards;	/* of all workers */
	size_t boards_len;
	struct limits_queue arriving;		/* the oldest first */
	unsigned int arriving_len;
};

/* own is one of boards; what limits says afterwards is as its settings say,
 * of which all may change but for max_handshakes. */
void limits_open(struct limits *limits);

/*
 * A client has been accepted: it counts from now on, also if it is refused.
 * Returns 0, or -1 with a fault for the log alone: its address has too many
 * unfinished clients.
 */
int limits_enter(struct limits *limits, struct limits_place *place,
    const struct hba_address *address, struct fault *fault);

/* The one that has been arriving longest, if there are more than
 * max_handshakes (fault for the log), else NULL. */
struct limits_place *limits_overdue(const struct limits *limits,
    struct fault *fault);

/* Has said what it wants; has been let in. Both may be said again. */
void limits_note_arrived(struct limits *limits, struct limits_place *place);
void limits_note_let_in(struct limits_place *place);

/* May it have a session? Returns 0, or -1 with the FATAL 53300 for the client,
 * who is called host in it. */
int limits_may_begin_session(const struct limits *limits,
    const struct limits_place *place, const char *host, struct fault *fault);

/* It has one from now on. */
void limits_begin_session(struct limits *limits, struct limits_place *place);

/* One more cancel request within this second of CLOCK_MONOTONIC: 0, or -1 with
 * a fault for the log alone. */
int limits_count_cancel(struct limits *limits, struct limits_place *place,
    int64_t now_ms, struct fault *fault);

/* It counts no more. Accepts one that is nowhere. */
void limits_leave(struct limits *limits, struct limits_place *place);

#endif
