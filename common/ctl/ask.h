/* SPDX-License-Identifier: ISC */
/*
 * ask: one connection to a supervisor's control socket, as its client has it.
 * Blocks until there is an answer. Runs in: posternctl.
 */
#ifndef COMMON_CTL_ASK_H
#define COMMON_CTL_ASK_H

#include <sys/types.h>

#include "common/wire/ctlwire.h"

struct ctl;
struct fault;

struct ask {
	const char *daemon;	/* "postern-keyd" */
	int fd;			/* owned; -1: none */
	pid_t pid;		/* the supervisor's, by the kernel's word */
};
#define ASK_EMPTY { .fd = -1 }

/* Connects to "postern-keyd" or "postern-listener". Returns 0; 1 with the fault
 * if it does not run; -1 with the fault if it cannot be asked. */
int ask_open(const struct ctl *ctl, const char *daemon, struct ask *out,
    struct fault *fault);

/* Accepts an empty one. */
void ask_close(struct ask *ask);

/* Return 0 or -1 with the fault. */
int ask_send(const struct ask *ask, const struct ctlwire_request *request,
    struct fault *fault);

/*
 * The next answer. *out_fd is -1 or a descriptor of the caller's; NULL if none
 * is wanted. Returns 0, FAILED among it, or -1 with the fault.
 */
int ask_receive(const struct ask *ask, struct ctlwire_answer *out, int *out_fd,
    struct fault *fault);

/*
 * Sends the request and takes answers to the last one, logging each text on
 * the way. Returns 0 if that is DONE, *out being it; else -1 with the fault,
 * which may be the supervisor's own.
 */
int ask_whole(const struct ask *ask, const struct ctlwire_request *request,
    struct ctlwire_answer *out, struct fault *fault);

/* The text of an answer as a fault. */
void ask_take_text(const struct ctlwire_text *text, struct fault *out);

#endif
