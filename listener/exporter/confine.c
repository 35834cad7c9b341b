/* SPDX-License-Identifier: ISC */
/*
 * confine: the exporter reads memory that it was given, and answers on sockets
 * that it was given. It opens and connects nothing.
 * Runs in: listener-exporter.
 */
#include "listener/exporter/confine.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <fcntl.h>

#include "common/fault.h"
#include "common/landlock.h"
#include "common/layers.h"
#include "common/namespaces.h"
#include "common/privs.h"
#include "common/sandbox.h"
#include "listener/handoff.h"

#define FILES_MAX 512	/* askers and scrapers, each a socket */

static const struct sandbox_row rows[] = {
	/* Askers, scrapers, supervisor, log. */
	SANDBOX_IF(accept4, "who asks, or fetches metrics",
	    SANDBOX_IS(3, SOCK_NONBLOCK | SOCK_CLOEXEC)),
	SANDBOX_ALLOW(recvfrom, "a question"),
	SANDBOX_ALLOW(sendto, "an answer; the log; reports"),
	SANDBOX_ALLOW(recvmsg, "the supervisor's word; a worker's roster"),
	SANDBOX_ALLOW(readv, "a request for metrics"),
	SANDBOX_ALLOW(writev, "metrics"),
	SANDBOX_ALLOW(close, "who has gone; a roster that is mapped"),
	SANDBOX_ALLOW(shutdown, "a scraper that has gone"),
	SANDBOX_IF(ioctl, "how much a scraper has sent",
	    SANDBOX_IS(1, FIONREAD)),

	/* Rosters. */
	SANDBOX_ALLOW(newfstatat, "a roster's size"),
	SANDBOX_IF(fcntl, "a roster's seals", SANDBOX_IS(1, F_GET_SEALS)),
	SANDBOX_IF2(mmap, "a roster, to read", SANDBOX_IS(2, PROT_READ),
	    SANDBOX_IS(3, MAP_SHARED)),

	/* The loop. */
	SANDBOX_EPOLL_WAIT("the loop"),
	SANDBOX_ALLOW(epoll_ctl, "the loop"),
	SANDBOX_ALLOW(clock_gettime, "rare: a clock that the vDSO lacks"),

	/* Memory. */
	SANDBOX_ALLOW(brk, "rare: malloc when the heap must grow"),
	SANDBOX_IF2(mmap, "rare: malloc of a large piece",
	    SANDBOX_NONE_OF(2, PROT_EXEC),
	    SANDBOX_BITS(3, MAP_ANONYMOUS | MAP_SHARED, MAP_ANONYMOUS)),
	SANDBOX_ALLOW(munmap, "rare: the roster of a worker that has ended"),
	SANDBOX_IF(mremap, "rare: realloc of a large piece",
	    SANDBOX_IS(3, MREMAP_MAYMOVE)),

	SANDBOX_ALLOW(exit_group, "the end")
};

int
confine_start(const struct handoff_user *user, struct layers *layers,
    struct fault *fault)
{
	static const struct namespaces_options namespaces;
	static const struct landlock_options landlock;
	struct privs_user identity = { .uid = user->uid, .gid = user->gid };
	struct sandbox_options options = { .rows = rows,
		.len = sizeof(rows) / sizeof(rows[0]),
		.is_required = user->sandbox_required };

	namespaces_note_pids(layers);
	if (namespaces_enter(&namespaces, layers, fault) == -1 ||
	    (user->change_user && privs_become(&identity, fault) == -1) ||
	    privs_limit(FILES_MAX, fault) == -1 ||
	    landlock_restrict(&landlock, layers, fault) == -1 ||
	    sandbox_enter(&options, layers, fault) == -1)
		return -1;
	layers_log(layers);
	return 0;
}
