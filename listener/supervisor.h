/* SPDX-License-Identifier: ISC */
/*
 * supervisor: the loop: waits for signals and for what its programs say, and
 * acts on both. Reads no client's byte.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_SUPERVISOR_H
#define LISTENER_SUPERVISOR_H

#include <stdbool.h>

#include "listener/exporter_link.h"
#include "listener/generations.h"
#include "listener/orders.h"
#include "listener/reload.h"
#include "listener/watch.h"

struct fault;
struct instance;

/* Forward only: a shutdown may become a faster one. */
enum supervisor_phase {
	SUPERVISOR_STARTING,
	SUPERVISOR_SERVING,
	SUPERVISOR_SMART,	/* SIGINT: waits for the sessions' own end */
	SUPERVISOR_FAST,	/* SIGTERM: ends them, shutdown_timeout long */
	SUPERVISOR_IMMEDIATE	/* SIGQUIT: ends the programs */
};

struct supervisor {
	enum supervisor_phase phase;
	int signals;			/* signalfd, owned */
	bool is_hung_up;		/* SIGHUP came before clients were
					   served */
	bool is_reloading;		/* as the service manager knows */
	int stopped_by;			/* signal that ended the start; or 0 */
	struct exporter_link exporter;
	struct generations generations;
	struct reload reload;
	struct orders orders;
	struct watch watch;
};

/* Blocks the signals that the supervisor takes; main's first act. */
void supervisor_block_signals(void);

struct supervisor_options {
	const struct instance *instance;	/* kept, not copied */
	const char *run_directory;
	bool foreground;		/* standard error stays */
};

/* Returns 0 or -1 with the fault. */
int supervisor_open(struct supervisor *supervisor,
    const struct supervisor_options *options, struct fault *fault);

/* Takes over the first generation, whose settings are read, and brings it up
 * to where it serves. Returns 0, or -1 with the fault, and nothing runs. */
int supervisor_start(struct supervisor *supervisor, struct generation *first,
    struct fault *fault);

/* As SIGHUP and the signals of a shutdown do; reload_ask(). */
void supervisor_ask_reload(struct supervisor *supervisor,
    struct reload_request *request);
void supervisor_stop(struct supervisor *supervisor,
    enum supervisor_phase phase);

/* Serves until a signal or posternctl has ended the last program. */
void supervisor_run(struct supervisor *supervisor);

/* Accepts an empty one (zeroes). */
void supervisor_close(struct supervisor *supervisor);

#endif
