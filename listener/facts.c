/* SPDX-License-Identifier: ISC */
/*
 * facts: what only the listener's supervisor knows, in memory that it writes
 * and the exporter reads.
 * Runs in: postern-listener, listener-exporter.
 */
#include "listener/facts.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include "common/fault.h"

#define LOOKS 3

static const char *const kind_names[FACTS_KINDS] = {
	[FACTS_WORKER] = "worker",
	[FACTS_DIALER] = "dialer",
	[FACTS_CERT_DIALER] = "cert_dialer",
	[FACTS_EXPORTER] = "exporter"
};

const char *
facts_kind_name(enum facts_kind kind)
{
	return kind_names[kind];
}

const struct facts *
facts_map(int fd, struct fault *fault)
{
	struct stat st;
	void *facts;

	if (fstat(fd, &st) == -1 || st.st_size != sizeof(struct facts)) {
		fault_set(fault, "descriptor %d has no facts", fd);
		return NULL;
	}
	facts = mmap(NULL, sizeof(struct facts), PROT_READ, MAP_SHARED, fd, 0);
	if (facts == MAP_FAILED) {
		fault_set(fault, "could not map the facts: %m");
		return NULL;
	}
	return facts;
}

void
facts_begin(struct facts *facts)
{
	atomic_fetch_add_explicit(&facts->sequence, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
}

void
facts_end(struct facts *facts)
{
	atomic_fetch_add_explicit(&facts->sequence, 1, memory_order_release);
}

bool
facts_read(const struct facts *facts, struct facts *out)
{
	struct facts seen;
	uint32_t before, after;
	unsigned int look;

	for (look = 0; look < LOOKS; look++) {
		before = atomic_load_explicit(&facts->sequence,
		    memory_order_acquire);
		seen = *facts;
		atomic_thread_fence(memory_order_acquire);
		after = atomic_load_explicit(&facts->sequence,
		    memory_order_relaxed);
		if (before != after || before % 2 != 0)
			continue;
		*out = seen;
		return true;
	}
	return false;
}
