/* SPDX-License-Identifier: ISC */
/*
 * rotation: from one key to another while handshakes go on: the new one is
 * unlocked, both are served, the listener turns to the new one, the old one is
 * retired. Each step may fail, and leaves what was there before it.
 * Runs in: postern-keyd.
 */
#include "keyd/rotation.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/control.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/wire/ctlkeyd.h"
#include "keyd/rotation_file.h"
#include "keyd/settings.h"

#define LOOK_MS 200	/* who needs which key is looked at so often */
#define SLACK_MS 2000	/* beyond the longest handshake */

#define TO(state) (1u << ROTATION_##state)

static const struct {
	const char *name;
	unsigned int next;
} states[ROTATION_STATES] = {
	[ROTATION_NONE] = { "none", TO(UNLOCKING) | TO(RETIRING) },
	[ROTATION_UNLOCKING] = { "unlocking", TO(NONE) | TO(ADDING) |
	    TO(BOTH) },
	[ROTATION_ADDING] = { "adding", TO(NONE) | TO(BOTH) },
	[ROTATION_BOTH] = { "both", TO(NONE) | TO(WAITING) |
	    TO(GOING_BACK) },
	[ROTATION_WAITING] = { "waiting", TO(NONE) | TO(RETIRING) },
	[ROTATION_RETIRING] = { "retiring", TO(NONE) },
	[ROTATION_GOING_BACK] = { "going back", TO(NONE) },
};

/* The one place that changes the state. */
static void
enter(struct rotation *r, enum rotation_state next)
{
	if ((states[r->state].next & 1u << next) == 0)
		abort();
	r->state = next;
	r->unneeded_ms = 0;
	if (next == ROTATION_NONE) {
		r->client = 0;
		r->has_added = false;
	}
}

const char *
rotation_state_name(enum rotation_state state)
{
	return states[state].name;
}

/* Who waits is told; a client that has gone, or never was, by the log. */
static void
say_done(const struct rotation *r)
{
	if (r->client != 0)
		control_done(r->control, r->client, 0);
}

static void
say_failed(const struct rotation *r, const struct fault *fault)
{
	if (r->client == 0 ||
	    control_fail(r->control, r->client, fault) == -1)
		log_fault(LOG_LEVEL_ERROR, fault);
}

void
rotation_init(struct rotation *r)
{
	*r = (struct rotation){ .fresh = VAULT_EMPTY };
}

static void
log_key(const struct vault *vault, const char *what)
{
	char id[VAULT_ID_TEXT];

	vault_format_id(vault, id);
	log_write(LOG_LEVEL_LOG, "key %s (%s) %s", id, vault->key.kind, what);
}

int
rotation_open(struct rotation *r, uint64_t client, struct fault *fault)
{
	if (r->ring->len == KEYWIRE_KEYS_MAX) {
		fault_set(fault, "there are %d keys already, and no room for "
		    "another", KEYWIRE_KEYS_MAX);
		return fault_hint(fault, "Old keys are retired once no process "
		    "of the listener uses them; restart postern-keyd to forget "
		    "all but the one of \"ssl_key_file\".");
	}
	if (vault_open(r->settings, &r->fresh, fault) == -1)
		return -1;
	rotation_file_look(r->settings, &r->fresh_file);
	r->client = client;
	enter(r, ROTATION_UNLOCKING);
	return 0;
}

static void
drop_fresh(struct rotation *r)
{
	vault_close(&r->fresh);
	enter(r, ROTATION_NONE);
}

void
rotation_fail(struct rotation *r, const struct fault *fault)
{
	say_failed(r, fault);
	drop_fresh(r);
}

/* What follows once the first key of the ring is served: posternctl turns to
 * the listener, or nobody does anything for now. */
static void
settle(struct rotation *r, enum ctlkeyd_kind kind)
{
	struct ctlwire_answer answer;
	uint64_t client = r->client;

	r->key_file = r->fresh_file;
	if (client == 0) {
		enter(r, ROTATION_NONE);
		return;
	}
	enter(r, ROTATION_BOTH);
	ctlwire_begin_answer(CTLWIRE_DONE, &answer);
	answer.kind = kind;
	if (control_answer(r->control, client, &answer, -1) == -1)
		rotation_lose(r, client);
}

/* The key is in the memory, and may be one that is served already. */
void
rotation_take_key(struct rotation *r)
{
	struct vault_keys keys = { .len = 1, .vault = { &r->fresh } };
	size_t at = vault_ring_find(r->ring, r->fresh.key.identity.id);
	struct fault fault = { 0 };

	if (at < r->ring->len) {
		vault_close(&r->fresh);
		vault_ring_prefer(r->ring, at);
		log_key(&r->ring->vault[0], "is served already");
		settle(r, CTLKEYD_KNOWN);
		return;
	}
	vault_ring_list(r->ring, 0, &keys);
	if (shift_begin(r->shift, &keys, &fault) == 0) {
		enter(r, ROTATION_ADDING);
		return;
	}
	rotation_fail(r, &fault);
}

static void
begin_retiring(struct rotation *r)
{
	struct vault_keys keys = { .len = 1, .vault = { &r->ring->vault[0] } };
	struct fault fault = { 0 };

	if (shift_begin(r->shift, &keys, &fault) == 0) {
		enter(r, ROTATION_RETIRING);
		return;
	}
	say_failed(r, &fault);
	r->unneeded_ms = 0;
	if (r->state != ROTATION_NONE)
		enter(r, ROTATION_NONE);
}

/* A key that was there before the rotation stays. */
static void
go_back(struct rotation *r)
{
	struct vault_keys keys = { 0 };
	struct fault fault = { 0 };

	vault_ring_list(r->ring, 1, &keys);
	if (r->has_added && keys.len > 0 &&
	    shift_begin(r->shift, &keys, &fault) == 0) {
		enter(r, ROTATION_GOING_BACK);
		return;
	}
	if (fault_is_set(&fault))
		say_failed(r, &fault);
	else
		say_done(r);
	enter(r, ROTATION_NONE);
}

static void
retire(struct rotation *r)
{
	int64_t timeout_ms = (int64_t)r->settings->authentication_timeout *
	    1000;

	if (r->ring->len == 1) {
		say_done(r);
		enter(r, ROTATION_NONE);
		return;
	}
	enter(r, ROTATION_WAITING);
	r->deadline_ms = clock_now_ms() + timeout_ms + SLACK_MS;
}

static void
refuse(struct rotation *r, uint64_t client, const char *what)
{
	struct fault fault = { 0 };

	fault_set(&fault, "%s", what);
	if (r->state != ROTATION_NONE)
		fault_detail(&fault, "One is at the step \"%s\".",
		    rotation_state_name(r->state));
	control_fail(r->control, client, &fault);
}

/* The memory is ours, of our own setting, and so are its size and its seals: a
 * descriptor that somebody else made would have to be trusted in all that. */
static void
begin(struct rotation *r, uint64_t client)
{
	struct ctlwire_answer answer;
	struct handoff_unlock request;
	struct fault fault = { 0 };

	if (rotation_open(r, client, &fault) == -1) {
		control_fail(r->control, client, &fault);
		return;
	}
	log_write(LOG_LEVEL_LOG, "posternctl begins a rotation");
	vault_format_request(r->settings, &request);
	ctlwire_begin_answer(CTLWIRE_DONE, &answer);
	ctlwire_put_answer_body(&answer, CTLKEYD_UNLOCK, &request,
	    sizeof(request));
	if (control_answer(r->control, client, &answer, r->fresh.secret.fd) ==
	    -1)
		rotation_lose(r, client);
}

static void
take_clients_key(struct rotation *r, const struct ctlwire_request *request)
{
	struct fault fault = { 0 };

	if (request->body_len != sizeof(r->fresh.key))
		fault_set(&fault, "posternctl sent a key of another kind");
	else
		memcpy(&r->fresh.key, request->body, sizeof(r->fresh.key));
	if (!fault_is_set(&fault) &&
	    unlocking_check_key(&r->fresh.key, &fault) == 0) {
		rotation_take_key(r);
		return;
	}
	rotation_fail(r, &fault);
}

void
rotation_ask(struct rotation *r, uint64_t client,
    const struct ctlwire_request *request)
{
	bool is_ours = r->client == client;

	if (request->verb == CTLWIRE_ROTATE && rotation_is_idle(r))
		begin(r, client);
	else if (request->verb == CTLWIRE_ROTATE)
		refuse(r, client, "another rotation is in progress");
	else if (request->verb == CTLWIRE_ROTATE_KEY && is_ours &&
	    r->state == ROTATION_UNLOCKING)
		take_clients_key(r, request);
	else if (request->verb == CTLWIRE_ROTATE_BACK && is_ours &&
	    r->state == ROTATION_BOTH)
		go_back(r);
	else if (request->verb == CTLWIRE_ROTATE_RETIRE && is_ours &&
	    r->state == ROTATION_BOTH)
		retire(r);
	else
		refuse(r, client, "no rotation of this client is at that step");
}

/* Before both keys are served, nothing has changed; then it is not known how
 * far the listener is, and both stay; at last it needs nobody any more. */
void
rotation_lose(struct rotation *r, uint64_t client)
{
	if (r->client != client || client == 0)
		return;
	r->client = 0;
	switch (r->state) {
	case ROTATION_ADDING:
		shift_abandon(r->shift);
		/* FALLTHROUGH */
	case ROTATION_UNLOCKING:
		log_write(LOG_LEVEL_LOG, "a rotation was left; nothing has "
		    "changed");
		drop_fresh(r);
		break;
	case ROTATION_BOTH:
		log_write(LOG_LEVEL_WARNING, "a rotation was left half-way: "
		    "%zu keys are served", r->ring->len);
		log_write(LOG_LEVEL_HINT, "Run posternctl rotate again.");
		enter(r, ROTATION_NONE);
		break;
	default:
		break;
	}
}

/* A new signer is on duty: the ring becomes what it serves. */
static void
note_taken_over(struct rotation *r)
{
	switch (r->state) {
	case ROTATION_ADDING:
		log_key(&r->fresh, "is served, too");
		vault_ring_add(r->ring, &r->fresh);
		r->has_added = true;
		settle(r, CTLKEYD_ADDED);
		return;
	case ROTATION_RETIRING:
		vault_ring_keep_first(r->ring);
		log_key(&r->ring->vault[0], "is the only one");
		break;
	case ROTATION_GOING_BACK:
		log_key(&r->ring->vault[0], "is forgotten again");
		vault_ring_remove_first(r->ring);
		break;
	default:
		return;
	}
	say_done(r);
	enter(r, ROTATION_NONE);
}

static void
note_failed(struct rotation *r)
{
	if (r->state == ROTATION_ADDING) {
		rotation_fail(r, &r->shift->fault);
		return;
	}
	say_failed(r, &r->shift->fault);
	if (r->state != ROTATION_NONE)
		enter(r, ROTATION_NONE);
}

static void
give_up_waiting(struct rotation *r, const struct shift_users *users)
{
	struct fault fault = { 0 };

	fault_set(&fault, users->of_key == 0 ?
	    "no process of the listener uses the new key" :
	    "the old key is still in use");
	fault_detail(&fault, "Connections that use the new key: %u, another: "
	    "%u. All %zu keys are served.", users->of_key, users->of_others,
	    r->ring->len);
	fault_hint(&fault, "Is the certificate in \"ssl_cert_file\" that of "
	    "the new key? Then run posternctl rotate again.");
	say_failed(r, &fault);
	enter(r, ROTATION_NONE);
}

/* After its deadline no handshake is left that began with an old key: who is
 * undecided then had none. */
static void
look_while_waiting(struct rotation *r, const struct shift_users *users)
{
	bool is_late = clock_now_ms() >= r->deadline_ms;

	if (users->of_key > 0 && users->of_others == 0 &&
	    (users->undecided == 0 || is_late))
		begin_retiring(r);
	else if (is_late)
		give_up_waiting(r, users);
}

/* After a SIGHUP, or a rotation that was left: nobody tells when the listener
 * has turned to the new key, so the others must have had no user for long. */
static void
look_while_idle(struct rotation *r, const struct shift_users *users)
{
	int64_t now = clock_now_ms(), timeout_ms =
	    (int64_t)r->settings->authentication_timeout * 1000;

	if (users->of_key == 0 || users->of_others + users->undecided > 0)
		r->unneeded_ms = 0;
	else if (r->unneeded_ms == 0)
		r->unneeded_ms = now;
	else if (now - r->unneeded_ms >= timeout_ms)
		begin_retiring(r);
}

bool
rotation_is_idle(const struct rotation *r)
{
	return r->state == ROTATION_NONE && !r->shift->is_changing;
}

static bool
is_looking(const struct rotation *r)
{
	return r->state == ROTATION_WAITING ||
	    (r->ring->len > 1 && rotation_is_idle(r));
}

void
rotation_tend(struct rotation *r, enum shift_event event)
{
	struct shift_users users;

	if (event == SHIFT_TAKEN_OVER)
		note_taken_over(r);
	else if (event == SHIFT_FAILED)
		note_failed(r);
	if (!is_looking(r))
		return;
	shift_count_users(r->shift, r->ring->vault[0].key.identity.id,
	    &users);
	if (r->state == ROTATION_WAITING)
		look_while_waiting(r, &users);
	else
		look_while_idle(r, &users);
}

int64_t
rotation_due_ms(const struct rotation *r)
{
	return is_looking(r) ? clock_now_ms() + LOOK_MS : INT64_MAX;
}

void
rotation_stop(struct rotation *r)
{
	vault_close(&r->fresh);
}
