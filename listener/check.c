/* SPDX-License-Identifier: ISC */
/*
 * check: a start up to the point where its first worker is ready, without
 * ports, run directory and log file.
 * Runs in: postern-listener.
 */
#include "listener/check.h"

#include "common/fault.h"
#include "common/log.h"
#include "common/log_sink.h"
#include "common/stop_signals.h"
#include "listener/crew_hear.h"
#include "listener/exporter_link.h"
#include "listener/generation.h"
#include "listener/lookup.h"
#include "listener/settings.h"
#include "listener/watch.h"

#define TICK_MS 20		/* between two looks for who has ended */

/* Errors are told as they are found. */
static size_t
log_errors(const struct fault_list *faults)
{
	size_t i;

	for (i = 0; i < faults->count && i < FAULT_LIST_MAX; i++)
		log_fault(LOG_LEVEL_ERROR, &faults->item[i]);
	return faults->count;
}

/* Settings that a worker of this kind needs, whatever was wrong. */
static void
prepare(struct generation *generation)
{
	/* There is a roster, which nobody reads. */
	static struct exporter_link exporter;
	struct launch *launch = &generation->launch;
	int *level = &generation->settings.worker.log_min_messages;

	exporter_link_init(&exporter);
	launch->exporter = &exporter;
	launch->is_check = true;
	launch->workers = 1;
	if (*level > LOG_LEVEL_WARNING)
		*level = LOG_LEVEL_WARNING;
}

/* As the supervisor's loop does it, for one crew. */
static void
turn(struct crew *crew, struct watch *watch)
{
	watch_clear(watch);
	crew_hear_watch(crew, watch);
	watch_wait(watch, TICK_MS);
	crew_tend(crew);
	crew_hear_reap(crew);
}

/* Up to its end: by itself with a fault, or by us when it is ready. */
static void
run_crew(struct crew *crew)
{
	struct watch watch = { 0 };
	struct fault fault = { 0 };

	while (crew->state != CREW_EMPTY) {
		turn(crew, &watch);
		if (crew->state == CREW_READY)
			crew_end(crew);
		if (!crew_state_is_start(crew->state) ||
		    stop_signals_pending() == 0)
			continue;
		fault_set(&fault, "received a signal");
		crew_fail(crew, &fault);
	}
	watch_close(&watch);
}

/* What takes OpenSSL, or the server behind: the worker says most in the log,
 * and its last error by its report. */
static size_t
ask_worker(struct generation *generation)
{
	struct crew *crew = &generation->crew;
	struct fault fault = { 0 };

	prepare(generation);
	if (launch_open_boards(&generation->launch, &fault) == 0) {
		crew_start(crew, &generation->launch);
		run_crew(crew);
		fault = crew->fault;
	}
	if (!fault_is_set(&fault))
		return 0;
	log_fault(LOG_LEVEL_ERROR, &fault);
	return 1;
}

/* Waits for the answers, as there is nobody else to serve. */
static void
find_addresses(struct generation *generation, struct fault_list *faults)
{
	struct fault fault = { 0 };
	struct lookup lookup;

	lookup_open(&lookup, PROGRAMDIR "/listener-resolver",
	    &generation->launch.user);
	while (generation_find_addresses(generation, &lookup, faults) == -1 &&
	    lookup_is_waiting(&lookup)) {
		if (lookup_take(&lookup, &fault) == -1) {
			fault_list_add(faults, &fault);
			break;
		}
	}
	lookup_close(&lookup);
}

static size_t
judge(struct generation *generation)
{
	static struct fault_list faults;
	size_t errors;

	(void)generation_read(generation, &faults);
	find_addresses(generation, &faults);
	errors = log_errors(&faults);
	rules_warn(&generation->settings, &generation->rules);
	/* Without their users no program can be started. */
	if (generation->launch.routes.len > 0)
		errors += ask_worker(generation);
	return errors;
}

/* Warnings are what it is asked for; no line needs time and process. */
static void
open_log(const struct log_settings *settings)
{
	const struct log_sink_options terminal = { .to_stderr = true,
		.line_prefix = "%b: " };
	struct fault fault = { 0 };

	log_set_min_level((enum log_level)settings->log_min_messages);
	if (log_min_level() > LOG_LEVEL_WARNING)
		log_set_min_level(LOG_LEVEL_WARNING);
	(void)log_sink_open(&terminal, &fault);
}

int
check_run(const struct instance *instance)
{
	static struct fault_list faults;
	struct generation *generation;
	size_t errors;

	generation = generation_open_faulty(instance, &faults);
	errors = log_errors(&faults);
	if (generation != NULL) {
		open_log(&generation->settings.log);
		errors += judge(generation);
	}
	generation_close(generation);
	if (errors > 0)
		log_write(LOG_LEVEL_FATAL, "postern-listener could not start "
		    "on data directory \"%s\"", instance->directory);
	else
		log_write(LOG_LEVEL_LOG, "postern-listener can start on data "
		    "directory \"%s\"", instance->directory);
	return errors > 0 ? 1 : 0;
}
