/* SPDX-License-Identifier: ISC */
/*
 * lookup: host names become addresses in a program of their own
 * (listener-resolver). Each question is asked once; its answer is kept.
 * Runs in: postern-listener, at start and reload.
 */
#include "listener/lookup.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fault.h"
#include "common/report.h"

#define STOP_WAIT_MS 100	/* the supervisor's loop waits with it */

struct lookup_answer {
	struct lookup_answer *next;
	struct handoff_name question;
	struct handoff_resolved resolved;
};

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

static const struct lookup_answer *
find(const struct lookup *lookup, const char *name, int port)
{
	const struct lookup_answer *answer;

	for (answer = lookup->answers; answer != NULL; answer = answer->next)
		if (answer != lookup->asked &&
		    answer->question.port == (uint32_t)port &&
		    strcmp(answer->question.name, name) == 0)
			return answer;
	return NULL;
}

static int
ask(struct lookup *lookup, const char *name, int port, struct fault *fault)
{
	struct report report = { .type = REPORT_PAYLOAD,
		.payload_len = sizeof(struct handoff_name) };
	struct lookup_answer *asked = calloc(1, sizeof(*asked));

	if (asked == NULL)
		return fault_set(fault, "out of memory");
	asked->question.user = lookup->user;
	asked->question.port = (uint32_t)port;
	memcpy(asked->question.name, name, strlen(name));
	memcpy(report.payload, &asked->question, sizeof(asked->question));
	if (report_send(lookup->resolver.channel, &report, -1) == -1) {
		free(asked);
		return fault_set(fault, "could not ask listener-resolver: %m");
	}
	asked->next = lookup->answers;
	lookup->answers = lookup->asked = asked;
	lookup->deadline_ms = clock_now_ms() + LOOKUP_DEADLINE_MS;
	return 0;
}

int
lookup_name(struct lookup *lookup, const char *name, int port,
    struct handoff_resolved *out, struct fault *fault)
{
	const struct lookup_answer *known = find(lookup, name, port);

	if (known != NULL) {
		*out = known->resolved;
		return 0;
	}
	if (strlen(name) >= HANDOFF_NAME_MAX)
		return fault_set(fault, "host name \"%.60s...\" is too long",
		    name);
	if (lookup->asked == NULL && (start(lookup, fault) == -1 ||
	    ask(lookup, name, port, fault) == -1))
		return -1;
	return fault_set(fault, "host name \"%s\" is being looked up", name);
}

bool
lookup_is_waiting(const struct lookup *lookup)
{
	return lookup->asked != NULL;
}

int
lookup_take(struct lookup *lookup, struct fault *fault)
{
	struct lookup_answer *asked = lookup->asked;
	int64_t left = lookup->deadline_ms - clock_now_ms();
	struct report report;

	lookup->asked = NULL;
	if (left <= 0)
		return fault_set(fault, "could not look up host name \"%s\" "
		    "within %d ms", asked->question.name, LOOKUP_DEADLINE_MS);
	if (child_await(&lookup->resolver, (int)left, &report, fault) == -1)
		return -1;
	if (!is_answer(&report, (int)asked->question.port, &asked->resolved))
		return fault_set(fault,
		    "listener-resolver gave a malformed answer for \"%s\"",
		    asked->question.name);
	return 0;
}

void
lookup_close(struct lookup *lookup)
{
	struct lookup_answer *answer;

	if (lookup->resolver.pid > 0)
		child_stop(&lookup->resolver, STOP_WAIT_MS);
	lookup->asked = NULL;
	while ((answer = lookup->answers) != NULL) {
		lookup->answers = answer->next;
		free(answer);
	}
}
