/* SPDX-License-Identifier: ISC */
/*
 * metrics_address: where metrics_listen says that the metrics are served.
 * Pure.
 * Runs in: postern-listener, at start.
 */
#include "listener/metrics_address.h"

#include <sys/un.h>

#include <netinet/in.h>

#include <arpa/inet.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"
#include "listener/handoff.h"

#define HINT "Name it as \"127.0.0.1:9187\" or \"[::1]:9187\", or give the " \
	"absolute path of a Unix socket."

static int
refuse(const char *value, const char *why, struct fault *fault)
{
	fault_set(fault, "invalid value for parameter \"metrics_listen\": "
	    "\"%s\"", value);
	fault_detail(fault, "%s", why);
	return fault_hint(fault, "%s", HINT);
}

static int
set_path(const char *value, struct handoff_address *out, struct fault *fault)
{
	struct sockaddr_un *addr = (struct sockaddr_un *)&out->addr;

	/* It is bound as ".NAME" at first. */
	if (strlen(value) + 2 > sizeof(addr->sun_path))
		return refuse(value, "The path is too long for a socket.",
		    fault);
	addr->sun_family = AF_UNIX;
	memcpy(addr->sun_path, value, strlen(value) + 1);
	out->len = sizeof(*addr);
	return 0;
}

/* 0 for what is no port. */
static uint16_t
read_port(const char *text)
{
	char *end;
	long port = strtol(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || port > 65535)
		return 0;
	return (uint16_t)port;
}

/* The host without brackets; false if there is no port behind it. */
static bool
split(const char *value, char *host, size_t size, uint16_t *out_port)
{
	const char *colon = strrchr(value, ':');
	size_t len;

	if (colon == NULL || (*out_port = read_port(colon + 1)) == 0)
		return false;
	len = (size_t)(colon - value);
	if (len > 2 && value[0] == '[' && value[len - 1] == ']') {
		value++;
		len -= 2;
	}
	if (len == 0 || len >= size)
		return false;
	memcpy(host, value, len);
	host[len] = '\0';
	return true;
}

int
metrics_address_parse(const char *value, struct handoff_address *out,
    struct fault *fault)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&out->addr;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&out->addr;
	char host[64];
	uint16_t port;

	memset(out, 0, sizeof(*out));
	if (value[0] == '/')
		return set_path(value, out, fault);
	if (!split(value, host, sizeof(host), &port))
		return refuse(value, "It has no address and port.", fault);
	if (strcmp(host, "localhost") == 0)
		memcpy(host, "127.0.0.1", sizeof("127.0.0.1"));
	if (inet_pton(AF_INET, host, &in->sin_addr) == 1 &&
	    ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		out->len = sizeof(*in);
		return 0;
	}
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET6, host, &in6->sin6_addr) == 1 &&
	    IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr)) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		out->len = sizeof(*in6);
		return 0;
	}
	memset(out, 0, sizeof(*out));
	return refuse(value, "Metrics are served to this machine alone: at an "
	    "address of the loopback interface, or a Unix socket.", fault);
}
