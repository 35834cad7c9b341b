/* SPDX-License-Identifier: ISC */
/*
 * confine: a worker accepts, reads, writes and waits. It opens and connects
 * nothing, starts nothing, signals nobody, and maps nothing executable.
 * Runs in: listener-worker.
 */
#include "listener/worker/confine.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <fcntl.h>

#include "common/fault.h"
#include "common/landlock.h"
#include "common/layers.h"
#include "common/namespaces.h"
#include "common/privs.h"
#include "common/sandbox.h"
#include "listener/handoff.h"

static const struct sandbox_row rows[] = {
	/* Clients, servers, keyd, dialer and supervisor. */
	SANDBOX_IF(accept4, "a client",
	    SANDBOX_IS(3, SOCK_NONBLOCK | SOCK_CLOEXEC)),
	SANDBOX_ALLOW(recvfrom, "bytes of clients and servers; keyd's replies"),
	SANDBOX_ALLOW(sendto, "bytes to clients and servers; the log"),
	SANDBOX_ALLOW(sendmmsg, "several requests to keyd at once"),
	SANDBOX_ALLOW(recvmsg, "a connected socket; the supervisor's word"),
	SANDBOX_IF(shutdown, "no more to a client or server",
	    SANDBOX_IS(1, SHUT_WR)),
	SANDBOX_ALLOW(close, "a client or server that has gone"),

	/* Options of a client's socket, and of keyd's. */
	SANDBOX_IF2(setsockopt, "a client that vanished is noticed",
	    SANDBOX_IS(1, SOL_SOCKET), SANDBOX_IS(2, SO_KEEPALIVE)),
	SANDBOX_IF2(setsockopt, "many requests to keyd at once",
	    SANDBOX_IS(1, SOL_SOCKET), SANDBOX_IS(2, SO_SNDBUF)),
	SANDBOX_IF2(setsockopt, "no delay of small messages",
	    SANDBOX_IS(1, IPPROTO_TCP), SANDBOX_IS(2, TCP_NODELAY)),
	SANDBOX_IF2(setsockopt, "rare: tcp_keepalives_idle is set",
	    SANDBOX_IS(1, IPPROTO_TCP), SANDBOX_IS(2, TCP_KEEPIDLE)),
	SANDBOX_IF2(setsockopt, "rare: tcp_keepalives_interval is set",
	    SANDBOX_IS(1, IPPROTO_TCP), SANDBOX_IS(2, TCP_KEEPINTVL)),
	SANDBOX_IF2(setsockopt, "rare: tcp_keepalives_count is set",
	    SANDBOX_IS(1, IPPROTO_TCP), SANDBOX_IS(2, TCP_KEEPCNT)),
	SANDBOX_IF2(setsockopt, "rare: tcp_user_timeout is set",
	    SANDBOX_IS(1, IPPROTO_TCP), SANDBOX_IS(2, TCP_USER_TIMEOUT)),
	SANDBOX_IF(fcntl, "a new connection to keyd becomes non-blocking",
	    SANDBOX_IS(1, F_GETFL)),
	SANDBOX_IF(fcntl, "a new connection to keyd becomes non-blocking",
	    SANDBOX_IS(1, F_SETFL)),

	/* The loop. */
	SANDBOX_EPOLL_WAIT("the loop"),
	SANDBOX_ALLOW(epoll_ctl, "the loop"),
	SANDBOX_ALLOW(clock_gettime, "rare: a clock that the vDSO lacks"),

	/* Memory. */
	SANDBOX_ALLOW(brk, "malloc"),
	SANDBOX_IF2(mmap, "rare: malloc of a large piece: thousands of clients",
	    SANDBOX_NONE_OF(2, PROT_EXEC),
	    SANDBOX_BITS(3, MAP_ANONYMOUS | MAP_SHARED, MAP_ANONYMOUS)),
	SANDBOX_ALLOW(munmap, "rare: free of a large piece"),
	SANDBOX_IF(mremap, "rare: realloc of a large piece",
	    SANDBOX_IS(3, MREMAP_MAYMOVE)),

	/* libcrypto. */
	SANDBOX_ALLOW(getrandom, "rare: a new seed for random numbers, "
	    "hourly"),
	SANDBOX_ALLOW(getpid, "random numbers: has the process forked?"),
	SANDBOX_IF(futex, "what is made once, at its first use",
	    SANDBOX_IS(1, FUTEX_WAKE_PRIVATE)),
	SANDBOX_ALLOW(rt_sigprocmask, "a handshake's fibre begins"),

	SANDBOX_ALLOW(exit_group, "the end")
};

int
confine_start(const struct handoff_user *user, struct layers *layers,
    struct fault *fault)
{
	static const struct namespaces_options namespaces;
	static const struct landlock_options landlock;
	struct privs_user identity = { .uid = user->uid, .gid = user->gid };
	struct rlimit files;

	namespaces_note_pids(layers);
	if (namespaces_enter(&namespaces, layers, fault) != 0)
		return -1;
	if (user->change_user && privs_become(&identity, fault) != 0)
		return -1;
	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return fault_set(fault, "could not read RLIMIT_NOFILE: %m");
	if (privs_limit((unsigned int)files.rlim_max, fault) != 0)
		return -1;
	return landlock_restrict(&landlock, layers, fault);
}

int
confine_finish(const struct handoff_user *user, struct layers *layers,
    struct fault *fault)
{
	struct sandbox_options options = { .rows = rows,
		.len = sizeof(rows) / sizeof(rows[0]),
		.is_required = user->sandbox_required };

	if (sandbox_enter(&options, layers, fault) != 0)
		return -1;
	layers_log(layers);
	return 0;
}
