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

#endif
