/* SPDX-License-Identifier: ISC */
/*
 * reload: one generation follows another, or nothing changes. One at a time;
 * requests that come meanwhile wait, and are served together by the next one.
 * Nothing here waits but for files.
 * Runs in: postern-listener.
 */
#ifndef LISTENER_RELOAD_H
#define LISTENER_RELOAD_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#include "common/fault.h"
#include "listener/lookup.h"

struct generation;
struct generations;
struct instance;
struct watch;

enum reload_state {
	RELOAD_IDLE,
	RELOAD_LOOKING_UP,	/* names of addresses */
	RELOAD_STARTING,	/* the next generation's crew builds all */
	RELOAD_HANDING_OVER,	/* it serves; the one before is about to leave
				   its sockets */
	RELOAD_UNDOING		/* what was started ends */
};

/* What came of it: the number of the generation that is in force now, or why
 * nothing has changed. */
struct reload_result {
	unsigned int generation;
	struct fault fault;	/* empty: success */
};

struct reload_request;
typedef void reload_answer_fn(struct reload_request *request,
    const struct reload_result *result);

/* Part of whoever wants to know; must stay where it is until it is answered
 * or withdrawn. */
struct reload_request {
	TAILQ_ENTRY(reload_request) link;
	reload_answer_fn *on_result;	/* NULL: is in no list */
};

TAILQ_HEAD(reload_requests, reload_request);

struct reload {
	const struct instance *instance;	/* not owned, as generations */
	struct generations *generations;
	bool foreground;		/* standard error stays a destination */
	bool is_wanted;			/* a new one has been asked for */
	enum reload_state state;
	struct generation *next;	/* owned until its crew starts */
	struct fault_list faults;	/* of what was read for it */
	struct lookup lookup;
	int64_t deadline_ms;		/* of RELOAD_HANDING_OVER */
	struct reload_result result;	/* of the last one */
	unsigned int failures;		/* how many have changed nothing */
	struct reload_requests waiting, served;
};

void reload_open(struct reload *reload, const struct instance *instance,
    struct generations *generations, bool foreground);

/* The first generation, whose settings are read already: taken over. */
void reload_begin(struct reload *reload, struct generation *first);

/* Asks for a new generation. request: NULL, or who is told of the result, from
 * reload_tend(). */
void reload_ask(struct reload *reload, struct reload_request *request);

/* Its owner goes; accepts one that is in no list. */
void reload_withdraw(struct reload *reload, struct reload_request *request);

/* A shutdown: nobody follows, and who waits is told so. */
void reload_cancel(struct reload *reload);

/* Is one under way or asked for? */
bool reload_is_busy(const struct reload *reload);

/* As crew_hear_watch(), crew_tend() and crew_due_ms(). */
void reload_watch(struct reload *reload, struct watch *watch);
void reload_tend(struct reload *reload);
int64_t reload_due_ms(const struct reload *reload);

#endif
