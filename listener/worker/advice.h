/* SPDX-License-Identifier: ISC */
/*
 * advice: certificates and revocation lists that are legal but sad, for
 * postern-listener --check.
 * Runs in: listener-worker, of a check alone.
 */
#ifndef LISTENER_WORKER_ADVICE_H
#define LISTENER_WORKER_ADVICE_H

struct worker;

#define ADVICE_DAYS 30	/* an end of validity that is nearer is told */

/* Looks at the files of the handoff, once more from the beginning, and says
 * in the log whose they are and what will go wrong with them, and when. What
 * cannot be read at all has been told already and is passed over. */
void advice_give(const struct worker *worker);

#endif
