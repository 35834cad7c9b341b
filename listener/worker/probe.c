/* SPDX-License-Identifier: ISC */
/*
 * probe: a StartupMessage of our own, and the server's first answer. Nothing
 * is sent after that: no session begins.
 * Runs in: listener-worker, the first one of a start.
 */
#include "listener/worker/probe.h"

#include <sys/socket.h>

#include <event2/event.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log.h"
#include "common/pg/hba_image.h"
#include "common/pg/hba_method.h"
#include "listener/worker/worker.h"

#define DATABASE "postgres"
/* No role of a server has it: nobody's session is like this one. */
#define STRANGER "postern_probe"
#define LINES_HINT "postern.conf(5) has the lines that the server needs for " \
	"\"backend_cert_host\"."

static const char *
user_of(const struct probe *probe)
{
	return probe->route == HANDOFF_ROUTE_CERT ? STRANGER :
	    probe->worker->handoff->probe_user;
}

static void
warn(const struct probe *probe, struct fault *fault)
{
	if (fault->detail[0] == '\0')
		(void)fault_detail(fault, "It was asked as user \"%s\", "
		    "database \"" DATABASE "\".", user_of(probe));
	log_fault(LOG_LEVEL_WARNING, fault);
}

/* Is there a rule under which the server must ask for something? */
static bool
is_question_wanted(const struct worker *worker)
{
	const struct hba_image *image = worker->rules.image;
	const struct hba_rule *rule;
	uint32_t i;

	for (i = 0; image != NULL && i < image->rules_len; i++) {
		rule = hba_image_rule(image, i);
		if (hba_image_may_match(rule) && rule->method != HBA_REJECT &&
		    !hba_method_may_ask((enum hba_method)rule->method, 0))
			return true;
	}
	return false;
}

static void
judge_ordinary(const struct probe *probe, uint32_t kind)
{
	struct fault fault = { 0 };

	if (kind != 0 || !is_question_wanted(probe->worker))
		return;
	(void)fault_set(&fault, "server behind asked for no authentication; "
	    "its pg_hba.conf has trust or peer for this route");
	(void)fault_detail(&fault, "It let in user \"%s\" without a question. "
	    "Sessions under rules that leave authentication to it are ended.",
	    user_of(probe));
	(void)fault_hint(&fault, "Give it a rule that asks for a password, as "
	    "\"local all all scram-sha-256\", or these rules the method "
	    "trust.");
	warn(probe, &fault);
}

static void
judge_cert(const struct probe *probe, uint32_t kind)
{
	struct fault fault = { 0 };

	if (kind == 0)
		(void)fault_set(&fault, "server behind lets everybody in on "
		    "the route of the method cert");
	else
		(void)fault_set(&fault, "server behind asks for a password on "
		    "the route of the method cert");
	(void)fault_hint(&fault, LINES_HINT);
	warn(probe, &fault);
}

/* That user is nobody's on the cert route: there a refusal is as it should be;
 * on the other it may be meant for that user alone. */
static void
judge_refusal(const struct probe *probe, const struct fault *refusal)
{
	struct fault fault = { 0 };
	bool is_authorization = strncmp(refusal->sqlstate, "28", 2) == 0;

	if (probe->route == HANDOFF_ROUTE_CERT && is_authorization)
		return;
	(void)fault_set(&fault, "server behind refuses a session: %s",
	    refusal->what);
	if (is_authorization)
		(void)fault_hint(&fault, "Its pg_hba.conf needs a rule for "
		    "this route that asks for a password, as \"local all all "
		    "scram-sha-256\".");
	if (is_authorization && !probe->worker->handoff->is_check) {
		log_fault(LOG_LEVEL_INFO, &fault);
		return;
	}
	warn(probe, &fault);
}

static void
judge_silence(const struct probe *probe, const char *how)
{
	struct fault fault = { 0 };

	(void)fault_set(&fault, "server behind %s", how);
	(void)fault_hint(&fault, "Do \"backend_host\" and \"backend_port\" "
	    "lead to PostgreSQL?");
	warn(probe, &fault);
}

static void
end(struct probe *probe)
{
	probe->is_over = true;
	dial_abandon(&probe->dial);
	(void)event_del(&probe->deadline);
	if (!probe->is_connected)
		return;
	(void)event_del(&probe->readable);
	(void)close(probe->fd);
	probe->is_connected = false;
}

static void
judge_answer(struct probe *probe)
{
	struct fault refusal = { 0 };
	uint32_t kind = 0;

	switch (ask_read_answer(probe->answer, probe->answer_len, &kind,
	    &refusal)) {
	case ASK_MORE:
		return;
	case ASK_AUTHENTICATION:
		if (probe->route == HANDOFF_ROUTE_CERT)
			judge_cert(probe, kind);
		else
			judge_ordinary(probe, kind);
		break;
	case ASK_REFUSED:
		judge_refusal(probe, &refusal);
		break;
	case ASK_BROKEN:
		judge_silence(probe, "does not speak PostgreSQL's protocol");
		break;
	}
	end(probe);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct probe *probe = arg;
	ssize_t n;

	(void)what;
	n = recv(fd, probe->answer + probe->answer_len,
	    sizeof(probe->answer) - probe->answer_len, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		judge_silence(probe, "closed the connection without a word");
		end(probe);
		return;
	}
	probe->answer_len += (size_t)n;
	judge_answer(probe);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct probe *probe = arg;

	(void)fd;
	(void)what;
	judge_silence(probe, "did not answer in time");
	end(probe);
}

static void
on_answer(struct dial_request *request, int fd, int error, const char *address)
{
	struct probe *probe = (struct probe *)(void *)((char *)request -
	    offsetof(struct probe, dial));
	unsigned char startup[ASK_STARTUP_MAX];
	struct fault fault = { 0 };
	size_t len;

	if (fd == -1) {
		(void)fault_set(&fault, "could not connect to the server at "
		    "\"%s\": %s", address, strerror(error));
		(void)fault_hint(&fault, "Is the server running there and "
		    "accepting connections?");
		log_fault(LOG_LEVEL_WARNING, &fault);
		end(probe);
		return;
	}
	probe->fd = fd;
	probe->is_connected = true;
	(void)event_assign(&probe->readable, probe->worker->base, fd,
	    EV_READ | EV_PERSIST, on_readable, probe);
	(void)event_add(&probe->readable, NULL);
	/* A new socket has room for it; what goes wrong is read. */
	len = ask_write_startup(user_of(probe), DATABASE, startup);
	(void)send(fd, startup, len, MSG_NOSIGNAL);
}

void
probe_start(struct probe *probe, struct worker *worker,
    enum handoff_route route)
{
	struct timeval limit = { .tv_sec = PROBE_LIMIT_S };

	probe->worker = worker;
	probe->route = route;
	(void)evtimer_assign(&probe->deadline, worker->base, on_deadline,
	    probe);
	(void)evtimer_add(&probe->deadline, &limit);
	dial_start(&worker->dials[route], &probe->dial, DIALWIRE_BACKEND,
	    on_answer);
}
