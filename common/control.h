/* SPDX-License-Identifier: ISC */
/*
 * control: the socket in the run directory on which a supervisor is told by
 * posternctl what to do. Root alone, or the daemon's own user, is heard: by the
 * socket's mode and by the kernel's word. Never blocks.
 * Runs in: the supervisors.
 */
#ifndef COMMON_CONTROL_H
#define COMMON_CONTROL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/ctlwire.h"

struct fault;

/* Their names in the run directory. */
#define CONTROL_KEYD "keyd.control"
#define CONTROL_LISTENER "listener.control"

#define CONTROL_PATH_MAX 108	/* of a Unix socket */
#define CONTROL_CONNECTIONS_MAX 8	/* one more ends the idlest */
#define CONTROL_POLL_MAX (1 + CONTROL_CONNECTIONS_MAX)

struct control_connection {
	int fd;			/* owned; -1: none */
	uint64_t id;		/* names it; never another one's */
	uint64_t order;		/* of its last request, or of its beginning */
	bool is_waiting;	/* for the last answer to its request */
};

/*
 * One connection: a request and its answers, the last one DONE or FAILED; then
 * it may ask again. request() may answer at once or at any later time. gone()
 * tells that nobody waits any more; it is not called for what is closed here.
 */
struct control_calls {
	void (*request)(void *arg, uint64_t id,
	    const struct ctlwire_request *request);
	void (*gone)(void *arg, uint64_t id);	/* NULL: nobody minds */
	void *arg;
};

/* Empty: zeroes. */
struct control {
	char path[CONTROL_PATH_MAX];	/* "": none is open */
	int listener;			/* owned */
	uint64_t last_id;
	uint64_t last_order;
	struct control_calls calls;
	struct control_connection connections[CONTROL_CONNECTIONS_MAX];
};

/* Listens on NAME in the run directory (its path), mode 0600. Returns 0, or -1
 * with the fault and nothing to close. */
int control_open(const char *run_directory, const char *name,
    const struct control_calls *calls, struct control *out,
    struct fault *fault);

/* Ends all connections, removes the socket. Accepts an empty one. */
void control_close(struct control *control);

/* What poll(2) is to wait for: always CONTROL_POLL_MAX entries, unused ones
 * with fd -1. */
void control_watch(const struct control *control,
    struct pollfd out[CONTROL_POLL_MAX]);

/* What poll(2) has seen: accepts, receives, calls. */
void control_turn(struct control *control,
    const struct pollfd polled[CONTROL_POLL_MAX]);

/*
 * Sends an answer, with a descriptor where fd is not -1 (the caller keeps its
 * own). Returns 0, or -1 if there is no such connection any more, or it takes
 * nothing and was closed; gone() is not called.
 */
int control_answer(struct control *control, uint64_t id,
    const struct ctlwire_answer *answer, int fd);

/* Shorter ways to say the last word, as control_answer(). */
int control_done(struct control *control, uint64_t id, uint64_t generation);
int control_fail(struct control *control, uint64_t id,
    const struct fault *fault);

/* MORE with that text; further ones may follow. */
int control_tell(struct control *control, uint64_t id,
    const struct fault *text);

#endif
