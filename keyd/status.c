/* SPDX-License-Identifier: ISC */
/*
 * status: what posternctl status is told of postern-keyd.
 * Runs in: postern-keyd.
 */
#include "keyd/status.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/control.h"
#include "common/wire/ctlkeyd.h"
#include "keyd/supervisor.h"

static void
send_body(struct supervisor *s, uint64_t id, enum ctlkeyd_kind kind,
    const void *body, size_t len)
{
	struct ctlwire_answer answer;

	ctlwire_begin_answer(CTLWIRE_MORE, &answer);
	ctlwire_put_answer_body(&answer, kind, body, len);
	control_answer(&s->control, id, &answer, -1);
}

static uint32_t
count_connections(const struct supervisor *s)
{
	const struct counters *counters = &s->shift.duty.counters;
	uint32_t all = counters_undecided(counters);
	size_t i;

	for (i = 0; i < s->shift.duty.keys_len; i++)
		all += counters_users_of(counters, i);
	return all;
}

static void
send_daemon(struct supervisor *s, uint64_t id, const struct counters_sum *sum)
{
	const struct layers *layers = &s->shift.duty.layers;
	struct ctlkeyd_daemon body = {
		.version = PACKAGE_VERSION,
		.started_s = (uint64_t)s->started_s,
		.pid = getpid(),
		.signer_pid = s->shift.duty.child.pid,
		.signers = s->shift.handoff.threads,
		.max_connections = s->shift.handoff.max_connections,
		.connections = count_connections(s),
		.tls13 = s->shift.handoff.has_tls13,
		.accepted = sum->accepted,
		.turned_away = sum->turned_away,
		.made = counters_made(sum),
		.refused = counters_refused(sum),
	};

	snprintf(body.key_memory, sizeof(body.key_memory), "%s",
	    secret_kind_name(s->ring.vault[0].secret.kind));
	snprintf(body.rotation, sizeof(body.rotation), "%s",
	    rotation_state_name(s->rotation.state));
	snprintf(body.confined_by, sizeof(body.confined_by), "%s",
	    layers->in_force);
	snprintf(body.confined_without, sizeof(body.confined_without), "%s",
	    layers->lacking);
	send_body(s, id, CTLKEYD_DAEMON, &body, sizeof(body));
}

static void
send_keys(struct supervisor *s, uint64_t id)
{
	size_t i;

	for (i = 0; i < s->ring.len; i++) {
		const struct handoff_key *key = &s->ring.vault[i].key;
		struct ctlkeyd_key body = { .is_first = i == 0 };
		struct shift_users users;

		shift_count_users(&s->shift, key->identity.id, &users);
		body.users = users.of_key;
		memcpy(body.id, key->identity.id, sizeof(body.id));
		snprintf(body.kind, sizeof(body.kind), "%s", key->kind);
		send_body(s, id, CTLKEYD_KEY, &body, sizeof(body));
	}
}

/* Rows that are all nought are left out; so is what comes when it is full. */
static void
add_row(struct ctlkeyd_rows *rows, const char *name, uint64_t made,
    uint64_t refused)
{
	struct ctlkeyd_row *row = &rows->row[rows->len];

	if (name == NULL || made + refused == 0 ||
	    rows->len == CTLKEYD_ROWS_MAX)
		return;
	snprintf(row->name, sizeof(row->name), "%s", name);
	row->made = made;
	row->refused = refused;
	rows->len++;
}

static void
send_counts(struct supervisor *s, uint64_t id, const struct counters_sum *sum)
{
	struct ctlkeyd_rows schemes = { 0 }, reasons = { 0 }, peers = { 0 };
	char name[40];
	uint32_t i;

	for (i = 0; i < COUNTERS_SCHEMES_MAX; i++)
		add_row(&schemes, counters_scheme_name(i), sum->made[i], 0);
	for (i = 0; i < KEYWIRE_REASONS; i++)
		add_row(&reasons, keywire_reason_name(i), 0, sum->refused[i]);
	for (i = 0; i < sum->peers_len; i++) {
		snprintf(name, sizeof(name), "PID %d, user %u",
		    (int)sum->peer[i].pid, (unsigned int)sum->peer[i].uid);
		add_row(&peers, name, sum->peer[i].made,
		    sum->peer[i].refused);
	}
	send_body(s, id, CTLKEYD_SCHEMES, &schemes, sizeof(schemes));
	send_body(s, id, CTLKEYD_REASONS, &reasons, sizeof(reasons));
	send_body(s, id, CTLKEYD_PEERS, &peers, sizeof(peers));
}

void
status_answer(struct supervisor *s, uint64_t id)
{
	struct counters_sum sum;

	shift_count(&s->shift, &sum);
	send_daemon(s, id, &sum);
	send_keys(s, id);
	send_counts(s, id, &sum);
	control_done(&s->control, id, 0);
}
