/* SPDX-License-Identifier: ISC */
/*
 * cancel_queue: a list of those who wait, and a count of those who go.
 * Runs in: listener-worker.
 */
#include "listener/worker/cancel_queue.h"

#include <stddef.h>

void
cancel_queue_open(struct cancel_queue *queue)
{
	TAILQ_INIT(&queue->waiting);
	queue->waiting_len = queue->going = 0;
}

int
cancel_queue_add(struct cancel_queue *queue, struct cancel_turn *turn)
{
	if (queue->waiting_len >= CANCEL_QUEUE_WAITING_MAX)
		return -1;
	TAILQ_INSERT_TAIL(&queue->waiting, turn, link);
	queue->waiting_len++;
	turn->state = CANCEL_TURN_WAITING;
	return 0;
}

struct cancel_turn *
cancel_queue_next(struct cancel_queue *queue)
{
	struct cancel_turn *turn = TAILQ_FIRST(&queue->waiting);

	if (turn == NULL || queue->going >= CANCEL_QUEUE_GOING_MAX)
		return NULL;
	cancel_queue_remove(queue, turn);
	queue->going++;
	turn->state = CANCEL_TURN_GOING;
	return turn;
}

void
cancel_queue_remove(struct cancel_queue *queue, struct cancel_turn *turn)
{
	switch (turn->state) {
	case CANCEL_TURN_WAITING:
		TAILQ_REMOVE(&queue->waiting, turn, link);
		queue->waiting_len--;
		break;
	case CANCEL_TURN_GOING:
		queue->going--;
		break;
	case CANCEL_TURN_NONE:
		break;
	}
	turn->state = CANCEL_TURN_NONE;
}
