/* SPDX-License-Identifier: ISC */
/*
 * confine: the dialer connects, to what its handoff names, and passes the
 * descriptor on. It opens no file, accepts nobody, starts nothing.
 * Runs in: listener-dialer.
 */
#include "listener/dialer/confine.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <string.h>

#include "common/fault.h"
#include "common/landlock.h"
#include "common/layers.h"
#include "common/namespaces.h"
#include "common/privs.h"
#include "common/sandbox.h"
#include "listener/handoff.h"

#define TYPE(type) ((type) | SOCK_NONBLOCK | SOCK_CLOEXEC)
#define ADDRESSES_MAX (HANDOFF_ADDRESSES_MAX + 1)	/* and keyd's */

_Static_assert(ADDRESSES_MAX <= NAMESPACES_DIRECTORIES_MAX,
    "every address may have a directory");

static const struct sandbox_row rows[] = {
	/* Workers, supervisor, log. */
	SANDBOX_ALLOW(recvmsg, "a request; a worker's channel"),
	SANDBOX_ALLOW(sendmsg, "a reply with the connected socket"),
	SANDBOX_ALLOW(sendto, "the log; the report that it is ready"),
	SANDBOX_ALLOW(close, "a socket that was passed on, or failed"),

	/* Connecting. */
	SANDBOX_IF3(socket, "a server's Unix socket",
	    SANDBOX_IS(0, AF_UNIX), SANDBOX_IS(1, TYPE(SOCK_STREAM)),
	    SANDBOX_IS(2, 0)),
	SANDBOX_IF3(socket, "the key socket", SANDBOX_IS(0, AF_UNIX),
	    SANDBOX_IS(1, TYPE(SOCK_SEQPACKET)), SANDBOX_IS(2, 0)),
	SANDBOX_IF3(socket, "a server's IPv4 address",
	    SANDBOX_IS(0, AF_INET), SANDBOX_IS(1, TYPE(SOCK_STREAM)),
	    SANDBOX_IS(2, 0)),
	SANDBOX_IF3(socket, "rare: a server's IPv6 address",
	    SANDBOX_IS(0, AF_INET6), SANDBOX_IS(1, TYPE(SOCK_STREAM)),
	    SANDBOX_IS(2, 0)),
	SANDBOX_ALLOW(connect, "its one purpose"),
	SANDBOX_IF2(getsockopt, "how an attempt ended",
	    SANDBOX_IS(1, SOL_SOCKET), SANDBOX_IS(2, SO_ERROR)),
	SANDBOX_IF2(getsockopt, "is it TCP?", SANDBOX_IS(1, SOL_SOCKET),
	    SANDBOX_IS(2, SO_DOMAIN)),
	SANDBOX_ALLOW(getsockname, "is it connected with itself?"),
	SANDBOX_ALLOW(newfstatat, "rare: is the directory of a Unix socket "
	    "still the same?"),

	/* Options of a server's socket. */
	SANDBOX_IF2(setsockopt, "a server that vanished is noticed",
	    SANDBOX_IS(1, SOL_SOCKET), SANDBOX_IS(2, SO_KEEPALIVE)),
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

	/* The loop, and memory. */
	SANDBOX_EPOLL_WAIT("the loop"),
	SANDBOX_ALLOW(epoll_ctl, "the loop"),
	SANDBOX_ALLOW(clock_gettime, "rare: a clock that the vDSO lacks"),
	SANDBOX_ALLOW(brk, "rare: malloc: hundreds of requests at once"),
	SANDBOX_FAIL(mmap, "rare: malloc when the heap cannot grow", ENOMEM),

	SANDBOX_ALLOW(exit_group, "the end")
};

/* What the addresses come to. */
struct reach {
	char path[ADDRESSES_MAX][sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct namespaces_options namespaces;
	uint16_t port[ADDRESSES_MAX];
	size_t ports;
};

/* The directory of a Unix socket's path. Returns 0, or -1 for an abstract
 * name, which has none. */
static int
directory_of(const struct handoff_address *address, char *out, size_t size)
{
	const struct sockaddr_un *addr =
	    (const struct sockaddr_un *)&address->addr;
	const char *slash;
	size_t len;

	len = strnlen(addr->sun_path, sizeof(addr->sun_path));
	slash = memrchr(addr->sun_path, '/', len);
	if (addr->sun_path[0] != '/' || slash == NULL)
		return -1;
	len = slash == addr->sun_path ? 1 : (size_t)(slash - addr->sun_path);
	if (len >= size)
		return -1;
	memcpy(out, addr->sun_path, len);
	out[len] = '\0';
	return 0;
}

/* One that is not there gets its place when the dialer starts again. */
static void
reach_directory(struct reach *reach, const struct handoff_address *address)
{
	struct namespaces_options *namespaces = &reach->namespaces;
	char *path = reach->path[namespaces->len];
	struct stat st;
	size_t i;

	if (directory_of(address, path, sizeof(reach->path[0])) == -1 ||
	    stat(path, &st) == -1)
		return;
	for (i = 0; i < namespaces->len; i++)
		if (strcmp(namespaces->directories[i], path) == 0)
			return;
	namespaces->directories[namespaces->len++] = path;
}

static void
reach_add(struct reach *reach, const struct handoff_address *address)
{
	switch (address->addr.ss_family) {
	case AF_UNIX:
		reach_directory(reach, address);
		break;
	case AF_INET:
		reach->port[reach->ports++] =
		    ntohs(((const struct sockaddr_in *)
		    &address->addr)->sin_port);
		break;
	case AF_INET6:
		reach->port[reach->ports++] =
		    ntohs(((const struct sockaddr_in6 *)
		    &address->addr)->sin6_port);
		break;
	default:
		break;
	}
}

static void
find_reach(const struct handoff_dialer *handoff, struct reach *out)
{
	uint32_t i;

	for (i = 0; i < handoff->backend_len; i++)
		reach_add(out, &handoff->backend[i]);
	if (handoff->key.len > 0)
		reach_add(out, &handoff->key);
	out->namespaces.keeps_network = out->ports > 0;
	out->namespaces.has_directories = true;
}

static int
give_up_rights(const struct handoff_dialer *handoff, unsigned int max_files,
    struct layers *layers, struct fault *fault)
{
	const struct handoff_user *user = &handoff->user;
	struct privs_user identity = { .uid = user->uid, .gid = user->gid };
	struct reach reach = { .ports = 0 };
	struct landlock_options landlock = { .connect_ports = reach.port };

	find_reach(handoff, &reach);
	landlock.connect_len = reach.ports;
	namespaces_note_pids(layers);
	if (namespaces_enter(&reach.namespaces, layers, fault) == -1 ||
	    (user->change_user && privs_become(&identity, fault) == -1) ||
	    privs_limit(max_files, fault) == -1)
		return -1;
	return landlock_restrict(&landlock, layers, fault);
}

int
confine_start(const struct handoff_dialer *handoff, unsigned int max_files,
    struct fault *fault)
{
	struct sandbox_options options = { .rows = rows,
		.len = sizeof(rows) / sizeof(rows[0]),
		.is_required = handoff->user.sandbox_required };
	struct layers layers = { 0 };

	sandbox_keep_heap();
	if (give_up_rights(handoff, max_files, &layers, fault) == -1 ||
	    sandbox_enter(&options, &layers, fault) == -1)
		return -1;
	layers_log(&layers);
	return 0;
}

bool
confine_lost_directory(const struct handoff_address *address)
{
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct stat st;

	if (address->addr.ss_family != AF_UNIX ||
	    directory_of(address, path, sizeof(path)) == -1)
		return false;
	return stat(path, &st) == -1 || st.st_nlink == 0;
}
