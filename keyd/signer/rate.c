/* SPDX-License-Identifier: ISC */
/*
 * rate: at most so many signatures a second for one peer, over all of its
 * connections and of our threads.
 * Runs in: keyd-signer.
 */
#include "keyd/signer/rate.h"

#include <pthread.h>
#include <stdlib.h>

#include "common/peer.h"

#define SECOND_MS 1000

/*
 * What is left is counted in thousandths of a signature: in a millisecond
 * a_second of them are added. A peer that has been silent for a second has all
 * again, just as one that has never come, so its place is free.
 */
struct rate_peer {
	pid_t pid;		/* 0: nobody has been here */
	uid_t uid;
	int64_t seen_ms;
	int64_t left;		/* 0 .. a_second * SECOND_MS */
};

struct rate {
	pthread_mutex_t lock;
	int64_t a_second;
	size_t peers_len;
	struct rate_peer peer[];
};

struct rate *
rate_new(unsigned int a_second, size_t peers_max)
{
	struct rate *rate = calloc(1, sizeof(*rate) +
	    peers_max * sizeof(rate->peer[0]));

	if (rate == NULL)
		return NULL;
	pthread_mutex_init(&rate->lock, NULL);
	rate->a_second = a_second;
	rate->peers_len = peers_max;
	return rate;
}

void
rate_free(struct rate *rate)
{
	if (rate == NULL)
		return;
	pthread_mutex_destroy(&rate->lock);
	free(rate);
}

/* The peer's place, or a free one, which becomes its own; NULL: all are taken
 * by others. Places are taken from the front, so an untouched one ends the
 * search. The lock is held. */
static struct rate_peer *
rate_find(struct rate *rate, const struct peer *peer, int64_t now_ms)
{
	struct rate_peer *at, *vacant = NULL;
	struct rate_peer *end = &rate->peer[rate->peers_len];

	for (at = rate->peer; at < end && at->pid != 0; at++) {
		if (at->pid == peer->pid && at->uid == peer->uid)
			return at;
		if (vacant == NULL && now_ms - at->seen_ms >= SECOND_MS)
			vacant = at;
	}
	if (vacant == NULL && at < end)
		vacant = at;
	if (vacant != NULL)
		*vacant = (struct rate_peer){ peer->pid, peer->uid, now_ms,
			rate->a_second * SECOND_MS };
	return vacant;
}

static void
rate_fill_up(const struct rate *rate, struct rate_peer *peer, int64_t now_ms)
{
	int64_t silent_ms = now_ms - peer->seen_ms;

	if (silent_ms < 0)
		return;
	if (silent_ms > SECOND_MS)
		silent_ms = SECOND_MS;
	peer->left += silent_ms * rate->a_second;
	if (peer->left > rate->a_second * SECOND_MS)
		peer->left = rate->a_second * SECOND_MS;
	peer->seen_ms = now_ms;
}

bool
rate_take(struct rate *rate, const struct peer *peer, int64_t now_ms)
{
	struct rate_peer *found;
	bool may;

	pthread_mutex_lock(&rate->lock);
	found = rate_find(rate, peer, now_ms);
	if (found != NULL)
		rate_fill_up(rate, found, now_ms);
	may = found != NULL && found->left >= SECOND_MS;
	if (may)
		found->left -= SECOND_MS;
	pthread_mutex_unlock(&rate->lock);
	return may;
}
