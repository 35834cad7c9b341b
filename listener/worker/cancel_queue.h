/* SPDX-License-Identifier: ISC */
/*
 * cancel_queue: whose CancelRequest is on its way to the server, and who waits
 * for a turn: each one costs the server a process, so few go at once.
 * Pure: links and counts.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_CANCEL_QUEUE_H
#define LISTENER_WORKER_CANCEL_QUEUE_H

#include <sys/queue.h>

#define CANCEL_QUEUE_GOING_MAX 16	/* on their way at once */
#define CANCEL_QUEUE_WAITING_MAX 1024

enum cancel_turn_state {
	CANCEL_TURN_NONE,	/* not in the queue; a struct of zeroes */
	CANCEL_TURN_WAITING,
	CANCEL_TURN_GOING
};

/* Part of whatever waits; must stay where it is while it has a turn. */
struct cancel_turn {
	TAILQ_ENTRY(cancel_turn) link;	/* while it waits */
	enum cancel_turn_state state;
};

struct cancel_queue {
	TAILQ_HEAD(, cancel_turn) waiting;	/* first come, first served */
	unsigned int waiting_len;	/* <= CANCEL_QUEUE_WAITING_MAX */
	unsigned int going;		/* <= CANCEL_QUEUE_GOING_MAX */
};

void cancel_queue_open(struct cancel_queue *queue);

/* Waits from now on. Returns 0, or -1 if too many wait already. */
int cancel_queue_add(struct cancel_queue *queue, struct cancel_turn *turn);

/* Whose turn it is: from now on it goes. NULL if nobody waits, or if no more
 * may go before one is removed. */
struct cancel_turn *cancel_queue_next(struct cancel_queue *queue);

/* It neither waits nor goes any more. Accepts one that has no turn. */
void cancel_queue_remove(struct cancel_queue *queue, struct cancel_turn *turn);

#endif
