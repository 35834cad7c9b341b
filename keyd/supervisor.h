/* SPDX-License-Identifier: ISC */
/*
 * supervisor: keeps the key's descriptor, the key socket and a signer that
 * serves it, for as long as postern-keyd runs. It reads no client.
 * Runs in: postern-keyd.
 */
#ifndef KEYD_SUPERVISOR_H
#define KEYD_SUPERVISOR_H

#include <stdbool.h>
#include <time.h>

#include "common/control.h"
#include "keyd/rotation.h"
#include "keyd/rotation_file.h"
#include "keyd/settings.h"
#include "keyd/shift.h"
#include "keyd/vault.h"

struct fault;
struct instance;

struct supervisor {
	const struct instance *instance;	/* the caller's */
	struct settings settings;	/* in force */
	bool foreground;
	time_t started_s;
	int signals;			/* descriptors, owned; -1: none */
	int run_directory;
	int pid_file;
	int key_socket;
	struct vault_ring ring;		/* the keys that are served */
	struct shift shift;
	struct rotation rotation;
	struct rotation_file rotation_file;
	struct control control;
	bool is_stopping;
};

/* The settings are copied; instance says how to read them anew. It stays where
 * it is: its parts know each other. */
void supervisor_init(struct supervisor *supervisor,
    const struct instance *instance, const struct settings *settings,
    bool foreground);

/*
 * Takes the run directory, unlocks the key, listens on the key socket and
 * waits until the first signer serves it. Returns 0 or -1 with the fault;
 * supervisor_stop() is the caller's in both cases.
 */
int supervisor_start(struct supervisor *supervisor, struct fault *fault);

/* Serves until a signal or posternctl says stop; a signer that dies is
 * replaced. */
void supervisor_run(struct supervisor *supervisor);

/* Ends the signer, removes the socket and the pid file, forgets the key. */
void supervisor_stop(struct supervisor *supervisor);

#endif
