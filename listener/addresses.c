/* SPDX-License-Identifier: ISC */
/*
 * addresses: lists of addresses in postern.conf as sockaddrs.
 * At start and reload only.
 * Runs in: postern-listener.
 */
#include "listener/addresses.h"

#include <sys/un.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "listener/lookup.h"

/* A list that is being read. */
struct list_reader {
	const struct addresses_list *list;
	size_t max;			/* addresses */
	struct lookup *lookup;
	struct addresses *out;
};

static const struct sockaddr_in *
as_ipv4(const struct handoff_address *address)
{
	return (const struct sockaddr_in *)&address->addr;
}

static const struct sockaddr_in6 *
as_ipv6(const struct handoff_address *address)
{
	return (const struct sockaddr_in6 *)&address->addr;
}

static in_port_t
port_of(const struct handoff_address *address)
{
	return address->addr.ss_family == AF_INET ?
	    as_ipv4(address)->sin_port : as_ipv6(address)->sin6_port;
}

bool
addresses_are_equal(const struct handoff_address *a,
    const struct handoff_address *b)
{
	const struct sockaddr_in6 *a6 = as_ipv6(a), *b6 = as_ipv6(b);

	if (a->addr.ss_family != b->addr.ss_family)
		return false;
	switch (a->addr.ss_family) {
	case AF_INET:
		return as_ipv4(a)->sin_port == as_ipv4(b)->sin_port &&
		    as_ipv4(a)->sin_addr.s_addr == as_ipv4(b)->sin_addr.s_addr;
	case AF_INET6:
		return a6->sin6_port == b6->sin6_port &&
		    a6->sin6_scope_id == b6->sin6_scope_id &&
		    IN6_ARE_ADDR_EQUAL(&a6->sin6_addr, &b6->sin6_addr);
	default:
		return a->len == b->len && memcmp(&a->addr, &b->addr,
		    a->len) == 0;
	}
}

static bool
contains(const struct addresses *addresses,
    const struct handoff_address *address)
{
	size_t i;

	for (i = 0; i < addresses->len; i++)
		if (addresses_are_equal(&addresses->item[i], address))
			return true;
	return false;
}

static int
add(const struct list_reader *reader, const struct handoff_address *address,
    struct fault *fault)
{
	struct addresses *out = reader->out;

	if (contains(out, address))
		return 0;
	if (out->len == reader->max) {
		fault_set(fault, "parameter \"%s\" has too many addresses",
		    reader->list->setting);
		return fault_hint(fault, "At most %zu are possible.",
		    reader->max);
	}
	out->item[out->len++] = *address;
	return 0;
}

static int
add_resolved(const struct list_reader *reader,
    const struct handoff_resolved *resolved, struct fault *fault)
{
	uint32_t i;

	for (i = 0; i < resolved->len; i++)
		if (add(reader, &resolved->addr[i], fault) == -1)
			return -1;
	return 0;
}

/* A numeric address, which nobody needs to be asked about. */
static int
parse_numeric(const char *item, int port, struct handoff_address *out)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *found;
	char service[16];

	snprintf(service, sizeof(service), "%d", port);
	if (getaddrinfo(item, service, &hints, &found) != 0)
		return -1;
	memset(out, 0, sizeof(*out));
	out->len = found->ai_addrlen;
	memcpy(&out->addr, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return 0;
}

static int
add_host(const struct list_reader *reader, const char *item,
    struct fault *fault)
{
	struct handoff_resolved resolved;
	struct handoff_address address;

	if (parse_numeric(item, reader->list->port, &address) == 0)
		return add(reader, &address, fault);
	if (lookup_name(reader->lookup, item, reader->list->port, &resolved,
	    fault) == -1)
		return -1;
	return add_resolved(reader, &resolved, fault);
}

static int
add_listen(const struct list_reader *reader, const char *item,
    struct fault *fault)
{
	struct handoff_address any;

	if (strcmp(item, "*") != 0)
		return add_host(reader, item, fault);
	parse_numeric("0.0.0.0", reader->list->port, &any);
	if (add(reader, &any, fault) == -1)
		return -1;
	parse_numeric("::", reader->list->port, &any);
	return add(reader, &any, fault);
}

static int
add_backend(const struct list_reader *reader, const char *item,
    struct fault *fault)
{
	struct handoff_address address;
	char path[HANDOFF_TEXT_MAX + 32];

	if (item[0] != '/')
		return add_host(reader, item, fault);
	snprintf(path, sizeof(path), "%s/.s.PGSQL.%d",
	    strcmp(item, "/") == 0 ? "" : item, reader->list->port);
	if (addresses_set_unix(path, &address, fault) == -1)
		return -1;
	return add(reader, &address, fault);
}

static int
list_fault(const struct list_reader *reader, struct fault *fault)
{
	fault_set(fault, "invalid list syntax in parameter \"%s\"",
	    reader->list->setting);
	fault_detail(fault, "The value is \"%s\".", reader->list->value);
	return fault_hint(fault,
	    "Items are separated by single commas, such as \"%s\".",
	    "127.0.0.1, ::1");
}

/* Calls each with every item, its blanks taken off. */
static int
read_list(const struct list_reader *reader,
    int (*each)(const struct list_reader *, const char *, struct fault *),
    struct fault *fault)
{
	const char *at = reader->list->value, *end;
	char item[HANDOFF_TEXT_MAX];
	size_t len;

	reader->out->len = 0;
	if (at[strspn(at, " \t")] == '\0')
		return 0;
	for (;;) {
		at += strspn(at, " \t");
		end = at + strcspn(at, ",");
		len = (size_t)(end - at);
		while (len > 0 && isspace((unsigned char)at[len - 1]))
			len--;
		if (len == 0 || len >= sizeof(item))
			return list_fault(reader, fault);
		memcpy(item, at, len);
		item[len] = '\0';
		if (each(reader, item, fault) == -1)
			return -1;
		if (*end == '\0')
			return 0;
		at = end + 1;
	}
}

int
addresses_parse_listen(const struct addresses_list *list,
    struct lookup *lookup, struct addresses *out, struct fault *fault)
{
	struct list_reader reader = { .list = list,
		.max = HANDOFF_LISTEN_MAX, .lookup = lookup, .out = out };

	return read_list(&reader, add_listen, fault);
}

int
addresses_parse_backend(const struct addresses_list *list,
    struct lookup *lookup, struct addresses *out, struct fault *fault)
{
	struct list_reader reader = { .list = list,
		.max = HANDOFF_ADDRESSES_MAX, .lookup = lookup, .out = out };

	if (read_list(&reader, add_backend, fault) == -1)
		return -1;
	if (out->len == 0) {
		fault_set(fault, "parameter \"%s\" is empty", list->setting);
		return fault_hint(fault, "Set it to the directory of the "
		    "server's Unix socket or to the server's address.");
	}
	return 0;
}

int
addresses_set_unix(const char *path, struct handoff_address *out,
    struct fault *fault)
{
	struct sockaddr_un *addr = (struct sockaddr_un *)&out->addr;
	size_t len = strlen(path);

	if (len >= sizeof(addr->sun_path)) {
		return fault_set(fault, "Unix-domain socket path \"%s\" is too "
		    "long (maximum %zu bytes)", path,
		    sizeof(addr->sun_path) - 1);
	}
	memset(out, 0, sizeof(*out));
	addr->sun_family = AF_UNIX;
	memcpy(addr->sun_path, path, len + 1);
	out->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len +
	    1);
	return 0;
}

const struct handoff_address *
addresses_find_common(const struct addresses *a, const struct addresses *b)
{
	size_t i;

	for (i = 0; i < a->len; i++)
		if (contains(b, &a->item[i]))
			return &a->item[i];
	return NULL;
}

bool
addresses_has_unix(const struct addresses *addresses)
{
	size_t i;

	for (i = 0; i < addresses->len; i++)
		if (addresses->item[i].addr.ss_family == AF_UNIX)
			return true;
	return false;
}

static bool
is_any(const struct handoff_address *address)
{
	if (address->addr.ss_family == AF_INET)
		return as_ipv4(address)->sin_addr.s_addr == INADDR_ANY;
	return IN6_IS_ADDR_UNSPECIFIED(&as_ipv6(address)->sin6_addr);
}

bool
addresses_covers(const struct handoff_address *wide,
    const struct handoff_address *address)
{
	return wide->addr.ss_family == address->addr.ss_family &&
	    wide->addr.ss_family != AF_UNIX && is_any(wide) &&
	    port_of(wide) == port_of(address);
}

/* The kernel knows best which addresses are this machine's: those that a
 * socket can be bound to. */
static bool
is_local(const struct handoff_address *address)
{
	struct handoff_address free_port = *address;
	bool local;
	int fd;

	if (address->addr.ss_family == AF_INET)
		((struct sockaddr_in *)&free_port.addr)->sin_port = 0;
	else
		((struct sockaddr_in6 *)&free_port.addr)->sin6_port = 0;
	fd = socket(address->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return false;
	local = bind(fd, (const struct sockaddr *)&free_port.addr,
	    free_port.len) == 0;
	close(fd);
	return local;
}

bool
addresses_may_loop(const struct addresses *listening,
    const struct handoff_address *backend)
{
	const struct handoff_address *own;
	size_t i;

	if (backend->addr.ss_family == AF_UNIX)
		return false;
	for (i = 0; i < listening->len; i++) {
		own = &listening->item[i];
		if (addresses_are_equal(own, backend))
			return true;
		if (own->addr.ss_family == backend->addr.ss_family &&
		    port_of(own) == port_of(backend) && is_any(own) &&
		    is_local(backend))
			return true;
	}
	return false;
}

void
addresses_format(const struct handoff_address *address, char *out, size_t size)
{
	const struct sockaddr_un *path =
	    (const struct sockaddr_un *)&address->addr;

	if (address->addr.ss_family == AF_UNIX)
		snprintf(out, size, "%s", path->sun_path);
	else if (getnameinfo((const struct sockaddr *)&address->addr,
	    address->len, out, (socklen_t)size, NULL, 0, NI_NUMERICHOST) != 0)
		snprintf(out, size, "???");
}

const char *
addresses_family_name(const struct handoff_address *address)
{
	switch (address->addr.ss_family) {
	case AF_INET:
		return "IPv4";
	case AF_INET6:
		return "IPv6";
	default:
		return "Unix";
	}
}
