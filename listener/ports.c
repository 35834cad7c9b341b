/* SPDX-License-Identifier: ISC */
/*
 * ports: the listening sockets: one per address and worker slot, shared by a
 * generation with the one before it.
 * Runs in: postern-listener.
 */
#include "listener/ports.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log.h"

/* The kernel cuts it to net.core.somaxconn. */
#define PORTS_BACKLOG 16384

static int
port_of(const struct handoff_address *address)
{
	if (address->addr.ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)
		    &address->addr)->sin_port);
	return ntohs(((const struct sockaddr_in6 *)&address->addr)->sin6_port);
}

/* Sets the fault for one step that failed; errno stays as it was. */
static int
step_fault(const char *step, const struct handoff_address *address,
    struct fault *fault)
{
	char text[ADDRESSES_TEXT_MAX];
	int error = errno;

	addresses_format(address, text, sizeof(text));
	errno = error;
	fault_set(fault, "could not %s %s address \"%s\": %m", step,
	    addresses_family_name(address), text);
	if (error == EADDRINUSE)
		fault_hint(fault, "Is another server already running on port "
		    "%d? If it is PostgreSQL, give it another port or "
		    "listen_addresses = '', and let it be the backend_host; "
		    "else wait a few seconds and retry.", port_of(address));
	else if (error == EACCES)
		fault_hint(fault, "Ports below 1024 need root; or set "
		    "\"port\" to another one.");
	errno = error;
	return -1;
}

/* Returns a bound socket, or -1 with the fault and errno. reuse_port: another
 * one may be bound to the same address. */
static int
bind_socket(const struct handoff_address *address, bool reuse_port,
    struct fault *fault)
{
	int fd, one = 1, error;

	fd = socket(address->addr.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return step_fault("create a socket for", address, fault);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one,
	    sizeof(one)) == -1 ||
	    (reuse_port && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one,
	    sizeof(one)) == -1) ||
	    (address->addr.ss_family == AF_INET6 && setsockopt(fd,
	    IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) == -1)) {
		step_fault("set socket options for", address, fault);
		goto fail;
	}
	if (bind(fd, (const struct sockaddr *)&address->addr,
	    address->len) == -1) {
		step_fault("bind", address, fault);
		goto fail;
	}
	return fd;
fail:
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* True for an address, or a whole family, that this machine does not have. */
static int
is_absent(int error)
{
	return error == EADDRNOTAVAIL || error == EAFNOSUPPORT ||
	    error == ENODEV;
}

/* Where ports have that address; len for nowhere. */
static size_t
find(const struct ports *ports, const struct handoff_address *address)
{
	size_t i;

	for (i = 0; i < ports->len; i++)
		if (addresses_are_equal(&ports->address[i], address))
			break;
	return i;
}

static bool
contains(const struct ports *ports, const struct handoff_address *address)
{
	return find(ports, address) < ports->len;
}

/* Does one of our own sockets stand in its way, or it in theirs? */
static bool
overlaps(const struct ports *before, const struct handoff_address *address)
{
	size_t i;

	for (i = 0; i < before->len; i++)
		if (addresses_covers(&before->address[i], address) ||
		    addresses_covers(address, &before->address[i]))
			return true;
	return false;
}

/* Returns 1 if it can be bound, 0 if this machine does not have it, or -1 with
 * the fault. */
static int
probe(const struct handoff_address *address, const struct ports *before,
    struct fault *fault)
{
	int fd;

	if (contains(before, address))
		return 1;
	fd = bind_socket(address, overlaps(before, address), fault);
	if (fd == -1 && !is_absent(errno))
		return -1;
	if (fd == -1) {
		log_fault(LOG_LEVEL_WARNING, fault);
		fault_clear(fault);
		return 0;
	}
	close(fd);
	return 1;
}

/* Keeps in out the wanted addresses that can be bound. */
static int
choose(const struct addresses *wanted, const struct ports *before,
    struct ports *out, struct fault *fault)
{
	size_t i;
	int rc;

	for (i = 0; i < wanted->len; i++) {
		rc = probe(&wanted->item[i], before, fault);
		if (rc == -1)
			return -1;
		if (rc == 1)
			out->address[out->len++] = wanted->item[i];
	}
	if (out->len == 0) {
		fault_set(fault, wanted->len == 0 ?
		    "no socket created for listening" :
		    "could not create any TCP/IP sockets");
		return fault_hint(fault, "Set \"listen_addresses\" to "
		    "addresses of this machine, such as 'localhost' or '*'.");
	}
	return 0;
}

static bool
covers(const struct ports *ports, size_t len,
    const struct handoff_address *address)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (addresses_covers(&ports->address[i], address))
			return true;
	return false;
}

/* Who waits in the queue of such a socket would be refused with its end. */
static void
keep_covered(const struct ports *before, struct ports *out)
{
	size_t i, wanted = out->len;

	for (i = 0; i < before->len && out->len < HANDOFF_LISTEN_MAX; i++)
		if (!contains(out, &before->address[i]) &&
		    covers(out, wanted, &before->address[i]))
			out->address[out->len++] = before->address[i];
}

static int
listen_at(const struct handoff_address *address, struct fault *fault)
{
	int fd;

	fd = bind_socket(address, true, fault);
	if (fd == -1)
		return -1;
	if (listen(fd, PORTS_BACKLOG) == -1) {
		step_fault("listen on", address, fault);
		close(fd);
		return -1;
	}
	return fd;
}

static int
share(int fd, struct fault *fault)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy == -1)
		return fault_set(fault, "could not copy a listening socket's "
		    "descriptor: %m");
	return copy;
}

/* One socket: that of before, if it has it. */
static int
open_one(const struct ports *out, const struct ports *before, size_t slot,
    size_t i, struct fault *fault)
{
	size_t at = find(before, &out->address[i]);

	return at < before->len && slot < before->slots ?
	    share(before->fds[slot][at], fault) :
	    listen_at(&out->address[i], fault);
}

static int
open_all(const struct ports *before, struct ports *out, struct fault *fault)
{
	size_t slot, i;

	for (slot = 0; slot < out->slots; slot++) {
		for (i = 0; i < out->len; i++) {
			out->fds[slot][i] = open_one(out, before, slot, i,
			    fault);
			if (out->fds[slot][i] == -1)
				return -1;
		}
	}
	return 0;
}

static int
refuse_many(const struct ports *ports, size_t workers, struct fault *fault)
{
	size_t most = ports_count(ports, 0, workers);

	if (most <= HANDOFF_SOCKETS_MAX)
		return 0;
	fault_set(fault, "too many listening sockets for %zu worker%s: %zu",
	    workers, workers == 1 ? "" : "s", most);
	fault_detail(fault, "They stem from when there were more workers, and "
	    "clients may wait in their queues.");
	return fault_hint(fault, "Set \"workers\" to more, or restart.");
}

int
ports_open(const struct addresses *wanted, size_t workers,
    const struct ports *before, struct ports *out, struct fault *fault)
{
	static const struct ports none;

	memset(out, 0, sizeof(*out));
	memset(out->fds, -1, sizeof(out->fds));
	if (before == NULL)
		before = &none;
	if (choose(wanted, before, out, fault) == -1) {
		out->len = 0;
		return -1;
	}
	keep_covered(before, out);
	out->slots = workers > before->slots ? workers : before->slots;
	if (refuse_many(out, workers, fault) == 0 &&
	    open_all(before, out, fault) == 0)
		return 0;
	ports_close(out);
	return -1;
}

/* The sockets of slots that no worker has of its own are shared out. */
size_t
ports_list(const struct ports *ports, size_t worker, size_t workers, int *out)
{
	size_t slot, i, n = 0;

	for (slot = worker; slot < ports->slots; slot += workers)
		for (i = 0; i < ports->len; i++)
			out[n++] = ports->fds[slot][i];
	return n;
}

size_t
ports_count(const struct ports *ports, size_t worker, size_t workers)
{
	size_t slot, n = 0;

	for (slot = worker; slot < ports->slots; slot += workers)
		n += ports->len;
	return n;
}

static void
log_those(const struct ports *ports, const struct ports *but, const char *what)
{
	char text[ADDRESSES_TEXT_MAX];
	size_t i;

	for (i = 0; i < ports->len; i++) {
		if (but != NULL && contains(but, &ports->address[i]))
			continue;
		addresses_format(&ports->address[i], text, sizeof(text));
		log_write(LOG_LEVEL_LOG, "%s %s address \"%s\", port %d", what,
		    addresses_family_name(&ports->address[i]), text,
		    port_of(&ports->address[i]));
	}
}

void
ports_log(const struct ports *ports, const struct ports *before)
{
	log_those(ports, before, "listening on");
	if (before != NULL)
		log_those(before, ports, "no longer listening on");
}

void
ports_close(struct ports *ports)
{
	size_t slot, i;

	for (slot = 0; slot < ports->slots; slot++) {
		for (i = 0; i < ports->len; i++) {
			if (ports->fds[slot][i] != -1)
				close(ports->fds[slot][i]);
			ports->fds[slot][i] = -1;
		}
	}
	ports->slots = 0;
	ports->len = 0;
}
