/* SPDX-License-Identifier: ISC */
/*
 * generations: all that live: the one in force, those before it whose sessions
 * are not yet at their end, and perhaps the next one.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_GENERATIONS_H
#define LISTENER_GENERATIONS_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#include "listener/generation.h"

struct exporter_link;
struct fault;
struct watch;

TAILQ_HEAD(generation_list, generation);

struct generations {
	struct generation_list list;	/* owned; the eldest first */
	struct generation *in_force;	/* NULL or one of them */
	struct exporter_link *exporter;	/* not owned */
	unsigned int last_number;
};

/* exporter: where their workers' rosters go; kept. */
void generations_open(struct generations *generations,
    struct exporter_link *exporter);

/* Takes over a generation that was read, prepares it and starts its crew.
 * Returns 0, or -1 with the fault and the generation still the caller's. */
int generations_start(struct generations *generations,
    struct generation *next, struct fault *fault);

/* Puts one that is ready in force: it accepts clients, and the one before
 * accepts no more. If too many drain then, the eldest is closed. */
void generations_put_in_force(struct generations *generations,
    struct generation *next);

/* Does one that is no more in force still accept clients? */
bool generations_elder_accepts(const struct generations *generations);

/* As crew_drain(), crew_close() and crew_end(), for all of them. */
void generations_drain(struct generations *generations);
void generations_close_sessions(struct generations *generations);
void generations_end(struct generations *generations);

/* As crew_hear_watch(), crew_hear_reap(), crew_tend() and crew_due_ms(). */
void generations_watch(struct generations *generations, struct watch *watch);
void generations_reap(struct generations *generations);
void generations_tend(struct generations *generations);
int64_t generations_due_ms(const struct generations *generations);

/* Closes those whose programs have all ended, but not the one in force, whose
 * settings still hold. */
void generations_sweep(struct generations *generations);

/* Have all programs of all of them ended? */
bool generations_are_over(const struct generations *generations);

/* Closes all, after their programs have ended. */
void generations_close(struct generations *generations);

#endif
