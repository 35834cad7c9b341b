/* SPDX-License-Identifier: ISC */
/*
 * generation: one reading of all that an administrator wrote: the settings,
 * the files that they name, the addresses; and what is launched from it.
 * Runs in: postern-listener.
 */
#include "listener/generation.h"

#include <sys/resource.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log.h"
#include "common/users.h"
#include "listener/lookup.h"

#define FILES_SPARE 128		/* of a worker, beside its clients' */

struct generation *
generation_open_faulty(const struct instance *instance,
    struct fault_list *faults)
{
	struct generation *generation = calloc(1, sizeof(*generation));
	struct fault fault = { 0 };

	if (generation == NULL) {
		fault_set(&fault, "out of memory");
		fault_list_add(faults, &fault);
		return NULL;
	}
	launch_init(&generation->launch, &generation->settings);
	if (settings_read(instance, &generation->settings, faults) == 0 ||
	    settings_are_known(&generation->settings))
		return generation;
	generation_close(generation);
	return NULL;
}

struct generation *
generation_open(const struct instance *instance, struct fault_list *faults)
{
	struct generation *generation = generation_open_faulty(instance,
	    faults);

	if (generation == NULL || faults->count == 0)
		return generation;
	generation_close(generation);
	return NULL;
}

/* Whom workers become; without root they stay who we are. */
static int
find_user(struct generation *generation, struct fault *fault)
{
	const struct instance_settings *settings =
	    &generation->settings.instance;
	struct handoff_user *user = &generation->launch.user;
	struct privs_user found;

	user->sandbox_required = settings->sandbox ==
	    INSTANCE_SANDBOX_REQUIRED;
	if (geteuid() != 0)
		return 0;
	if (privs_find_user("user", settings->user, &found, fault) == -1)
		return -1;
	user->change_user = 1;
	user->uid = found.uid;
	user->gid = found.gid;
	return 0;
}

static int
read_certificate(struct generation *generation, struct fault *fault)
{
	if (!generation->settings.ssl)
		return 0;
	if (textfile_read("server certificate file",
	    generation->settings.worker.ssl_cert_file, &generation->cert,
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
static void
set_parts(struct generation *generation)
{
	const struct textfile *cert = &generation->cert;
	const struct trust *trust = &generation->trust;
	const struct rules *rules = &generation->rules;
	struct launch *launch = &generation->launch;

	set_part(launch, HANDOFF_CERT, cert->bytes, cert->len);
	set_part(launch, HANDOFF_CA, trust->ca.bytes, trust->ca.len);
	set_part(launch, HANDOFF_CRL, trust->crl.bytes, trust->crl.len);
	set_part(launch, HANDOFF_CRL_DIR, trust->crl_dir.bytes,
	    trust->crl_dir.len);
	set_part(launch, HANDOFF_RULES, rules->image, rules->len);
}

static int
read_rules(struct generation *generation, struct fault *fault)
{
	return rules_read(&generation->settings, &generation->rules, fault);
}

typedef int step(struct generation *, struct fault *);

static bool
take(struct generation *generation, step *do_step, struct fault_list *faults)
{
	struct fault fault = { 0 };

	if (do_step(generation, &fault) == 0)
		return true;
	fault_list_add(faults, &fault);
	return false;
}

int
generation_read(struct generation *generation, struct fault_list *faults)
{
	size_t before = faults->count;

	generation->has_user = take(generation, find_user, faults);
	(void)take(generation, read_certificate, faults);
	(void)trust_read(&generation->settings, &generation->trust, faults);
	(void)take(generation, read_rules, faults);
	set_parts(generation);
	return faults->count == before ? 0 : -1;
}

static int
parse_addresses(struct generation *generation, struct lookup *lookup,
    struct fault *fault)
{
	const struct settings *settings = &generation->settings;
	const struct addresses_list list = { .setting = "listen_addresses",
		.value = settings->listen_addresses, .port = settings->port };
	struct addresses *listening = &generation->listening;

	if (addresses_parse_listen(&list, lookup, listening, fault) == -1)
		return -1;
	return routes_find_addresses(settings, lookup, listening,
	    &generation->launch.routes, fault);
}

static int
choose_routes(struct generation *generation, struct fault *fault)
{
	return routes_choose(&generation->settings, &generation->rules,
	    &generation->launch.user, &generation->launch.routes, fault);
}

int
generation_find_addresses(struct generation *generation,
    struct lookup *lookup, struct fault_list *faults)
{
	size_t before = faults->count;
	struct fault fault = { 0 };

	if (!generation->has_user)
		return -1;
	if (parse_addresses(generation, lookup, &fault) == -1) {
		if (lookup_is_waiting(lookup))
			return -1;
		fault_list_add(faults, &fault);
	}
	(void)take(generation, choose_routes, faults);
	return faults->count == before ? 0 : -1;
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

static bool
has_certificate_of(const struct generation *generation,
    const struct generation *before)
{
	const struct textfile *ours = &generation->cert;
	const struct textfile *theirs = &before->cert;

	return ours->len == theirs->len && (ours->len == 0 ||
	    memcmp(ours->bytes, theirs->bytes, ours->len) == 0);
}

int
generation_prepare(struct generation *generation,
    const struct generation *before, struct fault *fault)
{
	struct launch *launch = &generation->launch;

	raise_file_limit(&generation->settings);
	launch->workers = (size_t)generation->settings.workers;
	launch->certificate_is_new = before != NULL &&
	    !has_certificate_of(generation, before);
	if (ports_open(&generation->listening, launch->workers,
	    before == NULL ? NULL : &before->launch.ports, &launch->ports,
	    fault) == -1)
		return -1;
	return launch_open_boards(launch, fault);
}

void
generation_close(struct generation *generation)
{
	if (generation == NULL)
		return;
	launch_close(&generation->launch);
	textfile_close(&generation->cert);
	trust_close(&generation->trust);
	rules_close(&generation->rules);
	free(generation);
}
