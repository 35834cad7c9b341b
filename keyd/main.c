/* SPDX-License-Identifier: ISC */
/*
 * postern-keyd: keeps the server's private key away from every process that
 * talks to the network, and signs TLS handshakes with it.
 * Runs in: postern-keyd (root, or an unprivileged user for a trial).
 */
#include <sys/prctl.h>
#include <sys/resource.h>

#include <unistd.h>

#include "common/background.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/notify.h"
#include "common/options.h"
#include "keyd/settings.h"
#include "keyd/signals.h"
#include "keyd/supervisor.h"

#define PROGRAM "postern-keyd"

static const struct options_program program = {
	.name = PROGRAM,
	.purpose = "keeps the private key of Postern's server certificate",
};

static int
fatal(const struct fault *fault)
{
	log_fault(LOG_LEVEL_FATAL, fault);
	return 1;
}

/* LeakSanitizer looks at the process from a task of its own at exit. */
static int
hide(void)
{
#ifdef WITH_SANITIZERS
	return 0;
#else
	return prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* Our memory has no key, but the descriptor of one: nobody looks inside. */
static int
confine_memory(struct fault *fault)
{
	const struct rlimit none = { 0, 0 };

	if (hide() == -1 || setrlimit(RLIMIT_CORE, &none) == -1)
		return fault_set(fault,
		    "could not keep this process out of core files: %m");
	return 0;
}

static void
log_ready(const struct supervisor *supervisor)
{
	const struct vault *vault = &supervisor->ring.vault[0];
	char id[VAULT_ID_TEXT];

	vault_format_id(vault, id);
	log_write(LOG_LEVEL_LOG, PROGRAM " is ready: key %s (%s), key memory "
	    "\"%s\", socket \"%s\"", id, vault->key.kind,
	    secret_kind_name(vault->secret.kind),
	    supervisor->settings.instance.key_socket);
	if (geteuid() != 0)
		log_write(LOG_LEVEL_LOG, "started without root: the signer "
		    "runs as the same user ID %u", (unsigned int)geteuid());
}

static int
serve(const struct options *options, const struct instance *instance,
    const struct settings *settings)
{
	static struct supervisor supervisor;
	struct fault fault = { 0 };
	int rc;

	supervisor_init(&supervisor, instance, settings, options->foreground);
	rc = supervisor_start(&supervisor, &fault);
	if (rc == 0)
		rc = log_settings_open(&supervisor.settings.log,
		    options->foreground, &fault);
	if (rc == 0) {
		background_ready();
		log_ready(&supervisor);
		notify_ready("Serving");
		supervisor_run(&supervisor);
		notify_stopping();
	} else {
		fatal(&fault);
	}
	supervisor_stop(&supervisor);
	if (rc == 0)
		log_write(LOG_LEVEL_LOG, PROGRAM " is shut down");
	return rc == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct options options;
	struct settings settings;
	struct fault fault = { 0 };
	struct fault_list faults = { .count = 0 };

	signals_block();
	log_settings_open_start(PROGRAM);
	notify_open();
	if (options_parse(&program, argc, argv, &options, &fault) == -1)
		return fatal(&fault);
	if (options.action != OPTIONS_RUN)
		return options_print(&program, options.action);

	const struct instance instance = {
		.directory = options.directory,
		.assignments = options.assignments,
		.assignments_len = options.assignments_len,
		.is_root = geteuid() == 0,
	};
	if (settings_read(&instance, &settings, &faults) == -1) {
		instance_log_faults(&instance, &faults);
		return 1;
	}
	log_settings_open_terminal(&settings.log, PROGRAM);

	if (confine_memory(&fault) == -1)
		return fatal(&fault);
	if (!options.foreground && background_start(&fault) == -1)
		return fatal(&fault);
	return serve(&options, &instance, &settings);
}
