/* SPDX-License-Identifier: ISC */
/*
 * confine: the signer receives, signs and sends. It opens and connects
 * nothing, starts nothing, signals nobody, and maps no memory at all.
 * Runs in: keyd-signer.
 */
#include "keyd/signer/confine.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <linux/futex.h>

#include <errno.h>
#include <unistd.h>

#include "common/landlock.h"
#include "common/layers.h"
#include "common/log.h"
#include "common/namespaces.h"
#include "common/privs.h"
#include "common/sandbox.h"
#include "keyd/handoff.h"

static const struct sandbox_row rows[] = {
	/* The key socket, the supervisor's channel, the log. */
	SANDBOX_IF(accept4, "a worker's connection",
	    SANDBOX_IS(3, SOCK_NONBLOCK | SOCK_CLOEXEC)),
	SANDBOX_IF2(getsockopt, "whose connection is it?",
	    SANDBOX_IS(1, SOL_SOCKET), SANDBOX_IS(2, SO_PEERCRED)),
	SANDBOX_ALLOW(recvmsg, "a request and its sender"),
	SANDBOX_ALLOW(sendto, "a signature; the log; the report that it is "
	    "ready"),
	SANDBOX_IF(shutdown, "a connection that broke the rules",
	    SANDBOX_IS(1, SHUT_RDWR)),
	SANDBOX_ALLOW(close, "a connection that has ended"),
	SANDBOX_EPOLL_WAIT("the threads' loops"),
	SANDBOX_ALLOW(epoll_ctl, "the threads' loops"),

	/* Threads among themselves. */
	SANDBOX_IF(futex, "a lock is free", SANDBOX_IS(1, FUTEX_WAKE_PRIVATE)),
	SANDBOX_IF(futex, "a lock is taken",
	    SANDBOX_IS(1, FUTEX_WAIT_PRIVATE)),
	SANDBOX_IF(futex, "rare: a lock for readers and writers is taken",
	    SANDBOX_IS(1, FUTEX_WAIT_BITSET_PRIVATE |
	    FUTEX_CLOCK_REALTIME)),

	/* libcrypto, and memory: the heaps were made at the start. */
	SANDBOX_ALLOW(getrandom, "random numbers"),
	SANDBOX_ALLOW(getpid, "random numbers: has the process forked?"),
	SANDBOX_ALLOW(brk, "rare: malloc when the first thread's heap grows"),
	SANDBOX_IF(mprotect, "rare: malloc when another thread's heap grows",
	    SANDBOX_IS(2, PROT_READ | PROT_WRITE)),
	SANDBOX_FAIL(mmap, "rare: malloc when a heap cannot grow", ENOMEM),
	SANDBOX_ALLOW(clock_gettime, "rare: a clock that the vDSO lacks"),

	SANDBOX_ALLOW(exit_group, "the end")
};

static int
become_user(const struct handoff_signer *handoff, struct fault *fault)
{
	struct privs_user user = { handoff->run_uid, handoff->run_gid };

	if (handoff->change_user != 0 || geteuid() != 0)
		return privs_become(&user, fault);
	log_write(LOG_LEVEL_LOG, "the signer stays root");
	return 0;
}

int
confine_start(const struct handoff_signer *handoff, unsigned int max_files,
    struct layers *layers, struct fault *fault)
{
	/* And no pid namespace of its own: it would see all peers as process
	 * 0, whom it must tell apart. */
	static const struct namespaces_options namespaces = {
		.reads_peers = true
	};
	static const struct landlock_options landlock;

	sandbox_keep_heap();
	if (namespaces_enter(&namespaces, layers, fault) == -1 ||
	    become_user(handoff, fault) == -1 ||
	    privs_limit_before_threads(max_files, fault) == -1)
		return -1;
	return landlock_restrict(&landlock, layers, fault);
}

int
confine_finish(const struct handoff_signer *handoff, unsigned int max_files,
    struct layers *layers, struct fault *fault)
{
	struct sandbox_options options = { .rows = rows,
		.len = sizeof(rows) / sizeof(rows[0]),
		.is_required = handoff->sandbox_required != 0 };

	if (privs_limit(max_files, fault) == -1 ||
	    sandbox_enter(&options, layers, fault) == -1)
		return -1;
	layers_log(layers);
	return 0;
}
