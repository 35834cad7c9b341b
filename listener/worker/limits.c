/* SPDX-License-Identifier: ISC */
/*
 * limits: how many clients there may be. Each worker counts its own clients,
 * and sums what all of them say whenever it decides: two workers that decide
 * at the same moment may let one too many in each.
 * Runs in: listener-worker.
 */
#include "listener/worker/limits.h"

#include "common/fault.h"
#include "listener/handoff_settings.h"
#include "listener/scoreboard.h"

void
limits_open(struct limits *limits)
{
	TAILQ_INIT(&limits->arriving);
	limits->arriving_len = 0;
}

static void
add(_Atomic uint32_t *count, int change)
{
	atomic_fetch_add_explicit(count, (uint32_t)change,
	    memory_order_relaxed);
}

/* What all workers have of this address; nobody is believed to have more than
 * cap. */
static struct address_counts
sum(const struct limits *limits, const struct limits_place *place,
    uint32_t second, uint32_t cap)
{
	struct address_counts counts = { 0 };
	size_t i;

	for (i = 0; i < limits->boards_len; i++)
		address_table_add(&limits->boards[i]->addresses, place->key,
		    second, cap, &counts);
	return counts;
}

int
limits_enter(struct limits *limits, struct limits_place *place,
    const struct hba_address *address, struct fault *fault)
{
	const struct handoff_settings *settings = limits->settings;
	uint32_t max = (uint32_t)settings->max_unfinished_per_address;

	place->key = address_table_key(address);
	place->is_reserved = networks_have(&settings->reserved_from, address);
	if (!networks_have(&settings->address_limits_except, address))
		place->entry = address_table_take(&limits->own->addresses,
		    place->key);
	TAILQ_INSERT_TAIL(&limits->arriving, place, link);
	limits->arriving_len++;
	place->is_arriving = place->is_unfinished = true;
	if (place->entry == NULL)
		return 0;
	add(&place->entry->unfinished, 1);
	if (max == 0 || sum(limits, place, 0, max + 1).unfinished <= max)
		return 0;
	(void)fault_set(fault, "too many connections of one address that have "
	    "not logged in");
	(void)fault_code(fault, "53300");
	(void)fault_detail(fault, "There are %u of them.", max);
	return fault_hint(fault, "If they are good ones, raise "
	    "\"max_unfinished_per_address\" or name the address in "
	    "\"address_limits_except\".");
}

struct limits_place *
limits_overdue(const struct limits *limits, struct fault *fault)
{
	unsigned int max = (unsigned int)limits->settings->max_handshakes;

	if (limits->arriving_len <= max)
		return NULL;
	(void)fault_set(fault, "too many connections that have not said what "
	    "they want; closing the oldest");
	(void)fault_code(fault, "53300");
	(void)fault_detail(fault, "This worker has %u of them.", max);
	(void)fault_hint(fault, "If they are good ones, raise "
	    "\"max_handshakes\".");
	return TAILQ_FIRST(&limits->arriving);
}

void
limits_note_arrived(struct limits *limits, struct limits_place *place)
{
	if (!place->is_arriving)
		return;
	TAILQ_REMOVE(&limits->arriving, place, link);
	limits->arriving_len--;
	place->is_arriving = false;
}

void
limits_note_let_in(struct limits_place *place)
{
	if (place->is_unfinished && place->entry != NULL)
		add(&place->entry->unfinished, -1);
	place->is_unfinished = false;
}

static int
check_all(const struct limits *limits, const struct limits_place *place,
    struct fault *fault)
{
	uint32_t max = (uint32_t)limits->settings->max_connections;
	uint32_t kept = (uint32_t)limits->settings->reserved_connections;
	uint32_t now = scoreboard_sessions(limits->boards, limits->boards_len,
	    max);

	if (now >= max)
		(void)fault_set(fault, "sorry, too many clients already");
	else if (!place->is_reserved && (kept >= max || now >= max - kept))
		(void)fault_set(fault, "remaining connection slots are "
		    "reserved for certain addresses");
	else
		return 0;
	return fault_code(fault, "53300");
}

static int
check_address(const struct limits *limits, const struct limits_place *place,
    const char *host, struct fault *fault)
{
	uint32_t max = (uint32_t)limits->settings->max_connections_per_address;

	if (place->entry == NULL || max == 0 ||
	    sum(limits, place, 0, max).sessions < max)
		return 0;
	(void)fault_set(fault, "too many connections for address \"%s\"",
	    host);
	return fault_code(fault, "53300");
}

int
limits_may_begin_session(const struct limits *limits,
    const struct limits_place *place, const char *host, struct fault *fault)
{
	if (check_all(limits, place, fault) != 0)
		return -1;
	return check_address(limits, place, host, fault);
}

void
limits_begin_session(struct limits *limits, struct limits_place *place)
{
	place->is_session = true;
	add(&limits->own->sessions, 1);
	if (place->entry != NULL)
		add(&place->entry->sessions, 1);
}

int
limits_count_cancel(struct limits *limits, struct limits_place *place,
    int64_t now_ms, struct fault *fault)
{
	uint32_t max = (uint32_t)limits->settings->max_cancels_per_address;
	uint32_t second = (uint32_t)(now_ms / 1000);

	if (place->entry == NULL || max == 0)
		return 0;
	if (sum(limits, place, second, max).cancels < max) {
		address_table_note_cancel(place->entry, second);
		return 0;
	}
	(void)fault_set(fault, "too many cancel requests of one address");
	(void)fault_code(fault, "53300");
	return fault_detail(fault, "It has sent %u within this second.", max);
}

void
limits_leave(struct limits *limits, struct limits_place *place)
{
	limits_note_arrived(limits, place);
	limits_note_let_in(place);
	if (place->is_session) {
		add(&limits->own->sessions, -1);
		if (place->entry != NULL)
			add(&place->entry->sessions, -1);
	}
	place->is_session = false;
}
