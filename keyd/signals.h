/* SPDX-License-Identifier: ISC */
/*
 * signals: what the operator asks of postern-keyd, taken by signalfd(2).
 * Runs in: postern-keyd.
 */
#ifndef KEYD_SIGNALS_H
#define KEYD_SIGNALS_H

struct fault;

/* SIGTERM, SIGINT, SIGQUIT, SIGHUP and SIGCHLD wait from now on. */
void signals_block(void);

/* A non-blocking, close-on-exec descriptor of them; -1 with the fault. */
int signals_open(struct fault *fault);

/* The next signal that came, 0 if there is none. */
int signals_read(int fd);

#endif
