/* SPDX-License-Identifier: ISC */
/*
 * answer: one connection to the status socket: a question, its answer, the
 * end. A listing of connections is written slot by slot as the asker reads:
 * who is connected all the while is in it once.
 * Runs in: listener-exporter.
 */
#ifndef LISTENER_EXPORTER_ANSWER_H
#define LISTENER_EXPORTER_ANSWER_H

struct exporter;

#define ANSWERS_MAX 32		/* at once; further ones wait to be accepted */
#define ANSWER_LIMIT_S 30	/* an asker that takes longer is closed */

/* Accepts askers from HANDOFF_EXPORTER_FD_STATUS from now on. */
void answer_start(struct exporter *exporter);

#endif
