/* SPDX-License-Identifier: ISC */
/*
 * notify: tells the service manager how this daemon is, by the protocol of
 * sd_notify(3): datagrams to the socket that NOTIFY_SOCKET names. Whoever was
 * not started by a service manager tells nobody.
 * Runs in: the supervisors.
 */
#ifndef COMMON_NOTIFY_H
#define COMMON_NOTIFY_H

#include <stdbool.h>

/*
 * Main's, before anything is started: takes NOTIFY_SOCKET ("/path", or "@name"
 * for an abstract socket) out of the environment, so that no other process
 * inherits it. A value of another kind is told in a warning and not used.
 */
void notify_open(void);

/* Is there a service manager? */
bool notify_is_open(void);

/*
 * READY=1 with the process ID of the caller, MAINPID, which is another than
 * the started one in the background, and a STATUS line (printf's format). Also
 * what ends a reload. Each of these four waits at most 5 seconds for a service
 * manager that does not read; what fails is told in a warning.
 */
void notify_ready(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The STATUS line alone. */
void notify_status(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* RELOADING=1 with MONOTONIC_USEC, the time of the request. */
void notify_reloading(void);

/* STOPPING=1. */
void notify_stopping(void);

#endif
