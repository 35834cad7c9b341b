/* SPDX-License-Identifier: ISC */
/*
 * exporter_link: the exporter as its supervisor sees it: its sockets, the
 * rosters of the workers, and the facts that nobody else knows.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_EXPORTER_LINK_H
#define LISTENER_EXPORTER_LINK_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/child.h"
#include "listener/exporter_sockets.h"
#include "listener/facts.h"
#include "listener/handoff_exporter.h"

struct fault;
struct settings;
struct watch;

/* A worker's roster, from before its start until the exporter has added what
 * it counted. */
struct exporter_link_roster {
	TAILQ_ENTRY(exporter_link_roster) link;
	struct handoff_roster worker;
	int readable;		/* owned */
	bool is_over;		/* the worker has ended */
};

struct exporter_link {
	struct child child;
	struct handoff_exporter handoff;
	struct facts *facts;	/* mapped, written here alone; NULL: not open */
	const struct handoff_past *past;	/* mapped */
	int facts_fd, past_fd;	/* what it gets of them; -1 or owned */
	struct exporter_sockets sockets;
	TAILQ_HEAD(, exporter_link_roster) rosters;	/* by number */
	uint32_t last_number;
};

/* Nothing is open yet. Without more it has rosters for workers, which nobody
 * reads. */
void exporter_link_init(struct exporter_link *link);

/* Makes memory and sockets. Returns 0 or -1 with the fault. */
int exporter_link_open(struct exporter_link *link,
    const struct settings *settings, struct fault *fault);

/* Ends the program, closes all. Accepts one that is not open. */
void exporter_link_close(struct exporter_link *link);

/* Starts it and waits until it is ready. Returns 0 or -1 with the fault. */
int exporter_link_start(struct exporter_link *link, struct fault *fault);

/* Adds its log and its channel to the next turn of the loop; after SIGCHLD,
 * notes that it has ended. */
void exporter_link_watch(struct exporter_link *link, struct watch *watch);
void exporter_link_reap(struct exporter_link *link);

/* Starts it again, where it has ended and that is due; when it is due
 * (milliseconds of CLOCK_MONOTONIC, INT64_MAX: never). */
void exporter_link_tend(struct exporter_link *link);
int64_t exporter_link_due_ms(const struct exporter_link *link);

/*
 * A roster of so many slots for a worker that is about to start; its number and
 * pid are not yet known. Returns its number and the descriptor that the worker
 * gets, which the caller closes; 0 with the fault.
 */
uint32_t exporter_link_add_roster(struct exporter_link *link,
    const struct handoff_roster *worker, size_t slots, int *out_writable,
    struct fault *fault);

/* That worker runs as this process (0: it was not started after all). */
void exporter_link_note_start(struct exporter_link *link, uint32_t number,
    pid_t pid);

/* The worker that has that place has ended. */
void exporter_link_note_end(struct exporter_link *link, uint32_t generation,
    uint32_t slot);

/* One more program took the place of one of its kind that died. */
void exporter_link_count_restart(struct exporter_link *link,
    enum facts_kind kind);

#endif
