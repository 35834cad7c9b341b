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

/*
 * Reads the files that the settings name, finds user and addresses, and judges
 * them together; the log gets every error of the access rules. Blocks as
 * lookup.h says. Returns 0 or -1 with the fault.
 */
int generation_read(struct generation *generation, struct fault *fault);

/* Releases what was read and launch's ports and boards; accepts NULL. */
void generation_close(struct generation *generation);

#endif
