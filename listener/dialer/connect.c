/* SPDX-License-Identifier: ISC */
/*
 * connect: one non-blocking attempt at one address, and the options of a
 * socket that is connected. Knows no loop.
 * Runs in: listener-dialer.
 */
#include "listener/dialer/connect.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum connect_result
give_up(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
	return CONNECT_FAILED;
}

/* A port of the machine's ephemeral range may be given to the very socket
 * that dials it; TCP then connects the socket with itself. */
static bool
is_own_peer(int fd, const struct handoff_address *address)
{
	struct sockaddr_storage own;
	socklen_t len = sizeof(own);

	if (address->addr.ss_family == AF_UNIX)
		return false;
	memset(&own, 0, sizeof(own));
	return getsockname(fd, (struct sockaddr *)&own, &len) == 0 &&
	    len == address->len && memcmp(&own, &address->addr, len) == 0;
}

enum connect_result
connect_start(const struct handoff_address *address, int type, int *out_fd)
{
	int fd;

	*out_fd = -1;
	fd = socket(address->addr.ss_family,
	    type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return CONNECT_FAILED;
	if (connect(fd, (const struct sockaddr *)&address->addr,
	    address->len) == 0) {
		if (is_own_peer(fd, address)) {
			errno = ECONNREFUSED;
			return give_up(fd);
		}
		*out_fd = fd;
		return CONNECT_READY;
	}
	if (errno == EINPROGRESS || errno == EINTR) {
		*out_fd = fd;
		return CONNECT_PENDING;
	}
	if (errno == EAGAIN && address->addr.ss_family == AF_UNIX) {
		close(fd);
		return CONNECT_RETRY;
	}
	return give_up(fd);
}

int
connect_finish(int fd, const struct handoff_address *address)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		return -1;
	if (error == 0 && is_own_peer(fd, address))
		error = ECONNREFUSED;
	errno = error;
	return error == 0 ? 0 : -1;
}

static void
set_option(int fd, int level, int option, int value)
{
	/* A kernel that refuses a value still gives a usable socket. */
	if (value > 0)
		(void)setsockopt(fd, level, option, &value, sizeof(value));
}

void
connect_set_options(int fd, const struct handoff_dialer *handoff)
{
	int family;
	socklen_t len = sizeof(family);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len) == -1 ||
	    (family != AF_INET && family != AF_INET6))
		return;
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, handoff->tcp_keepalives_idle);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL,
	    handoff->tcp_keepalives_interval);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, handoff->tcp_keepalives_count);
	set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
	    handoff->tcp_user_timeout);
}

void
connect_format(const struct handoff_address *address, char *out, size_t size)
{
	const struct sockaddr_in6 *v6;
	const struct sockaddr_in *v4;
	char host[INET6_ADDRSTRLEN] = "?";

	switch (address->addr.ss_family) {
	case AF_INET:
		v4 = (const struct sockaddr_in *)&address->addr;
		inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
		snprintf(out, size, "%s:%u", host, ntohs(v4->sin_port));
		break;
	case AF_INET6:
		v6 = (const struct sockaddr_in6 *)&address->addr;
		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
		snprintf(out, size, "[%s]:%u", host, ntohs(v6->sin6_port));
		break;
	default:
		snprintf(out, size, "%.*s",
		    (int)sizeof(((struct sockaddr_un *)NULL)->sun_path),
		    ((const struct sockaddr_un *)&address->addr)->sun_path);
		break;
	}
}
