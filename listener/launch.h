/* SPDX-License-Identifier: ISC */
/*
 * launch: starts the dialers and the workers with their handoff: sealed memory
 * with settings and files' bytes, and named descriptors.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_LAUNCH_H
#define LISTENER_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>

#include "listener/handoff.h"
#include "listener/ports.h"
#include "listener/routes.h"

struct child;
struct exporter_link;
struct fault;
struct settings;

/* The bytes of one file; not owned. */
struct launch_part {
	const void *bytes;
	size_t len;		/* 0: there is no such file */
};

/* All that the programs are made from; read-only once it is filled. */
struct launch {
	const struct settings *settings;
	struct handoff_user user;	/* of the workers */
	struct launch_part parts[HANDOFF_PARTS];
	struct routes routes;
	bool certificate_is_new;	/* no generation in force has had it */
	size_t workers;
	struct ports ports;
	struct exporter_link *exporter;	/* not owned */
	unsigned int generation;	/* its number */
	bool is_check;		/* of --check: its worker serves nobody */
	int boards_writable[HANDOFF_WORKERS_MAX];	/* -1 or owned */
	int boards_readable[HANDOFF_WORKERS_MAX];
	int boards_elder[HANDOFF_BOARDS_MAX];	/* readable, owned */
	size_t boards_elder_len;
};

/* The place that one worker takes. */
struct launch_slot {
	size_t number;
	int dialer_ends[HANDOFF_ROUTES];	/* of its channels to the
				   dialers in use; not owned */
	bool is_replacement;	/* of one that served: it need not ask keyd */
};

/* Nothing is open and nothing is known yet but the settings, which are kept,
 * not copied. */
void launch_init(struct launch *launch, const struct settings *settings);

/* Closes ports and scoreboards. */
void launch_close(struct launch *launch);

/* Makes the scoreboards of all workers. Returns 0 or -1 with the fault. */
int launch_open_boards(struct launch *launch, struct fault *fault);

/* Adds copies of those that a living generation has to its elders'; what finds
 * no place is left out. Returns 0 or -1 with the fault. */
int launch_add_elder(struct launch *launch, const struct launch *elder,
    struct fault *fault);

/* That worker has ended: its scoreboard begins again, its roster is of the
 * past. */
void launch_clear_board(const struct launch *launch, size_t number);

/* Starts the program without awaiting it. Return 0 or -1 with the fault. */
int launch_dialer(const struct launch *launch, enum handoff_route route,
    struct child *dialer, struct fault *fault);
int launch_worker(const struct launch *launch, const struct launch_slot *slot,
    struct child *worker, struct fault *fault);

#endif
