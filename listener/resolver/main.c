/* SPDX-License-Identifier: ISC */
/*
 * listener-resolver: looks up the names of listen_addresses and backend_host
 * for its supervisor, as an unprivileged user, and ends.
 * Runs in: listener-resolver.
 */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/landlock.h"
#include "common/layers.h"
#include "common/log.h"
#include "common/namespaces.h"
#include "common/privs.h"
#include "common/report.h"
#include "common/spawn.h"
#include "listener/handoff.h"
#include "listener/handoff_name.h"

#define RESOLVER_FILES_MAX 64

/* Returns 1 with a question, 0 at the channel's end, -1 with the fault. */
static int
read_question(struct handoff_name *out, struct fault *fault)
{
	struct report report;
	int fd, n;

	n = report_receive(HANDOFF_FD_CHANNEL, &report, &fd);
	if (n == -1)
		return fault_set(fault, "could not receive a question: %m");
	if (n == 0)
		return 0;
	if (fd != -1)
		close(fd);
	if (report.type != REPORT_PAYLOAD ||
	    report.payload_len != sizeof(*out))
		return fault_set(fault, "received a malformed question");
	memcpy(out, report.payload, sizeof(*out));
	out->name[sizeof(out->name) - 1] = '\0';
	return 1;
}

/* The modules of the name service read files and ask servers, which ones is
 * the administrator's choice: no list of system calls would fit them all. */
static int
confine(const struct handoff_user *user, struct fault *fault)
{
	static const struct landlock_options landlock = {
		.reads_files = true, .keeps_network = true
	};
	struct layers layers = { 0 };
	struct privs_user privs = { .uid = user->uid, .gid = user->gid };

	namespaces_note_pids(&layers);
	if (user->change_user && privs_become(&privs, fault) == -1)
		return -1;
	if (privs_limit(RESOLVER_FILES_MAX, fault) == -1 ||
	    landlock_restrict(&landlock, &layers, fault) == -1)
		return -1;
	layers_log(&layers);
	return 0;
}

static void
collect(const struct addrinfo *found, struct handoff_resolved *out)
{
	struct handoff_address *address;

	memset(out, 0, sizeof(*out));
	for (; found != NULL && out->len < HANDOFF_RESOLVED_MAX;
	    found = found->ai_next) {
		if (found->ai_family != AF_INET && found->ai_family != AF_INET6)
			continue;
		address = &out->addr[out->len++];
		address->len = found->ai_addrlen;
		memcpy(&address->addr, found->ai_addr, found->ai_addrlen);
	}
}

static int
resolve(const struct handoff_name *question, struct handoff_resolved *out,
    struct fault *fault)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *found;
	char service[16];
	int error;

	snprintf(service, sizeof(service), "%u", question->port);
	error = getaddrinfo(question->name, service, &hints, &found);
	if (error != 0) {
		fault_set(fault,
		    "could not translate host name \"%s\" to address: %s",
		    question->name, error == EAI_SYSTEM ? strerror(errno) :
		    gai_strerror(error));
		return -1;
	}
	collect(found, out);
	freeaddrinfo(found);
	if (out->len == 0)
		return fault_set(fault, "host name \"%s\" has no address",
		    question->name);
	return 0;
}

/* Answers until the supervisor closes the channel. */
static int
serve(struct fault *fault)
{
	struct report report = { .type = REPORT_PAYLOAD,
		.payload_len = sizeof(struct handoff_resolved) };
	struct handoff_resolved resolved;
	struct handoff_name question;
	int n;

	n = read_question(&question, fault);
	if (n == 1 && confine(&question.user, fault) == -1)
		return -1;
	for (; n == 1; n = read_question(&question, fault)) {
		if (resolve(&question, &resolved, fault) == -1)
			return -1;
		memcpy(report.payload, &resolved, sizeof(resolved));
		if (report_send(HANDOFF_FD_CHANNEL, &report, -1) == -1)
			return fault_set(fault, "could not answer: %m");
	}
	return n;
}

int
main(void)
{
	struct fault fault = { 0 };

	log_open("listener-resolver");
	if (spawn_take("listener-resolver", 2, &fault) == -1) {
		log_fault(LOG_LEVEL_FATAL, &fault);
		return 1;
	}
	log_open_channel(HANDOFF_FD_LOG);
	if (serve(&fault) == -1) {
		report_send_type(HANDOFF_FD_CHANNEL, REPORT_FAULT, &fault);
		return 1;
	}
	return 0;
}
