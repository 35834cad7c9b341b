/* SPDX-License-Identifier: ISC */
/*
 * reload: one generation follows another, or nothing changes.
 * Runs in: postern-listener.
 */
#include "listener/reload.h"

#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/log_settings.h"
#include "listener/generations.h"
#include "listener/watch.h"

#define LEAVE_MS 1000	/* a worker that hangs does not hold up the result */

void
reload_open(struct reload *reload, const struct instance *instance,
    struct generations *generations, bool foreground)
{
	memset(reload, 0, sizeof(*reload));
	reload->instance = instance;
	reload->generations = generations;
	reload->foreground = foreground;
	TAILQ_INIT(&reload->waiting);
	TAILQ_INIT(&reload->served);
}

void
reload_ask(struct reload *reload, struct reload_request *request)
{
	reload->is_wanted = true;
	if (request != NULL)
		TAILQ_INSERT_TAIL(&reload->waiting, request, link);
}

bool
reload_is_busy(const struct reload *reload)
{
	return reload->is_wanted || reload->state != RELOAD_IDLE;
}

static bool
is_in(const struct reload_requests *list, const struct reload_request *request)
{
	const struct reload_request *at;

	TAILQ_FOREACH(at, list, link)
		if (at == request)
			return true;
	return false;
}

void
reload_withdraw(struct reload *reload, struct reload_request *request)
{
	if (is_in(&reload->waiting, request))
		TAILQ_REMOVE(&reload->waiting, request, link);
	else if (is_in(&reload->served, request))
		TAILQ_REMOVE(&reload->served, request, link);
}

static void
answer_all(struct reload_requests *list, const struct reload_result *result)
{
	struct reload_request *request;

	while ((request = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, request, link);
		request->on_result(request, result);
	}
}

/* The start's fault is the caller's to tell. */
static void
log_result(struct reload *reload)
{
	const struct fault *fault = &reload->result.fault;

	if (reload->generations->in_force == NULL)
		return;
	if (!fault_is_set(fault)) {
		log_write(LOG_LEVEL_LOG, "generation %u is in force",
		    reload->result.generation);
		return;
	}
	reload->failures++;
	log_fault(LOG_LEVEL_ERROR, fault);
	log_write(LOG_LEVEL_ERROR, "the reload has failed; no changes were "
	    "applied");
}

static void
finish(struct reload *reload)
{
	lookup_close(&reload->lookup);
	reload->state = RELOAD_IDLE;
	reload->next = NULL;
	log_result(reload);
	answer_all(&reload->served, &reload->result);
}

/* Its crew has not been started. */
static void
drop(struct reload *reload)
{
	generation_close(reload->next);
	finish(reload);
}

/* Its crew has, and must end first. */
static void
undo(struct reload *reload, const struct fault *fault)
{
	reload->result.fault = *fault;
	reload->state = RELOAD_UNDOING;
	crew_end(&reload->next->crew);
}

/* Of several faults the log has each, and the result the first. */
static void
sum_up(struct reload *reload, const char *what)
{
	const struct fault_list *faults = &reload->faults;
	const struct fault *first = &faults->item[0];
	struct fault *out = &reload->result.fault;
	size_t i;

	if (faults->count == 1) {
		*out = *first;
		return;
	}
	for (i = 0; i < faults->count && i < FAULT_LIST_MAX; i++)
		log_fault(LOG_LEVEL_ERROR, &faults->item[i]);
	fault_set(out, "the settings of data directory \"%s\" %s %zu errors",
	    reload->instance->directory, what, faults->count);
	fault_detail(out, "The first: %s.%s%s", first->what,
	    first->detail[0] == '\0' ? "" : " ", first->detail);
}

static void
start(struct reload *reload)
{
	struct fault *fault = &reload->result.fault;

	lookup_close(&reload->lookup);
	if (reload->faults.count > 0) {
		sum_up(reload, "name files with");
		drop(reload);
	} else if (generations_start(reload->generations, reload->next,
	    fault) == -1) {
		drop(reload);
	} else
		reload->state = RELOAD_STARTING;
}

static void
find_addresses(struct reload *reload)
{
	(void)generation_find_addresses(reload->next, &reload->lookup,
	    &reload->faults);
	if (!lookup_is_waiting(&reload->lookup))
		start(reload);
}

static void
take_answer(void *owner, void *which)
{
	struct reload *reload = owner;
	struct fault fault = { 0 };

	(void)which;
	if (reload->state != RELOAD_LOOKING_UP)
		return;
	if (lookup_take(&reload->lookup, &fault) == 0) {
		find_addresses(reload);
		return;
	}
	fault_list_add(&reload->faults, &fault);
	start(reload);
}

void
reload_begin(struct reload *reload, struct generation *first)
{
	memset(&reload->result, 0, sizeof(reload->result));
	reload->faults.count = 0;
	reload->next = first;
	reload->state = RELOAD_LOOKING_UP;
	(void)generation_read(first, &reload->faults);
	lookup_open(&reload->lookup, PROGRAMDIR "/listener-resolver",
	    &first->launch.user);
	find_addresses(reload);
}

static void
begin_next(struct reload *reload)
{
	struct generation *next;

	reload->is_wanted = false;
	reload->faults.count = 0;
	memset(&reload->result, 0, sizeof(reload->result));
	TAILQ_CONCAT(&reload->served, &reload->waiting, link);
	next = generation_open(reload->instance, &reload->faults);
	if (next != NULL && settings_check_fixed(
	    &reload->generations->in_force->settings, &next->settings,
	    &reload->faults) == 0) {
		reload_begin(reload, next);
		return;
	}
	sum_up(reload, "contain");
	reload->next = next;
	drop(reload);
}

/* The last that may fail comes first. */
static void
put_in_force(struct reload *reload)
{
	struct generation *next = reload->next;
	const struct log_settings *log = &next->settings.log;
	struct fault fault = { 0 };

	if (log_settings_open(log, reload->foreground, &fault) == -1) {
		undo(reload, &fault);
		return;
	}
	log_set_min_level((enum log_level)log->log_min_messages);
	generations_put_in_force(reload->generations, next);
	reload->result.generation = next->number;
	reload->deadline_ms = clock_now_ms() + LEAVE_MS;
	reload->state = RELOAD_HANDING_OVER;
}

/* Who comes after the result is judged by nobody but the new rules. */
static bool
is_handed_over(const struct reload *reload)
{
	return !generations_elder_accepts(reload->generations) ||
	    reload->deadline_ms <= clock_now_ms();
}

void
reload_tend(struct reload *reload)
{
	struct crew *crew = reload->next == NULL ? NULL :
	    &reload->next->crew;

	switch (reload->state) {
	case RELOAD_IDLE:
		if (reload->is_wanted)
			begin_next(reload);
		break;
	case RELOAD_LOOKING_UP:
		if (reload->lookup.deadline_ms <= clock_now_ms())
			take_answer(reload, NULL);
		break;
	case RELOAD_STARTING:
		if (crew->state == CREW_READY)
			put_in_force(reload);
		else if (fault_is_set(&crew->fault))
			undo(reload, &crew->fault);
		break;
	case RELOAD_HANDING_OVER:
		if (is_handed_over(reload))
			finish(reload);
		break;
	case RELOAD_UNDOING:
		if (crew->state == CREW_EMPTY)
			finish(reload);
		break;
	}
}

int64_t
reload_due_ms(const struct reload *reload)
{
	switch (reload->state) {
	case RELOAD_IDLE:
		return reload->is_wanted ? 0 : INT64_MAX;
	case RELOAD_LOOKING_UP:
		return reload->lookup.deadline_ms;
	case RELOAD_HANDING_OVER:
		return is_handed_over(reload) ? 0 : reload->deadline_ms;
	case RELOAD_UNDOING:
		return reload->next->crew.state == CREW_EMPTY ? 0 : INT64_MAX;
	default:
		return INT64_MAX;
	}
}

void
reload_watch(struct reload *reload, struct watch *watch)
{
	if (reload->state == RELOAD_LOOKING_UP)
		watch_add(watch, reload->lookup.resolver.channel, take_answer,
		    reload, NULL);
}

void
reload_cancel(struct reload *reload)
{
	struct reload_result result = { 0 };

	fault_set(&result.fault, "the server is shutting down");
	fault_code(&result.fault, "57P03");
	reload->is_wanted = false;
	if (reload->state == RELOAD_LOOKING_UP) {
		reload->result.fault = result.fault;
		drop(reload);
	} else if (reload->state == RELOAD_STARTING)
		undo(reload, &result.fault);
	answer_all(&reload->waiting, &result);
}
