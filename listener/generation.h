/* SPDX-License-Identifier: ISC */
/*
 * generation: one reading of all that an administrator wrote: the settings,
 * the files that they name, the addresses; and what is launched from it.
 * Nothing of it changes afterwards: a change is another generation.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_GENERATION_H
#define LISTENER_GENERATION_H

#include <sys/queue.h>

#include <stdbool.h>

#include "common/textfile.h"
#include "listener/addresses.h"
#include "listener/crew.h"
#include "listener/launch.h"
#include "listener/rules.h"
#include "listener/settings.h"
#include "listener/trust.h"

struct fault;
struct fault_list;
struct lookup;

struct generation {
	TAILQ_ENTRY(generation) link;	/* generations.h */
	unsigned int number;		/* 1, 2, ... */
	struct settings settings;
	bool has_user;			/* launch.user was found */
	struct textfile cert;		/* owned, as trust and rules */
	struct trust trust;
	struct rules rules;
	struct addresses listening;
	struct launch launch;		/* made from all these */
	struct crew crew;
};

/* Reads the instance's postern.conf. Returns a generation that the caller
 * closes, or NULL with every fault. */
struct generation *generation_open(const struct instance *instance,
    struct fault_list *faults);

/* The same for who wants to know all that is wrong: with faults, too, a
 * generation is returned, where a bad setting has its default; NULL only if
 * there is nothing that could be read. */
struct generation *generation_open_faulty(const struct instance *instance,
    struct fault_list *faults);

/*
 * Finds the user, and reads all files that the settings name, before any of
 * them is judged but the access rules, whose every error the log gets. Does all
 * of it, whatever is wrong with a part. Returns 0, or -1 with every fault.
 */
int generation_read(struct generation *generation, struct fault_list *faults);

/*
 * Finds the addresses, and the routes that the rules need; not without a user.
 * Returns 0, or -1 with every fault; while lookup is waiting (lookup_name()),
 * -1 without one, to be called again with the answer.
 */
int generation_find_addresses(struct generation *generation,
    struct lookup *lookup, struct fault_list *faults);

/* Opens ports and scoreboards; before is the generation in force, or NULL.
 * Returns 0 or -1 with the fault. */
int generation_prepare(struct generation *generation,
    const struct generation *before, struct fault *fault);

/* Releases all but a crew that runs; accepts NULL. */
void generation_close(struct generation *generation);

#endif
