/* SPDX-License-Identifier: ISC */
/*
 * rotation: from one key to another while handshakes go on: the new one is
 * unlocked, both are served, the listener turns to the new one, the old one is
 * retired. Each step may fail, and leaves what was there before it.
 * Runs in: postern-keyd.
 */
#ifndef KEYD_ROTATION_H
#define KEYD_ROTATION_H

#include <sys/stat.h>

#include <stdbool.h>
#include <stdint.h>

#include "common/wire/ctlwire.h"
#include "keyd/shift.h"
#include "keyd/vault.h"

struct control;
struct fault;
struct settings;

enum rotation_state {
	ROTATION_NONE,
	ROTATION_UNLOCKING,	/* the key is on its way into the memory */
	ROTATION_ADDING,	/* a signer that has it starts */
	ROTATION_BOTH,		/* it is served; now for the listener */
	ROTATION_WAITING,	/* until nobody needs the others any more */
	ROTATION_RETIRING,	/* a signer without them starts */
	ROTATION_GOING_BACK,	/* a signer without the new one starts */
	ROTATION_STATES
};

struct rotation {
	/* The supervisor's. */
	struct vault_ring *ring;
	struct shift *shift;
	struct control *control;
	const struct settings *settings;

	enum rotation_state state;
	uint64_t client;		/* control's; 0: by SIGHUP, or left */
	struct vault fresh;		/* in UNLOCKING and ADDING */
	struct stat key_file;		/* what was unlocked last, */
	struct stat fresh_file;		/* and what is being */
	bool has_added;			/* the first key is this rotation's */
	int64_t deadline_ms;		/* WAITING: no handshake is older */
	int64_t unneeded_ms;		/* NONE: since when only the first is
					   needed; 0: it is not */
};

/* Two keys may be served from now on, but nothing happens yet. */
void rotation_init(struct rotation *rotation);

/* posternctl asks for one of the ROTATE verbs, or has gone. */
void rotation_ask(struct rotation *rotation, uint64_t client,
    const struct ctlwire_request *request);
void rotation_lose(struct rotation *rotation, uint64_t client);

/*
 * One that nobody at posternctl has begun (rotation_file): makes the memory, in
 * state NONE; then the key is in it (fresh.key), or cannot be. Returns 0, or
 * -1 with the fault, and there is none.
 */
int rotation_open(struct rotation *rotation, uint64_t client,
    struct fault *fault);
void rotation_take_key(struct rotation *rotation);
void rotation_fail(struct rotation *rotation, const struct fault *fault);

/* After each turn, with what shift_tend() said; and when that is due. */
void rotation_tend(struct rotation *rotation, enum shift_event event);
int64_t rotation_due_ms(const struct rotation *rotation);

/* May one begin? */
bool rotation_is_idle(const struct rotation *rotation);

const char *rotation_state_name(enum rotation_state state);

/* Forgets what has not come to its end. */
void rotation_stop(struct rotation *rotation);

#endif
