/* SPDX-License-Identifier: ISC */
/*
 * check: what the worker of postern-listener --check does instead of serving.
 * Runs in: listener-worker, of a check alone.
 */
#ifndef LISTENER_WORKER_CHECK_H
#define LISTENER_WORKER_CHECK_H

struct fault_list;
struct worker;

/*
 * Says in the log what is sad about certificates and lists, tries a handshake
 * if keyd is there, asks the server behind on each route. faults has what
 * worker_open() found, and gets what is found here.
 */
void check_run(struct worker *worker, struct fault_list *faults);

#endif
