/* SPDX-License-Identifier: ISC */
/*
 * vault: the memory that holds the key, and how the unlock program fills it.
 * This process has its descriptor and its description, never its bytes.
 * Runs in: postern-keyd.
 */
#include "keyd/vault.h"

#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/child.h"
#include "common/fault.h"
#include "common/notify.h"
#include "common/report.h"
#include "keyd/settings.h"
#include "keyd/signals.h"

#define UNLOCK_NAME "keyd-unlock"
#define STOP_REPEAT_MS 200

static int
start_unlock(struct child *child, const struct secret *secret,
    struct fault *fault)
{
	const struct spawn_options options = {
		.program = PROGRAMDIR "/" UNLOCK_NAME,
		.title = "postern-keyd: unlock",
		.fds = &secret->fd,
		.fds_len = 1,
		.keep_terminal = true,
		.memlock = true,
	};

	return child_start(child, &options, fault);
}

static int
send_request(const struct child *child, const struct settings *settings,
    struct fault *fault)
{
	struct report report = { .type = REPORT_PAYLOAD,
		.payload_len = sizeof(struct handoff_unlock) };
	struct handoff_unlock request = { 0 };

	snprintf(request.key_file, sizeof(request.key_file), "%s",
	    settings->ssl_key_file);
	snprintf(request.passphrase_command,
	    sizeof(request.passphrase_command), "%s",
	    settings->ssl_passphrase_command);
	request.has_agents = notify_is_open();
	memcpy(report.payload, &request, sizeof(request));
	if (report_send(child->channel, &report, -1) == -1)
		return fault_set(fault, "could not tell %s which key to "
		    "unlock: %m", child->name);
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
 * A person may take any time to answer: there is no deadline. A signal that
 * says stop is repeated until unlock ends: readpassphrase(3) misses one that
 * comes just before it reads.
 */
static int
await_report(struct child *child, int signals, struct report *out,
    struct fault *fault)
{
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
			    child->name);
		}
		if (p[0].revents != 0)
			return child_await(child, 0, out, fault);
		if (p[1].revents != 0)
			child_read_log(child);
		stop = read_stop(signals, stop);
		if (stop != 0)
			kill(child->pid, stop);
	}
}

/* Its end proves that nobody but the secret memory has the key now. */
static int
await_end(struct child *child, struct fault *fault)
{
	char text[64];
	int status;

	while (waitpid(child->pid, &status, 0) == -1)
		if (errno != EINTR)
			return fault_set(fault, "could not wait for %s: %m",
			    child->name);
	child_reap(child, status);
	if (status == 0)
		return 0;
	child_format_status(status, text, sizeof(text));
	return fault_set(fault, "%s %s", child->name, text);
}

/* A report is another process's word: every field is checked. */
static int
take_key(const struct report *report, struct handoff_key *out,
    struct fault *fault)
{
	struct handoff_key key;

	if (report->type != REPORT_PAYLOAD ||
	    report->payload_len != sizeof(key))
		return fault_set(fault, "%s sent a report of another kind",
		    UNLOCK_NAME);
	memcpy(&key, report->payload, sizeof(key));
	key.kind[sizeof(key.kind) - 1] = '\0';
	if (key.key_len == 0 || key.key_len > HANDOFF_SECRET_SIZE ||
	    key.identity.spki_len == 0 ||
	    key.identity.spki_len > KEYWIRE_SPKI_MAX)
		return fault_set(fault, "%s sent a length out of bounds",
		    UNLOCK_NAME);
	*out = key;
	return 0;
}

int
vault_open(const struct settings *settings, int signals, struct vault *out,
    struct fault *fault)
{
	struct vault vault = VAULT_EMPTY;
	struct report report;
	struct child child;
	int rc;

	child_init(&child, UNLOCK_NAME);
	if (secret_open(settings->key_memory, HANDOFF_SECRET_SIZE,
	    &vault.secret, fault) == -1)
		return -1;
	rc = start_unlock(&child, &vault.secret, fault);
	if (rc == 0)
		rc = send_request(&child, settings, fault);
	if (rc == 0)
		rc = await_report(&child, signals, &report, fault);
	if (rc == 0)
		rc = take_key(&report, &vault.key, fault);
	if (rc == 0)
		rc = await_end(&child, fault);
	child_stop(&child, 0);
	if (rc == 0)
		*out = vault;
	else
		vault_close(&vault);
	return rc;
}

void
vault_close(struct vault *vault)
{
	secret_wipe(&vault->secret);
}

void
vault_format_id(const struct vault *vault, char out[VAULT_ID_TEXT])
{
	for (size_t i = 0; i < VAULT_ID_TEXT / 2; i++)
		snprintf(out + 2 * i, 3, "%02x", vault->key.identity.id[i]);
}
