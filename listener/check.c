/* SPDX-License-Identifier: ISC */
/*
 * check: a start up to the point where its first worker is ready, without
 * ports, run directory and log file.
 * Runs in: postern-listener.
 */
#include "listener/check.h"

#include "common/fault.h"
#include "common/log.h"
#include "listener/crew.h"
#include "listener/generation.h"
#include "listener/settings.h"

#define STOP_WAIT_MS 1000

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
	struct launch *launch = &generation->launch;
	int *level = &generation->settings.worker.log_min_messages;

	launch->is_check = true;
	launch->ports.slots = 1;
	if (*level > LOG_LEVEL_WARNING)
		*level = LOG_LEVEL_WARNING;
}

/* What takes OpenSSL, or the server behind: the worker says most in the log,
 * and its last error by its report. */
static size_t
ask_worker(struct generation *generation)
{
	static struct crew crew;
	struct fault fault = { 0 };

	prepare(generation);
	if (launch_open_boards(&generation->launch, &fault) == 0 &&
	    crew_start(&crew, &generation->launch, &fault) == 0) {
		crew_stop(&crew, STOP_WAIT_MS);
		return 0;
	}
	log_fault(LOG_LEVEL_ERROR, &fault);
	return 1;
}

static size_t
judge(struct generation *generation)
{
	static struct fault_list faults;
	size_t errors;

	(void)generation_read_all(generation, &faults);
	errors = log_errors(&faults);
	rules_warn(&generation->settings, &generation->rules);
	/* Without their users no program can be started. */
	if (generation->launch.routes.len > 0)
		errors += ask_worker(generation);
	return errors;
}

/* Warnings are what it is asked for. */
static void
open_log(const struct log_settings *settings)
{
	log_settings_open_terminal(settings, "postern-listener");
	if (log_min_level() > LOG_LEVEL_WARNING)
		log_set_min_level(LOG_LEVEL_WARNING);
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
