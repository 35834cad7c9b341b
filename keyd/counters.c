/* SPDX-License-Identifier: ISC */
/*
 * counters: makes the memory in which a signer counts, and reads it without
 * trust in what is there.
 * Runs in: postern-keyd.
 */
#include "keyd/counters.h"

#include <sys/mman.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/wire/tls_scheme.h"

#define TRIES 3		/* to read a peer whose place changes hands */

static uint64_t
load(const _Atomic uint64_t *from)
{
	return atomic_load_explicit(from, memory_order_relaxed);
}

int
counters_open(struct counters *out, int *out_writable, struct fault *fault)
{
	void *board = MAP_FAILED;
	int fd;

	fd = memfd_create("postern-counters", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd != -1 && ftruncate(fd, sizeof(struct counters_board)) == 0 &&
	    fcntl(fd, F_ADD_SEALS, COUNTERS_SEALS) == 0)
		board = mmap(NULL, sizeof(struct counters_board), PROT_READ,
		    MAP_SHARED, fd, 0);
	if (board == MAP_FAILED) {
		fault_set(fault, "could not make the counters of a signer: "
		    "%m");
		if (fd != -1)
			close(fd);
		return -1;
	}
	out->board = board;
	*out_writable = fd;
	return 0;
}

void
counters_close(struct counters *counters)
{
	void *board;

	if (counters->board == NULL)
		return;
	memcpy(&board, &counters->board, sizeof(board));
	munmap(board, sizeof(struct counters_board));
	counters->board = NULL;
}

/* One peer's numbers, all of the same owner. Returns 0, or -1 for an empty
 * place, or one that changes hands whenever we look. */
static int
read_peer(const struct counters_peer *peer, struct counters_sum_peer *out)
{
	uint32_t before;
	int i;

	for (i = 0; i < TRIES; i++) {
		before = atomic_load_explicit(&peer->turn,
		    memory_order_acquire);
		out->uid = atomic_load_explicit(&peer->uid,
		    memory_order_acquire);
		out->pid = atomic_load_explicit(&peer->pid,
		    memory_order_acquire);
		out->made = atomic_load_explicit(&peer->made,
		    memory_order_acquire);
		out->refused = atomic_load_explicit(&peer->refused,
		    memory_order_acquire);
		if ((before & 1) == 0 && before == atomic_load_explicit(
		    &peer->turn, memory_order_relaxed))
			return out->pid == 0 ? -1 : 0;
	}
	return -1;
}

static void
add_peer(const struct counters_sum_peer *peer, struct counters_sum *sum)
{
	struct counters_sum_peer *at = sum->peer;

	while (at < &sum->peer[sum->peers_len] &&
	    (at->pid != peer->pid || at->uid != peer->uid))
		at++;
	if (at == &sum->peer[COUNTERS_PEERS_MAX])
		return;
	if (at == &sum->peer[sum->peers_len]) {
		*at = *peer;
		sum->peers_len++;
		return;
	}
	at->made += peer->made;
	at->refused += peer->refused;
}

static void
add_thread(const struct counters_thread *thread, struct counters_sum *sum)
{
	struct counters_sum_peer peer;
	size_t i;

	sum->accepted += load(&thread->accepted);
	sum->turned_away += load(&thread->turned_away);
	for (i = 0; i < COUNTERS_SCHEMES_MAX; i++)
		sum->made[i] += load(&thread->made[i]);
	for (i = 0; i < KEYWIRE_REASONS; i++)
		sum->refused[i] += load(&thread->refused[i]);
	for (i = 0; i < COUNTERS_PEERS; i++)
		if (read_peer(&thread->peer[i], &peer) == 0)
			add_peer(&peer, sum);
}

void
counters_add(const struct counters *counters, struct counters_sum *sum)
{
	size_t i;

	if (counters->board == NULL)
		return;
	for (i = 0; i < COUNTERS_THREADS_MAX; i++)
		add_thread(&counters->board->thread[i], sum);
}

void
counters_add_sum(const struct counters_sum *more, struct counters_sum *sum)
{
	size_t i;

	sum->accepted += more->accepted;
	sum->turned_away += more->turned_away;
	for (i = 0; i < COUNTERS_SCHEMES_MAX; i++)
		sum->made[i] += more->made[i];
	for (i = 0; i < KEYWIRE_REASONS; i++)
		sum->refused[i] += more->refused[i];
	for (i = 0; i < more->peers_len && i < COUNTERS_PEERS_MAX; i++)
		add_peer(&more->peer[i], sum);
}

const char *
counters_scheme_name(size_t index)
{
	const struct tls_scheme_row *row = tls_scheme_at(index);

	return row == NULL ? NULL : row->name;
}

uint32_t
counters_users_of(const struct counters *counters, size_t key)
{
	if (counters->board == NULL || key >= KEYWIRE_KEYS_MAX)
		return 0;
	return atomic_load(&counters->board->users.of_key[key]);
}

uint32_t
counters_undecided(const struct counters *counters)
{
	return counters->board == NULL ? 0 :
	    atomic_load(&counters->board->users.undecided);
}

uint64_t
counters_made(const struct counters_sum *sum)
{
	uint64_t made = 0;
	size_t i;

	for (i = 0; i < COUNTERS_SCHEMES_MAX; i++)
		made += sum->made[i];
	return made;
}

uint64_t
counters_refused(const struct counters_sum *sum)
{
	uint64_t refused = 0;
	size_t i;

	for (i = 0; i < KEYWIRE_REASONS; i++)
		refused += sum->refused[i];
	return refused;
}
