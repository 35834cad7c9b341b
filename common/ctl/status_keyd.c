/* SPDX-License-Identifier: ISC */
/*
 * status_keyd: the key daemon's part of posternctl status.
 * Runs in: posternctl.
 */
#include "common/ctl/status_keyd.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/ctl/ask.h"
#include "common/fault.h"
#include "common/wire/ctlkeyd.h"

#define LABEL "  %-16s "
#define ROW_LABEL "    %-30s "

/* A body that is sent whole; texts were ended by who filled them, and are again
 * here. */
#define TAKE(answer, out) \
	((answer)->body_len == sizeof(*(out)) ? \
	memcpy(out, (answer)->body, sizeof(*(out))) : NULL)

static void
print_since(uint64_t started_s)
{
	time_t started = (time_t)started_s, now = time(NULL);
	unsigned long up = now > started ? (unsigned long)(now - started) : 0;
	char text[64] = "?";
	struct tm tm;

	if (localtime_r(&started, &tm) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %Z", &tm);
	printf(LABEL "%s (%lu d %02lu:%02lu:%02lu)\n", "running since", text,
	    up / 86400, up / 3600 % 24, up / 60 % 60, up % 60);
}

static void
print_daemon(const struct ctlwire_answer *answer)
{
	struct ctlkeyd_daemon body;

	if (TAKE(answer, &body) == NULL)
		return;
	body.version[sizeof(body.version) - 1] = '\0';
	body.key_memory[sizeof(body.key_memory) - 1] = '\0';
	body.rotation[sizeof(body.rotation) - 1] = '\0';
	body.confined_by[CTLKEYD_TEXT_MAX - 1] = '\0';
	body.confined_without[CTLKEYD_TEXT_MAX - 1] = '\0';
	printf(LABEL "%s\n", "version", body.version);
	print_since(body.started_s);
	printf(LABEL "PID %" PRId32 ", %" PRIu32 " threads\n", "signer",
	    body.signer_pid, body.signers);
	printf(LABEL "%s\n", "key memory", body.key_memory);
	printf(LABEL "%s\n", "confined by", body.confined_by);
	if (body.confined_without[0] != '\0')
		printf(LABEL "%s\n", "without", body.confined_without);
	printf(LABEL "%s\n", "TLS 1.2", body.tls13 != 0 ?
	    "only with the mark of a server that speaks TLS 1.3" : "yes");
	printf(LABEL "%s\n", "rotation", body.rotation);
	printf(LABEL "%" PRIu32 " of %" PRIu32 " now, %" PRIu64
	    " accepted, %" PRIu64 " turned away\n", "connections",
	    body.connections, body.max_connections, body.accepted,
	    body.turned_away);
	printf(LABEL "%" PRIu64 " made, %" PRIu64 " refused\n", "signatures",
	    body.made, body.refused);
}

static void
print_key(const struct ctlwire_answer *answer)
{
	struct ctlkeyd_key body;
	size_t i;

	if (TAKE(answer, &body) == NULL)
		return;
	body.kind[sizeof(body.kind) - 1] = '\0';
	printf(LABEL "%s, SPKI SHA-256 ", body.is_first ? "key" : "old key",
	    body.kind);
	for (i = 0; i < KEYWIRE_KEY_ID_LEN; i++)
		printf("%02x", body.id[i]);
	printf(", used by %" PRIu32 " connection%s\n", body.users,
	    body.users == 1 ? "" : "s");
}

/* What the rows are of says which of both numbers they have. */
static void
print_rows(const struct ctlwire_answer *answer, const char *label)
{
	struct ctlkeyd_rows body;
	struct ctlkeyd_row *row;
	uint32_t i;

	if (TAKE(answer, &body) == NULL || body.len == 0 ||
	    body.len > CTLKEYD_ROWS_MAX)
		return;
	printf("  %s\n", label);
	for (i = 0; i < body.len; i++) {
		row = &body.row[i];
		row->name[sizeof(row->name) - 1] = '\0';
		printf(ROW_LABEL, row->name);
		if (answer->kind == CTLKEYD_SCHEMES)
			printf("%" PRIu64 "\n", row->made);
		else if (answer->kind == CTLKEYD_REASONS)
			printf("%" PRIu64 "\n", row->refused);
		else
			printf("%" PRIu64 " made, %" PRIu64 " refused\n",
			    row->made, row->refused);
	}
}

static void
print_part(const struct ctlwire_answer *answer)
{
	switch (answer->kind) {
	case CTLKEYD_DAEMON:
		print_daemon(answer);
		break;
	case CTLKEYD_KEY:
		print_key(answer);
		break;
	case CTLKEYD_SCHEMES:
		print_rows(answer, "made, by scheme");
		break;
	case CTLKEYD_REASONS:
		print_rows(answer, "refused, by reason");
		break;
	case CTLKEYD_PEERS:
		print_rows(answer, "by client");
		break;
	default:
		break;
	}
}

int
status_keyd_tell(const struct ask *ask, struct fault *fault)
{
	struct ctlwire_request request;
	struct ctlwire_answer answer;

	ctlwire_begin_request(CTLWIRE_STATUS, &request);
	if (ask_send(ask, &request, fault) == -1)
		return -1;
	do {
		if (ask_receive(ask, &answer, NULL, fault) == -1)
			return -1;
		print_part(&answer);
	} while (answer.result == CTLWIRE_MORE);
	if (answer.result == CTLWIRE_DONE)
		return 0;
	ask_take_text(&answer.text, fault);
	return -1;
}
