/* SPDX-License-Identifier: ISC */
/*
 * lookup: host names become addresses in a program of their own
 * (listener-resolver), so that the supervisor never parses what a name server
 * says. Blocks up to LOOKUP_DEADLINE_MS for a name.
 * Runs in: postern-listener, at start and reload.
 */
#include "listener/lookup.h"

#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/report.h"

#define STOP_WAIT_MS 1000

_Static_assert(sizeof(struct handoff_resolved) <= REPORT_PAYLOAD_MAX,
    "an answer fits into a report");
_Static_assert(sizeof(struct handoff_name) <= REPORT_PAYLOAD_MAX,
    "a question fits into a report");

void
lookup_open(struct lookup *lookup, const char *program,
    const struct handoff_user *user)
{
	memset(lookup, 0, sizeof(*lookup));
	lookup->program = program;
	lookup->user = *user;
	child_init(&lookup->resolver, "listener-resolver");
}

static int
start(struct lookup *lookup, struct fault *fault)
{
	struct spawn_options options = { .program = lookup->program,
		.title = "postern-listener: resolver", .own_pids = true };

	if (lookup->resolver.pid > 0)
		return 0;
	return child_start(&lookup->resolver, &options, fault);
}

/* The resolver is not believed: every field must be what we asked for. */
static bool
is_answer(const struct report *report, int port, struct handoff_resolved *out)
{
	const struct handoff_address *address;
	in_port_t found;
	uint32_t i;

	if (report->type != REPORT_PAYLOAD ||
	    report->payload_len != sizeof(*out))
		return false;
	memcpy(out, report->payload, sizeof(*out));
	if (out->len < 1 || out->len > HANDOFF_RESOLVED_MAX)
		return false;
	for (i = 0; i < out->len; i++) {
		address = &out->addr[i];
		if (address->addr.ss_family == AF_INET &&
		    address->len == sizeof(struct sockaddr_in))
			found = ((const struct sockaddr_in *)
			    &address->addr)->sin_port;
		else if (address->addr.ss_family == AF_INET6 &&
		    address->len == sizeof(struct sockaddr_in6))
			found = ((const struct sockaddr_in6 *)
			    &address->addr)->sin6_port;
		else
			return false;
		if (found != htons((uint16_t)port))
			return false;
	}
	return true;
}

int
lookup_name(struct lookup *lookup, const char *name, int port,
    struct handoff_resolved *out, struct fault *fault)
{
	struct report report = { .type = REPORT_PAYLOAD,
		.payload_len = sizeof(struct handoff_name) };
	struct handoff_name question = { .user = lookup->user,
		.port = (uint32_t)port };
	struct handoff_resolved answer;

	if (strlen(name) >= sizeof(question.name))
		return fault_set(fault, "host name \"%.60s...\" is too long",
		    name);
	if (start(lookup, fault) == -1)
		return -1;
	memcpy(question.name, name, strlen(name));
	memcpy(report.payload, &question, sizeof(question));
	if (report_send(lookup->resolver.channel, &report, -1) == -1)
		return fault_set(fault, "could not ask listener-resolver: %m");
	if (child_await(&lookup->resolver, LOOKUP_DEADLINE_MS, &report,
	    fault) == -1)
		return -1;
	if (!is_answer(&report, port, &answer))
		return fault_set(fault,
		    "listener-resolver gave a malformed answer for \"%s\"",
		    name);
	*out = answer;
	return 0;
}

void
lookup_close(struct lookup *lookup)
{
	if (lookup->resolver.pid > 0)
		child_stop(&lookup->resolver, STOP_WAIT_MS);
}
