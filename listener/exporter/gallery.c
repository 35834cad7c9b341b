/* SPDX-License-Identifier: ISC */
/*
 * gallery: the rosters of all workers, and the past.
 * Runs in: listener-exporter.
 */
#include "listener/exporter/gallery.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"

int
gallery_open(struct gallery *gallery, int past_fd, struct fault *fault)
{
	struct stat st;
	void *past;

	LIST_INIT(&gallery->rosters);
	gallery->len = 0;
	if (fstat(past_fd, &st) == -1 ||
	    st.st_size != sizeof(struct handoff_past))
		return fault_set(fault, "descriptor %d is not the past",
		    past_fd);
	past = mmap(NULL, sizeof(struct handoff_past), PROT_READ | PROT_WRITE,
	    MAP_SHARED, past_fd, 0);
	if (past == MAP_FAILED)
		return fault_set(fault, "could not map the past: %m");
	gallery->past = past;
	return 0;
}

static void
insert(struct gallery *gallery, struct gallery_roster *roster)
{
	struct gallery_roster *other, *last = NULL;

	LIST_FOREACH(other, &gallery->rosters, link) {
		if (other->worker.number > roster->worker.number)
			break;
		last = other;
	}
	if (last == NULL)
		LIST_INSERT_HEAD(&gallery->rosters, roster, link);
	else
		LIST_INSERT_AFTER(last, roster, link);
	gallery->len++;
}

int
gallery_add(struct gallery *gallery, const struct handoff_roster *worker,
    int fd, struct fault *fault)
{
	struct gallery_roster *roster;

	roster = gallery->len < GALLERY_MAX ? calloc(1, sizeof(*roster)) :
	    NULL;
	if (roster == NULL) {
		close(fd);
		return fault_set(fault, "no memory for a worker's roster");
	}
	roster->worker = *worker;
	roster->roster = roster_map_other(fd, &roster->slots, fault);
	close(fd);
	if (roster->roster == NULL) {
		free(roster);
		return -1;
	}
	insert(gallery, roster);
	return 0;
}

bool
gallery_end(struct gallery *gallery, uint32_t number)
{
	const struct gallery_roster *found = gallery_from(gallery, number);
	struct handoff_past *past = gallery->past;
	struct gallery_roster *roster;

	if (found == NULL || found->worker.number != number)
		return false;
	roster = (struct gallery_roster *)(uintptr_t)found;
	if (!handoff_past_has(past, number)) {
		atomic_store_explicit(&past->added[past->added_next++ %
		    HANDOFF_PAST_MAX], number, memory_order_release);
		roster_counters_merge(&past->counters,
		    &roster->roster->counters);
	}
	LIST_REMOVE(roster, link);
	gallery->len--;
	roster_unmap(roster->roster, roster->slots);
	free(roster);
	return true;
}

/* A session is what max_connections counts: from dialing to farewell. */
static bool
is_session(size_t state)
{
	return state == CLIENT_DIALING || state == CLIENT_LOGIN ||
	    state == CLIENT_RELAY;
}

static void
add_now(const struct roster_counters *counters, struct gallery_sum *out)
{
	uint32_t n;
	size_t i;

	for (i = 0; i < CLIENT_STATES; i++) {
		n = atomic_load_explicit(&counters->states[i],
		    memory_order_relaxed);
		out->states[i] += n;
		if (is_session(i))
			out->now += n;
	}
	out->workers++;
	if (atomic_load_explicit(&counters->has_keyd,
	    memory_order_relaxed) == 1)
		out->with_keyd++;
}

void
gallery_add_up(const struct gallery *gallery, struct gallery_sum *out)
{
	const struct gallery_roster *roster;

	memset(out, 0, sizeof(*out));
	roster_counters_merge(&out->counters, &gallery->past->counters);
	LIST_FOREACH(roster, &gallery->rosters, link) {
		roster_counters_merge(&out->counters,
		    &roster->roster->counters);
		add_now(&roster->roster->counters, out);
	}
}

const struct gallery_roster *
gallery_from(const struct gallery *gallery, uint32_t number)
{
	const struct gallery_roster *roster;

	LIST_FOREACH(roster, &gallery->rosters, link)
		if (roster->worker.number >= number)
			return roster;
	return NULL;
}

bool
gallery_read_about(const struct gallery *gallery, struct roster_about *out)
{
	const struct gallery_roster *roster;
	bool found = false;

	LIST_FOREACH(roster, &gallery->rosters, link)
		if (roster_read_about(roster->roster, out))
			found = true;
	return found;
}
