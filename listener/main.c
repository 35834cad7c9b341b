/* SPDX-License-Identifier: ISC */
/*
 * postern-listener: the gate in front of a PostgreSQL server. Reads settings
 * and the certificate's bytes, binds the ports, starts the programs that talk
 * to clients, and keeps them running.
 * Runs in: postern-listener.
 */
#include <sys/resource.h>

#include <errno.h>
#include <unistd.h>

#include "common/background.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/options.h"
#include "common/privs.h"
#include "common/rundir.h"
#include "common/textfile.h"
#include "listener/addresses.h"
#include "listener/launch.h"
#include "listener/lookup.h"
#include "listener/rules.h"
#include "listener/settings.h"
#include "listener/supervisor.h"
#include "listener/trust.h"

#define PROGRAM "postern-listener"
#define PIDFILE "listener.pid"
#define FILES_SPARE 128		/* of a worker, beside its clients' */

struct listener {
	struct options options;
	struct settings settings;
	int run_directory;
	int pidfile;
	struct textfile cert;
	struct trust trust;
	struct rules rules;
	struct launch launch;
	struct supervisor supervisor;
};

static const struct options_program program = {
	.name = PROGRAM,
	.purpose = "is the gate in front of a PostgreSQL server",
};

static int
read_settings(struct listener *listener)
{
	const struct instance instance = {
		.directory = listener->options.directory,
		.assignments = listener->options.assignments,
		.assignments_len = listener->options.assignments_len,
		.is_root = geteuid() == 0,
	};
	static struct fault_list faults;

	if (settings_read(&instance, &listener->settings, &faults) == 0)
		return 0;
	instance_log_faults(&instance, &faults);
	return -1;
}

/* Whom the programs become; without root they stay who we are. */
static int
find_user(struct listener *listener, struct fault *fault)
{
	struct handoff_user *user = &listener->launch.user;
	struct privs_user found;

	user->sandbox_required = listener->settings.instance.sandbox ==
	    INSTANCE_SANDBOX_REQUIRED;
	if (geteuid() != 0)
		return 0;
	if (privs_find_user("user", listener->settings.instance.user,
	    &found, fault) == -1)
		return -1;
	user->change_user = 1;
	user->uid = found.uid;
	user->gid = found.gid;
	return 0;
}

static int
read_certificate(struct listener *listener, struct fault *fault)
{
	if (!listener->settings.ssl)
		return 0;
	if (textfile_read("server certificate file",
	    listener->settings.worker.ssl_cert_file, &listener->cert,
	    fault) == -1) {
		if (errno == ENOENT)
			fault_hint(fault, "Put the certificate there, or set "
			    "\"ssl_cert_file\" to where it is, or \"ssl\" to "
			    "off.");
		return -1;
	}
	return 0;
}

static void
set_part(struct launch *launch, enum handoff_part part, const void *bytes,
    size_t len)
{
	launch->parts[part].bytes = bytes;
	launch->parts[part].len = len;
}

/* All that the workers get as bytes. */
static int
read_files(struct listener *listener, struct fault *fault)
{
	const struct textfile *cert = &listener->cert;
	const struct trust *trust = &listener->trust;
	const struct rules *rules = &listener->rules;
	struct launch *launch = &listener->launch;

	if (read_certificate(listener, fault) == -1 ||
	    trust_read(&listener->settings, &listener->trust, fault) == -1 ||
	    rules_read(&listener->settings, &listener->rules, fault) == -1)
		return -1;
	set_part(launch, HANDOFF_CERT, cert->bytes, cert->len);
	set_part(launch, HANDOFF_CA, trust->ca.bytes, trust->ca.len);
	set_part(launch, HANDOFF_CRL, trust->crl.bytes, trust->crl.len);
	set_part(launch, HANDOFF_CRL_DIR, trust->crl_dir.bytes,
	    trust->crl_dir.len);
	set_part(launch, HANDOFF_RULES, rules->image, rules->len);
	return 0;
}

static int
open_run_directory(struct listener *listener, struct fault *fault)
{
	listener->run_directory = rundir_open(
	    listener->settings.instance.run_directory, fault);
	if (listener->run_directory == -1)
		return -1;
	listener->pidfile = rundir_lock_pidfile(listener->run_directory,
	    PIDFILE, PROGRAM, fault);
	return listener->pidfile == -1 ? -1 : 0;
}

static int
find_addresses(struct listener *listener, struct addresses *out_listening,
    struct fault *fault)
{
	const struct settings *settings = &listener->settings;
	const struct addresses_list list = { .setting = "listen_addresses",
		.value = settings->listen_addresses, .port = settings->port };
	struct launch *launch = &listener->launch;
	struct lookup lookup;
	int ret = -1;

	lookup_open(&lookup, PROGRAMDIR "/listener-resolver", &launch->user);
	if (addresses_parse_listen(&list, &lookup, out_listening, fault) == 0)
		ret = routes_find_addresses(settings, &lookup, out_listening,
		    &launch->routes, fault);
	lookup_close(&lookup);
	return ret;
}

static int
bind_ports(struct listener *listener, struct fault *fault)
{
	struct addresses listening;

	if (find_addresses(listener, &listening, fault) == -1 ||
	    routes_choose(&listener->settings, &listener->rules,
	    &listener->launch.user, &listener->launch.routes, fault) == -1)
		return -1;
	return ports_open(&listening, (size_t)listener->settings.workers,
	    &listener->launch.ports, fault);
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
	struct launch *launch = &listener->launch;

	launch->settings = &listener->settings;
	log_settings_open_terminal(&listener->settings.log, PROGRAM);
	if (find_user(listener, fault) == -1 ||
	    open_run_directory(listener, fault) == -1 ||
	    read_files(listener, fault) == -1)
		return -1;
	raise_file_limit(&listener->settings);
	if (bind_ports(listener, fault) == -1 ||
	    launch_open_boards(launch, fault) == -1 ||
	    supervisor_start(&listener->supervisor, launch, fault) == -1)
		return -1;
	if (log_settings_open(&listener->settings.log,
	    listener->options.foreground, fault) == -1) {
		supervisor_abandon(&listener->supervisor);
		return -1;
	}
	return 0;
}

static void
serve(struct listener *listener)
{
	background_ready();
	ports_log(&listener->launch.ports);
	if (geteuid() != 0)
		log_write(LOG_LEVEL_LOG, "started without root: all programs "
		    "run as the same user ID %u", (unsigned int)geteuid());
	rules_log_default(&listener->settings, &listener->rules);
	log_write(LOG_LEVEL_LOG, PROGRAM " is ready to accept connections");
	supervisor_run(&listener->supervisor);
}

int
main(int argc, char **argv)
{
	static struct listener listener = { .run_directory = -1,
		.pidfile = -1 };
	struct fault fault = { 0 };
	int status = 0;

	supervisor_block_signals();
	log_open(PROGRAM);
	if (options_parse(&program, argc, argv, &listener.options, &fault) ==
	    -1) {
		log_fault(LOG_LEVEL_FATAL, &fault);
		return 1;
	}
	if (listener.options.action != OPTIONS_RUN)
		return options_print(&program, listener.options.action);
	if (read_settings(&listener) == -1)
		return 1;
	if ((listener.options.foreground || background_start(&fault) == 0) &&
	    start(&listener, &fault) == 0) {
		serve(&listener);
	} else {
		log_fault(LOG_LEVEL_FATAL, &fault);
		status = 1;
	}
	rundir_unlock_pidfile(listener.run_directory, PIDFILE,
	    listener.pidfile);
	return status;
}
