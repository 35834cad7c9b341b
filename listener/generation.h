/* SPDX-License-Identifier: ISC */
/*
 * generation: one reading of all that an administrator wrote: the settings,
 * the files that they name, the addresses; and what is launched from it.
 * Nothing of it changes afterwards: a change is another generation.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_GENERATION_H
#define LISTENER_GENERATION_H

#include "common/textfile.h"
#include "listener/addresses.h"
#include "listener/launch.h"
#include "listener/rules.h"
#include "listener/settings.h"
#include "listener/trust.h"

struct fault;
struct fault_list;

struct generation {
	struct settings settings;
	struct textfile cert;		/* owned, as trust and rules */
	struct trust trust;
	struct rules rules;
	struct addresses listening;
	struct launch launch;		/* made from all these; ports and
					   boards are still to be opened */
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
 * Reads the files that the settings name, finds user and addresses, and judges
 * them together: all of it, whatever is wrong with a part; the log gets every
 * error of the access rules. Blocks as lookup.h says. Returns 0, or -1 with
 * every fault.
 */
int generation_read_all(struct generation *generation,
    struct fault_list *faults);

/* The same; several faults go to the log, and the fault is their number. */
int generation_read(struct generation *generation, struct fault *fault);

/* Releases what was read and launch's ports and boards; accepts NULL. */
void generation_close(struct generation *generation);

#endif
