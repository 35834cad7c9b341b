/* SPDX-License-Identifier: ISC */
/*
 * unlocking: keyd-unlock as its caller has it: started on a terminal or
 * without one, told what to unlock, and gone once the key is in the memory.
 * Runs in: postern-keyd, posternctl.
 */
#include "keyd/unlocking.h"

#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "common/fault.h"
#include "common/report.h"
#include "keyd/signals.h"

#define NAME "keyd-unlock"
#define STOP_REPEAT_MS 200
#define STOP_WAIT_MS 1000

_Static_assert(sizeof(struct handoff_unlock) <= REPORT_PAYLOAD_MAX,
    "a request fits a report");

void
unlocking_init(struct unlocking *unlocking)
{
	child_init(&unlocking->child, NAME);
}

int
unlocking_start(struct unlocking *unlocking,
    const struct handoff_unlock *request, int memory, struct fault *fault)
{
	const struct spawn_options options = {
		.program = PROGRAMDIR "/" NAME,
		.title = "postern-keyd: unlock",
		.fds = &memory,
		.fds_len = 1,
		.keep_terminal = true,
		.memlock = true,
	};
	struct report report = { .type = REPORT_PAYLOAD,
		.payload_len = sizeof(*request) };

	if (child_start(&unlocking->child, &options, fault) == -1)
		return -1;
	memcpy(report.payload, request, sizeof(*request));
	if (report_send(unlocking->child.channel, &report, -1) == -1)
		return fault_set(fault, "could not tell %s which key to "
		    "unlock: %m", NAME);
	return 0;
}

int
unlocking_check_key(struct handoff_key *key, struct fault *fault)
{
	key->kind[sizeof(key->kind) - 1] = '\0';
	if (key->key_len == 0 || key->key_len > HANDOFF_SECRET_SIZE ||
	    key->identity.spki_len == 0 ||
	    key->identity.spki_len > KEYWIRE_SPKI_MAX)
		return fault_set(fault, "%s sent a length out of bounds",
		    NAME);
	return 0;
}

static int
take_key(const struct report *report, struct handoff_key *out,
    struct fault *fault)
{
	struct handoff_key key;

	if (report->type != REPORT_PAYLOAD ||
	    report->payload_len != sizeof(key))
		return fault_set(fault, "%s sent a report of another kind",
		    NAME);
	memcpy(&key, report->payload, sizeof(key));
	if (unlocking_check_key(&key, fault) == -1)
		return -1;
	*out = key;
	return 0;
}

static int
await_end(struct child *child, struct fault *fault)
{
	char text[64];
	int status;

	while (waitpid(child->pid, &status, 0) == -1)
		if (errno != EINTR)
			return fault_set(fault, "could not wait for %s: %m",
			    NAME);
	child_reap(child, status);
	if (status == 0)
		return 0;
	child_format_status(status, text, sizeof(text));
	return fault_set(fault, "%s %s", NAME, text);
}

int
unlocking_read(struct unlocking *unlocking, struct handoff_key *out,
    struct fault *fault)
{
	struct handoff_key key;
	struct report report;

	if (child_await(&unlocking->child, 0, &report, fault) == -1 ||
	    take_key(&report, &key, fault) == -1 ||
	    await_end(&unlocking->child, fault) == -1)
		return -1;
	*out = key;
	return 0;
}

/* The signal that came last and is for unlock, else the one before. */
static int
read_stop(int signals, int before)
{
	int signo, stop = before;

	while ((signo = signals_read(signals)) != 0)
		if (signo != SIGCHLD)
			stop = signo;
	return stop;
}

/*
 * A signal that says stop is repeated until unlock ends: readpassphrase(3)
 * misses one that comes just before it reads.
 */
int
unlocking_await(struct unlocking *unlocking, int signals,
    struct handoff_key *out, struct fault *fault)
{
	struct child *child = &unlocking->child;
	int stop = 0;

	for (;;) {
		struct pollfd p[] = {
			{ .fd = child->channel, .events = POLLIN },
			{ .fd = child->log, .events = POLLIN },
			{ .fd = signals, .events = POLLIN },
		};

		if (poll(p, 3, stop == 0 ? -1 : STOP_REPEAT_MS) == -1) {
			if (errno == EINTR)
				continue;
			return fault_set(fault, "could not wait for %s: %m",
			    NAME);
		}
		if (p[0].revents != 0)
			return unlocking_read(unlocking, out, fault);
		if (p[1].revents != 0)
			child_read_log(child);
		stop = read_stop(signals, stop);
		if (stop != 0)
			kill(child->pid, stop);
	}
}

/* The signal ends its question, the closed channel all else. */
void
unlocking_stop(struct unlocking *unlocking)
{
	if (unlocking->child.pid != 0)
		kill(unlocking->child.pid, SIGTERM);
	child_stop(&unlocking->child, STOP_WAIT_MS);
}
