/* SPDX-License-Identifier: ISC */
/*
 * postern-listener: the gate in front of a PostgreSQL server. Reads what the
 * administrator wrote (generation), binds the ports, starts the programs that
 * talk to clients, and keeps them running.
 * Runs in: postern-listener.
 */
#include <sys/resource.h>

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
#define FILES_SPARE 128		/* of a worker, beside its clients' */

struct listener {
	struct options options;
	struct generation *generation;
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
read_settings(struct listener *listener, const struct instance *instance)
{
	static struct fault_list faults;

	listener->generation = generation_open(instance, &faults);
	if (listener->generation != NULL)
		return 0;
	instance_log_faults(instance, &faults);
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

/* Programs inherit the limit: each client is two descriptors of a worker. */
static void
raise_file_limit(const struct settings *settings)
{
	rlim_t wanted = 2 * (rlim_t)settings->worker.max_connections +
	    FILES_SPARE + HANDOFF_WORKERS_MAX + HANDOFF_LISTEN_MAX;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (limit.rlim_max < wanted && geteuid() == 0)
		limit.rlim_cur = limit.rlim_max = wanted;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1 ||
	    limit.rlim_max < wanted) {
		log_write(LOG_LEVEL_WARNING, "the limit of open files is too "
		    "low for max_connections = %d",
		    settings->worker.max_connections);
		log_write(LOG_LEVEL_HINT, "Raise it (ulimit -n, LimitNOFILE) "
		    "to %lu.", (unsigned long)wanted);
	}
}

/* From the settings to the moment when clients are served. */
static int
start(struct listener *listener, struct fault *fault)
{
	struct generation *generation = listener->generation;
	const struct settings *settings = &generation->settings;
	struct launch *launch = &generation->launch;

	log_settings_open_terminal(&settings->log, PROGRAM);
	if (open_run_directory(listener, settings, fault) == -1 ||
	    generation_read(generation, fault) == -1)
		return -1;
	raise_file_limit(settings);
	if (ports_open(&generation->listening, (size_t)settings->workers,
	    &launch->ports, fault) == -1 ||
	    launch_open_boards(launch, fault) == -1 ||
	    supervisor_start(&listener->supervisor, launch, fault) == -1)
		return -1;
	if (log_settings_open(&settings->log, listener->options.foreground,
	    fault) == -1) {
		supervisor_abandon(&listener->supervisor);
		return -1;
	}
	return 0;
}

static void
serve(struct listener *listener)
{
	const struct generation *generation = listener->generation;

	background_ready();
	ports_log(&generation->launch.ports);
	if (geteuid() != 0)
		log_write(LOG_LEVEL_LOG, "started without root: all programs "
		    "run as the same user ID %u", (unsigned int)geteuid());
	rules_log_default(&generation->settings, &generation->rules);
	log_write(LOG_LEVEL_LOG, PROGRAM " is ready to accept connections");
	notify_ready("Serving");
	supervisor_run(&listener->supervisor);
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
	rundir_unlock_pidfile(listener->run_directory, PIDFILE,
	    listener->pidfile);
	generation_close(listener->generation);
	return status;
}

int
main(int argc, char **argv)
{
	static struct listener listener = { .run_directory = -1,
		.pidfile = -1 };
	const struct options *options = &listener.options;
	struct fault fault = { 0 };
	struct instance instance = { .is_root = geteuid() == 0 };

	supervisor_block_signals();
	log_settings_open_start(PROGRAM);
	notify_open();
	if (options_parse(&program, argc, argv, &listener.options, &fault) ==
	    -1) {
		log_fault(LOG_LEVEL_FATAL, &fault);
		return 1;
	}
	instance.directory = options->directory;
	instance.assignments = options->assignments;
	instance.assignments_len = options->assignments_len;
	switch (options->action) {
	case OPTIONS_RUN:
		return read_settings(&listener, &instance) == -1 ? 1 :
		    run(&listener);
	case OPTIONS_CHECK:
		return check_run(&instance);
	default:
		return options_print(&program, options->action);
	}
}
