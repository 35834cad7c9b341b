/* SPDX-License-Identifier: ISC */
/*
 * tally: one thread's counts of what it signed and refused, and for whom.
 * Runs in: keyd-signer.
 */
#include "keyd/signer/tally.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include "common/fault.h"
#include "common/wire/tls_scheme.h"
#include "keyd/counters.h"
#include "keyd/signer/session.h"

struct counters_board *
tally_map_board(int fd, struct fault *fault)
{
	struct stat st;
	void *board;

	if (fstat(fd, &st) == -1 ||
	    st.st_size != (off_t)sizeof(struct counters_board)) {
		fault_set(fault, "postern-keyd gave no memory for counters");
		return NULL;
	}
	board = mmap(NULL, sizeof(struct counters_board),
	    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (board == MAP_FAILED) {
		fault_set(fault, "could not map the counters: %m");
		return NULL;
	}
	return board;
}

/* Nobody else writes it, so there is nothing to lock. */
static void
add_one(_Atomic uint64_t *count)
{
	uint64_t now = atomic_load_explicit(count, memory_order_relaxed);

	atomic_store_explicit(count, now + 1, memory_order_relaxed);
}

void
tally_connection(struct tally *tally, bool is_accepted)
{
	if (tally->thread == NULL)
		return;
	add_one(is_accepted ? &tally->thread->accepted :
	    &tally->thread->turned_away);
}

/* A place's new owner begins with nothing; readers see one or the other: each
 * store comes after the turn's first. */
static void
give_place(struct counters_peer *place, const struct peer *peer)
{
	uint32_t turn = atomic_load_explicit(&place->turn,
	    memory_order_relaxed);

	atomic_store_explicit(&place->turn, turn + 1, memory_order_relaxed);
	atomic_store_explicit(&place->uid, peer->uid, memory_order_release);
	atomic_store_explicit(&place->pid, peer->pid, memory_order_release);
	atomic_store_explicit(&place->made, 0, memory_order_release);
	atomic_store_explicit(&place->refused, 0, memory_order_release);
	atomic_store_explicit(&place->turn, turn + 2, memory_order_release);
}

static struct counters_peer *
place_of(struct tally *tally, const struct peer *peer)
{
	struct counters_peer *places = tally->thread->peer, *oldest = places;
	size_t i;

	for (i = 0; i < COUNTERS_PEERS; i++) {
		if (places[i].pid == peer->pid && places[i].uid == peer->uid)
			return &places[i];
		if (places[i].used < oldest->used)
			oldest = &places[i];
	}
	give_place(oldest, peer);
	return oldest;
}

static size_t
scheme_index(const struct keywire_message *message)
{
	unsigned int scheme = message->type == KEYWIRE_SIGN_TLS13 ?
	    message->body.tls13.scheme : message->body.tls12.scheme;
	const struct tls_scheme_row *row;
	size_t i;

	for (i = 0; (row = tls_scheme_at(i)) != NULL; i++)
		if ((unsigned int)row->scheme == scheme)
			break;
	return i < COUNTERS_SCHEMES_MAX ? i : COUNTERS_SCHEMES_MAX - 1;
}

void
tally_reply(struct tally *tally, const struct session_request *request,
    const struct keywire_message *reply)
{
	struct counters_peer *place = NULL;

	if (tally->thread == NULL || (reply->type != KEYWIRE_SIGNED &&
	    reply->type != KEYWIRE_REFUSED))
		return;
	if (request->sender.pid > 0) {
		place = place_of(tally, &request->sender);
		place->used = ++tally->clock;
	}
	if (reply->type == KEYWIRE_SIGNED) {
		add_one(&tally->thread->made[scheme_index(&request->message)]);
		if (place != NULL)
			add_one(&place->made);
		return;
	}
	add_one(&tally->thread->refused[reply->body.reason < KEYWIRE_REASONS ?
	    reply->body.reason : 0]);
	if (place != NULL)
		add_one(&place->refused);
}
