/* SPDX-License-Identifier: ISC */
/*
 * roster: one worker's clients and what it counts, in memory that it alone
 * writes and the exporter alone reads.
 * Runs in: postern-listener (makes it), listener-worker, listener-exporter.
 */
#include "listener/roster.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <string.h>

#include "common/fault.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
#define LOOKS 3

size_t
roster_size(size_t slots)
{
	return sizeof(struct roster) + slots * sizeof(struct roster_slot);
}

static void *
map(int fd, int protection, size_t *out_slots, struct fault *fault)
{
	struct stat st;
	void *roster;
	size_t slots;
	int seals;

	seals = fcntl(fd, F_GET_SEALS);
	if (fstat(fd, &st) == -1 || seals == -1 || (seals & SEALS) != SEALS ||
	    st.st_size < (off_t)sizeof(struct roster)) {
		fault_set(fault, "descriptor %d is not a roster", fd);
		return NULL;
	}
	slots = ((size_t)st.st_size - sizeof(struct roster)) /
	    sizeof(struct roster_slot);
	roster = mmap(NULL, roster_size(slots), protection, MAP_SHARED, fd, 0);
	if (roster == MAP_FAILED) {
		fault_set(fault, "could not map a roster: %m");
		return NULL;
	}
	*out_slots = slots;
	return roster;
}

struct roster *
roster_map_own(int fd, size_t *out_slots, struct fault *fault)
{
	return map(fd, PROT_READ | PROT_WRITE, out_slots, fault);
}

const struct roster *
roster_map_other(int fd, size_t *out_slots, struct fault *fault)
{
	return map(fd, PROT_READ, out_slots, fault);
}

void
roster_unmap(const struct roster *roster, size_t slots)
{
	if (roster != NULL)
		munmap((void *)(uintptr_t)roster, roster_size(slots));
}

void
roster_begin(struct roster_slot *slot)
{
	uint32_t before = atomic_load_explicit(&slot->sequence,
	    memory_order_relaxed);

	atomic_store_explicit(&slot->sequence, before + 1,
	    memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
}

void
roster_end(struct roster_slot *slot)
{
	uint32_t within = atomic_load_explicit(&slot->sequence,
	    memory_order_relaxed);

	atomic_store_explicit(&slot->sequence, within + 1,
	    memory_order_release);
}

static void
bound(char *text, size_t size)
{
	text[size - 1] = '\0';
}

static void
bound_client(struct roster_client *client)
{
	if (client->state >= CLIENT_STATES)
		client->state = CLIENT_CLOSED;
	bound(client->address, sizeof(client->address));
	bound(client->user, sizeof(client->user));
	bound(client->database, sizeof(client->database));
	bound(client->application_name, sizeof(client->application_name));
	bound(client->version, sizeof(client->version));
	bound(client->cipher, sizeof(client->cipher));
	bound(client->client_dn, sizeof(client->client_dn));
	bound(client->client_serial, sizeof(client->client_serial));
	bound(client->issuer_dn, sizeof(client->issuer_dn));
}

enum roster_seen
roster_look(const struct roster_slot *slot, struct roster_client *out)
{
	uint32_t before, after, is_taken;
	unsigned int look;

	for (look = 0; look < LOOKS; look++) {
		before = atomic_load_explicit(&slot->sequence,
		    memory_order_acquire);
		is_taken = slot->is_taken;
		*out = slot->client;
		atomic_thread_fence(memory_order_acquire);
		after = atomic_load_explicit(&slot->sequence,
		    memory_order_relaxed);
		if (before != after || before % 2 != 0)
			continue;
		bound_client(out);
		return is_taken ? ROSTER_TAKEN : ROSTER_FREE;
	}
	return ROSTER_BUSY;
}

size_t
roster_used(const struct roster *roster, size_t slots)
{
	uint32_t used = atomic_load_explicit(&roster->slots_used,
	    memory_order_acquire);

	return used < slots ? used : slots;
}

bool
roster_read_about(const struct roster *roster, struct roster_about *out)
{
	if (atomic_load_explicit(&roster->about.is_told,
	    memory_order_acquire) == 0)
		return false;
	*out = roster->about;
	bound(out->layers_in_force, sizeof(out->layers_in_force));
	bound(out->layers_lacking, sizeof(out->layers_lacking));
	bound(out->subject, sizeof(out->subject));
	bound(out->issuer, sizeof(out->issuer));
	bound(out->names, sizeof(out->names));
	bound(out->key_id, sizeof(out->key_id));
	return true;
}
