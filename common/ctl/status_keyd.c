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
#include "common/ctl/fields.h"
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
print_part(void *owner, const struct ctlwire_answer *answer)
{
	(void)owner;
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

static int
ask_all(const struct ask *ask, void (*take)(void *owner,
    const struct ctlwire_answer *answer), void *owner, struct fault *fault)
{
	struct ctlwire_request request;
	struct ctlwire_answer answer;

	ctlwire_begin_request(CTLWIRE_STATUS, &request);
	if (ask_send(ask, &request, fault) == -1)
		return -1;
	do {
		if (ask_receive(ask, &answer, NULL, fault) == -1)
			return -1;
		take(owner, &answer);
	} while (answer.result == CTLWIRE_MORE);
	if (answer.result == CTLWIRE_DONE)
		return 0;
	ask_take_text(&answer.text, fault);
	return -1;
}

int
status_keyd_tell(const struct ask *ask, struct fault *fault)
{
	return ask_all(ask, print_part, NULL, fault);
}

static void
add_number(struct fields *fields, const struct field *where, const char *name,
    uint64_t number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, number);
	(void)fields_add_value(fields, where, STATUSWIRE_NUMBER, name, text);
}

static void
add_daemon(struct fields *fields, const struct ctlwire_answer *answer)
{
	const struct field where = { .group = "keyd" };
	struct ctlkeyd_daemon body;
	char us[24];

	if (TAKE(answer, &body) == NULL)
		return;
	body.version[sizeof(body.version) - 1] = '\0';
	body.key_memory[sizeof(body.key_memory) - 1] = '\0';
	body.rotation[sizeof(body.rotation) - 1] = '\0';
	body.confined_by[CTLKEYD_TEXT_MAX - 1] = '\0';
	body.confined_without[CTLKEYD_TEXT_MAX - 1] = '\0';
	(void)snprintf(us, sizeof(us), "%" PRIu64 "000000", body.started_s);
	(void)fields_add_value(fields, &where, STATUSWIRE_TEXT, "version",
	    body.version);
	(void)fields_add_value(fields, &where, STATUSWIRE_TIME, "started", us);
	(void)fields_add_value(fields, &where, STATUSWIRE_TEXT, "key_memory",
	    body.key_memory);
	(void)fields_add_value(fields, &where, STATUSWIRE_TEXT, "in_force",
	    body.confined_by);
	(void)fields_add_value(fields, &where, STATUSWIRE_TEXT, "lacking",
	    body.confined_without);
	(void)fields_add_value(fields, &where, STATUSWIRE_TEXT, "rotation",
	    body.rotation);
	add_number(fields, &where, "signers", body.signers);
	add_number(fields, &where, "connections", body.connections);
	add_number(fields, &where, "max_key_connections",
	    body.max_connections);
	add_number(fields, &where, "accepted", body.accepted);
	add_number(fields, &where, "turned_away", body.turned_away);
	add_number(fields, &where, "made", body.made);
	add_number(fields, &where, "refused", body.refused);
}

static void
add_key(struct fields *fields, const struct ctlwire_answer *answer)
{
	struct field where = { .group = "key" };
	struct ctlkeyd_key body;
	size_t i;

	if (TAKE(answer, &body) == NULL)
		return;
	body.kind[sizeof(body.kind) - 1] = '\0';
	for (i = 0; i < KEYWIRE_KEY_ID_LEN && 2 * i + 2 < sizeof(where.item);
	    i++)
		(void)snprintf(where.item + 2 * i, 3, "%02x", body.id[i]);
	(void)fields_add_value(fields, &where, STATUSWIRE_TEXT, "algorithm",
	    body.kind);
	(void)fields_add_value(fields, &where, STATUSWIRE_BOOL, "is_first",
	    body.is_first ? "t" : "f");
	add_number(fields, &where, "connections", body.users);
}

/* A name of keyd's is a word or has blanks; what would end it in JSON or CSV
 * is not in it. */
static void
copy_item(const char *name, char *out, size_t size)
{
	size_t i;

	for (i = 0; name[i] != '\0' && i < size - 1; i++)
		out[i] = name[i] < ' ' || strchr("\",\\\177", name[i]) != NULL ?
		    '_' : name[i];
	out[i] = '\0';
}

static void
add_rows(struct fields *fields, const struct ctlwire_answer *answer,
    const char *group)
{
	struct field where = { .item = "" };
	struct ctlkeyd_rows body;
	uint32_t i;

	if (TAKE(answer, &body) == NULL || body.len > CTLKEYD_ROWS_MAX)
		return;
	(void)snprintf(where.group, sizeof(where.group), "%s", group);
	for (i = 0; i < body.len; i++) {
		body.row[i].name[sizeof(body.row[i].name) - 1] = '\0';
		copy_item(body.row[i].name, where.item, sizeof(where.item));
		if (answer->kind != CTLKEYD_REASONS)
			add_number(fields, &where, "made", body.row[i].made);
		if (answer->kind != CTLKEYD_SCHEMES)
			add_number(fields, &where, "refused",
			    body.row[i].refused);
	}
}

static void
add_part(void *owner, const struct ctlwire_answer *answer)
{
	switch (answer->kind) {
	case CTLKEYD_DAEMON:
		add_daemon(owner, answer);
		break;
	case CTLKEYD_KEY:
		add_key(owner, answer);
		break;
	case CTLKEYD_SCHEMES:
		add_rows(owner, answer, "key_scheme");
		break;
	case CTLKEYD_REASONS:
		add_rows(owner, answer, "key_refusal");
		break;
	case CTLKEYD_PEERS:
		add_rows(owner, answer, "key_client");
		break;
	default:
		break;
	}
}

int
status_keyd_gather(const struct ask *ask, struct fields *fields,
    struct fault *fault)
{
	return ask_all(ask, add_part, fields, fault);
}
