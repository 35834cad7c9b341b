/* SPDX-License-Identifier: ISC */
/*
 * postern-listener: the gate in front of a PostgreSQL server. Reads the
 * settings, takes its run directory, and lets the supervisor bring up the first
 * generation of the programs that talk to clients.
 * Runs in: postern-listener.
 */
#include <unistd.h>

#include "common/background.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/notify.h"
#include "common/options.h"
#include "common/rundir.h"
#include "listener/check.h"
#include "listener/generation.h"
#include "listener/supervisor.h"

#define PROGRAM "postern-listener"
#define PIDFILE "listener.pid"

struct listener {
	struct options options;
	struct instance instance;
	struct generation *first;	/* until the supervisor has it */
	int run_directory;
	int pidfile;
	struct supervisor supervisor;
};

static const struct options_program program = {
	.name = PROGRAM,
	.purpose = "is the gate in front of a PostgreSQL server",
	.may_check = true,
};

static int
read_settings(struct listener *listener)
{
	static struct fault_list faults;

	listener->first = generation_open(&listener->instance, &faults);
	if (listener->first != NULL)
		return 0;
	instance_log_faults(&listener->instance, &faults);
	return -1;
}

static int
open_run_directory(struct listener *listener, const struct settings *settings,
    struct fault *fault)
{
	listener->run_directory = rundir_open(
	    settings->instance.run_directory, fault);
	if (listener->run_directory == -1)
		return -1;
	listener->pidfile = rundir_lock_pidfile(listener->run_directory,
	    PIDFILE, PROGRAM, fault);
	return listener->pidfile == -1 ? -1 : 0;
}

/* From the settings to the moment when clients are served. */
static int
start(struct listener *listener, struct fault *fault)
{
	struct generation *generation = listener->first;
	const struct settings *settings = &generation->settings;
	const struct supervisor_options options = {
		.instance = &listener->instance,
		.run_directory = settings->instance.run_directory,
		.foreground = listener->options.foreground,
	};

	log_settings_open_terminal(&settings->log, PROGRAM);
	if (open_run_directory(listener, settings, fault) == -1 ||
	    supervisor_open(&listener->supervisor, &options, fault) == -1)
		return -1;
	listener->first = NULL;
	return supervisor_start(&listener->supervisor, generation, fault);
}

static void
serve(struct listener *listener)
{
	struct supervisor *supervisor = &listener->supervisor;
	const struct generation *generation = supervisor->generations.in_force;

	background_ready();
	ports_log(&generation->launch.ports, NULL);
	if (geteuid() != 0)
		log_write(LOG_LEVEL_LOG, "started without root: all programs "
		    "run as the same user ID %u", (unsigned int)geteuid());
	rules_log_default(&generation->settings, &generation->rules);
	log_write(LOG_LEVEL_LOG, PROGRAM " is ready to accept connections");
	notify_ready("Serving");
	supervisor_run(supervisor);
}

static int
run(struct listener *listener)
{
	struct fault fault = { 0 };
	int status = 0;

	if ((listener->options.foreground || background_start(&fault) == 0) &&
	    start(listener, &fault) == 0) {
		serve(listener);
	} else {
		log_fault(LOG_LEVEL_FATAL, &fault);
		status = 1;
	}
	supervisor_close(&listener->supervisor);
	generation_close(listener->first);
	/* Last: who starts another by this has no program of ours beside it. */
	rundir_unlock_pidfile(listener->run_directory, PIDFILE,
	    listener->pidfile);
	return status;
}

int
main(int argc, char **argv)
{
	static struct listener listener = { .run_directory = -1,
		.pidfile = -1 };
	const struct options *options = &listener.options;
	struct fault fault = { 0 };

	supervisor_block_signals();
	log_settings_open_start(PROGRAM);
	notify_open();
	if (options_parse(&program, argc, argv, &listener.options, &fault) ==
	    -1) {
		log_fault(LOG_LEVEL_FATAL, &fault);
		return 1;
	}
	listener.instance = (struct instance){
		.directory = options->directory,
		.assignments = options->assignments,
		.assignments_len = options->assignments_len,
		.is_root = geteuid() == 0,
	};
	switch (options->action) {
	case OPTIONS_RUN:
		return read_settings(&listener) == -1 ? 1 : run(&listener);
	case OPTIONS_CHECK:
		return check_run(&listener.instance);
	default:
		return options_print(&program, options->action);
	}
}
