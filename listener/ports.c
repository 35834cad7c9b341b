/* SPDX-License-Identifier: ISC */
/*
 * ports: the listening sockets: one per address and worker slot, bound once
 * and held for the supervisor's life, so that no queue of connections is lost
 * when a worker dies or a generation ends.
 * Runs in: postern-listener.
 */
#include "listener/ports.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
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
bind_socket(const struct handoff_address *address, int reuse_port,
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

/* Keeps in out the wanted addresses that can be bound. */
static int
probe(const struct addresses *wanted, struct ports *out, struct fault *fault)
{
	size_t i;
	int fd;

	for (i = 0; i < wanted->len; i++) {
		fd = bind_socket(&wanted->item[i], 0, fault);
		if (fd == -1 && !is_absent(errno))
			return -1;
		if (fd == -1) {
			log_fault(LOG_LEVEL_WARNING, fault);
			fault_clear(fault);
			continue;
		}
		close(fd);
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

static int
listen_at(const struct handoff_address *address, int *out,
    struct fault *fault)
{
	int fd;

	fd = bind_socket(address, 1, fault);
	if (fd == -1)
		return -1;
	if (listen(fd, PORTS_BACKLOG) == -1) {
		step_fault("listen on", address, fault);
		close(fd);
		return -1;
	}
	*out = fd;
	return 0;
}

int
ports_open(const struct addresses *wanted, size_t slots, struct ports *out,
    struct fault *fault)
{
	size_t slot, i;

	memset(out, 0, sizeof(*out));
	memset(out->fds, -1, sizeof(out->fds));
	if (probe(wanted, out, fault) == -1)
		return -1;
	out->slots = slots;
	for (slot = 0; slot < slots; slot++) {
		for (i = 0; i < out->len; i++) {
			if (listen_at(&out->address[i], &out->fds[slot][i],
			    fault) == -1) {
				ports_close(out);
				return -1;
			}
		}
	}
	return 0;
}

void
ports_log(const struct ports *ports)
{
	char text[ADDRESSES_TEXT_MAX];
	size_t i;

	for (i = 0; i < ports->len; i++) {
		addresses_format(&ports->address[i], text, sizeof(text));
		log_write(LOG_LEVEL_LOG,
		    "listening on %s address \"%s\", port %d",
		    addresses_family_name(&ports->address[i]), text,
		    port_of(&ports->address[i]));
	}
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
