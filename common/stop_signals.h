/* SPDX-License-Identifier: ISC */
/*
 * stop_signals: what an operator, a terminal or a service manager sends to a
 * whole group of processes, and which the supervisor alone answers.
 * Runs in: the supervisors at start, and their internal programs.
 */
#ifndef COMMON_STOP_SIGNALS_H
#define COMMON_STOP_SIGNALS_H

/* For an internal program, from the first line of main: SIGTERM, SIGINT,
 * SIGQUIT and SIGHUP wait for ever. Its supervisor ends it by the channel,
 * when what it serves has been told. */
void stop_signals_block(void);

/*
 * For a supervisor that waits while it has them blocked: a close-on-exec
 * descriptor that is readable while SIGTERM, SIGINT or SIGQUIT is pending. It
 * is polled, never read: the signal stays for who answers it. -1 with errno.
 */
int stop_signals_open(void);

/* Which of the three is pending; 0 for none. */
int stop_signals_pending(void);

#endif
