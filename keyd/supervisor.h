/* SPDX-License-Identifier: ISC */
/*
 * supervisor: keeps the key's descriptor, the key socket and a signer that
 * serves it, for as long as postern-keyd runs. It reads no client.
 * Runs in: postern-keyd.
 */
#ifndef KEYD_SUPERVISOR_H
#define KEYD_SUPERVISOR_H

#include <stdbool.h>

#include "common/child.h"
#include "common/control.h"
#include "keyd/counters.h"
#include "keyd/handoff.h"
#include "keyd/vault.h"

struct fault;
struct settings;

struct supervisor {
	const struct settings *settings;	/* the caller's */
	int signals;			/* descriptors, owned; -1: none */
	int run_directory;
	int pid_file;
	int key_socket;
	struct vault vault;
	struct handoff_signer handoff;	/* what every signer is told */
	struct child signer;
	struct control control;
	bool is_stopping;
	struct counters counters;	/* of the signer that runs, or ran
					   last */
	struct counters_sum counted;	/* by those before it */
};

void supervisor_init(struct supervisor *supervisor,
    const struct settings *settings);

/*
 * Takes the run directory, unlocks the key, listens on the key socket and
 * waits until the first signer serves it. Returns 0 or -1 with the fault;
 * supervisor_stop() is the caller's in both cases.
 */
int supervisor_start(struct supervisor *supervisor, struct fault *fault);

/* Serves until a signal or posternctl says stop; a signer that dies is
 * replaced. */
void supervisor_run(struct supervisor *supervisor);

/* All that was signed and refused since the start, by every signer. */
void supervisor_count(const struct supervisor *supervisor,
    struct counters_sum *out);

/* Ends the signer, removes the socket and the pid file, forgets the key. */
void supervisor_stop(struct supervisor *supervisor);

#endif
