/* SPDX-License-Identifier: ISC */
/*
 * key_pending: the requests of a link that have no answer yet, or whose answer
 * nobody has taken yet. Pure: knows no socket and no clock.
 * Runs in: listener-worker, any program that loads the provider.
 */
#include "common/provider/key_pending.h"

#include <limits.h>
#include <stdlib.h>

static uint32_t
slot_of(uint64_t id)
{
	return (uint32_t)(id & UINT32_MAX);
}

static void
move(struct key_pending *pending, struct key_request *request,
    enum key_pending_place place)
{
	TAILQ_REMOVE(&pending->list[request->place], request, entry);
	pending->sent_len -= request->place == KEY_PENDING_SENT;
	request->place = place;
	pending->sent_len += place == KEY_PENDING_SENT;
	TAILQ_INSERT_TAIL(&pending->list[place], request, entry);
}

void
key_pending_init(struct key_pending *pending)
{
	size_t i;
	uint32_t n;

	for (i = 0; i < KEY_PENDING_PLACES; i++)
		TAILQ_INIT(&pending->list[i]);
	for (n = 0; n < KEY_LINK_PENDING_MAX; n++)
		pending->slot[n] = (struct key_slot) { 1, n + 1, NULL };
	pending->first_free = 0;
}

void
key_pending_clear(struct key_pending *pending)
{
	struct key_request *request;
	size_t i;

	for (i = 0; i < KEY_PENDING_PLACES; i++) {
		while ((request = TAILQ_FIRST(&pending->list[i])) != NULL)
			key_pending_remove(pending, request);
	}
}

struct key_request *
key_pending_add(struct key_pending *pending)
{
	uint32_t n = pending->first_free;
	struct key_slot *slot;
	struct key_request *request;

	if (n == KEY_LINK_PENDING_MAX ||
	    (request = calloc(1, sizeof(*request))) == NULL)
		return NULL;
	slot = &pending->slot[n];
	pending->first_free = slot->next_free;
	slot->request = request;
	request->id = (uint64_t)slot->generation << 32 | n;
	request->place = KEY_PENDING_UNSENT;
	TAILQ_INSERT_TAIL(&pending->list[KEY_PENDING_UNSENT], request, entry);
	return request;
}

void
key_pending_remove(struct key_pending *pending, struct key_request *request)
{
	struct key_slot *slot = &pending->slot[slot_of(request->id)];

	TAILQ_REMOVE(&pending->list[request->place], request, entry);
	pending->sent_len -= request->place == KEY_PENDING_SENT;
	/* No request has an id of 0: that is HELLO's. */
	if (++slot->generation == 0)
		slot->generation = 1;
	slot->request = NULL;
	slot->next_free = pending->first_free;
	pending->first_free = slot_of(request->id);
	free(request);
}

struct key_request *
key_pending_find(const struct key_pending *pending, uint64_t id)
{
	struct key_request *request;

	if (slot_of(id) >= KEY_LINK_PENDING_MAX)
		return NULL;
	request = pending->slot[slot_of(id)].request;
	if (request == NULL || request->id != id ||
	    request->place != KEY_PENDING_SENT)
		return NULL;
	return request;
}

struct key_request *
key_pending_first(const struct key_pending *pending,
    enum key_pending_place place)
{
	return TAILQ_FIRST(&pending->list[place]);
}

void
key_pending_mark_sent(struct key_pending *pending, struct key_request *request)
{
	request->sends++;
	move(pending, request, KEY_PENDING_SENT);
}

void
key_pending_finish(struct key_pending *pending, struct key_request *request,
    enum key_link_result result)
{
	request->result = result;
	move(pending, request, KEY_PENDING_FINISHED);
}

struct key_request *
key_pending_take_finished(struct key_pending *pending)
{
	struct key_request *request;

	request = key_pending_first(pending, KEY_PENDING_FINISHED);
	if (request != NULL)
		move(pending, request, KEY_PENDING_CALLED);
	return request;
}

/* From the end, each to the head of UNSENT: the older ones are sent first. */
void
key_pending_lose_connection(struct key_pending *pending)
{
	struct key_request_list *sent = &pending->list[KEY_PENDING_SENT];
	struct key_request_list *unsent = &pending->list[KEY_PENDING_UNSENT];
	struct key_request *request;

	while ((request = TAILQ_LAST(sent, key_request_list)) != NULL) {
		if (request->sends >= KEY_LINK_SENDS_MAX) {
			key_pending_finish(pending, request, KEY_LINK_LOST);
			continue;
		}
		TAILQ_REMOVE(sent, request, entry);
		pending->sent_len--;
		request->place = KEY_PENDING_UNSENT;
		TAILQ_INSERT_HEAD(unsent, request, entry);
	}
}

/* Every request has the same time, and both lists are in order of arrival:
 * the first of each is the next to expire. */
static int64_t
expire_place(struct key_pending *pending, enum key_pending_place place,
    int64_t now_ms)
{
	struct key_request *request;

	while ((request = key_pending_first(pending, place)) != NULL) {
		if (request->deadline_ms > now_ms)
			return request->deadline_ms - now_ms;
		key_pending_finish(pending, request, KEY_LINK_TIMEOUT);
	}
	return INT64_MAX;
}

int
key_pending_expire(struct key_pending *pending, int64_t now_ms)
{
	int64_t sent_ms, unsent_ms, next_ms;

	sent_ms = expire_place(pending, KEY_PENDING_SENT, now_ms);
	unsent_ms = expire_place(pending, KEY_PENDING_UNSENT, now_ms);
	next_ms = sent_ms < unsent_ms ? sent_ms : unsent_ms;
	if (next_ms == INT64_MAX)
		return -1;
	return next_ms > INT_MAX ? INT_MAX : (int)next_ms;
}

void
key_pending_cancel(struct key_pending *pending, const void *owner)
{
	struct key_request *request;
	uint32_t n;

	for (n = 0; n < KEY_LINK_PENDING_MAX; n++) {
		request = pending->slot[n].request;
		if (request == NULL || request->callback == NULL ||
		    request->owner != owner)
			continue;
		request->result = KEY_LINK_CANCELLED;
		move(pending, request, KEY_PENDING_CALLED);
	}
}
