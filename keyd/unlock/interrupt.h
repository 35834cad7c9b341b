/* SPDX-License-Identifier: ISC */
/*
 * interrupt: the signals that end the question for a pass phrase. They are
 * only noted, so that the terminal is put in order before the program ends.
 * Runs in: keyd-unlock.
 */
#ifndef KEYD_UNLOCK_INTERRUPT_H
#define KEYD_UNLOCK_INTERRUPT_H

#include <signal.h>

struct fault;

/*
 * From now on SIGINT, SIGQUIT, SIGTERM and SIGHUP interrupt system calls and
 * are noted.
 */
void interrupt_catch(void);

/* The set of those signals. */
void interrupt_set(sigset_t *out);

/* The signal noted, 0 for none. */
int interrupt_signal(void);

/* The fault in words; returns -1. */
int interrupt_fault(const char *path, struct fault *fault);

#endif
