/* SPDX-License-Identifier: ISC */
/*
 * generation: one reading of all that an administrator wrote: the settings,
 * the files that they name, the addresses; and what is launched from it.
 * Runs in: postern-listener.
 */
#include "listener/generation.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log.h"
#include "common/users.h"
#include "listener/lookup.h"

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
find_addresses(struct generation *generation, struct fault *fault)
{
	const struct settings *settings = &generation->settings;
	const struct addresses_list list = { .setting = "listen_addresses",
		.value = settings->listen_addresses, .port = settings->port };
	struct launch *launch = &generation->launch;
	struct addresses *listening = &generation->listening;
	struct lookup lookup;
	int ret = -1;

	lookup_open(&lookup, PROGRAMDIR "/listener-resolver", &launch->user);
	if (addresses_parse_listen(&list, &lookup, listening, fault) == 0)
		ret = routes_find_addresses(settings, &lookup, listening,
		    &launch->routes, fault);
	lookup_close(&lookup);
	return ret;
}

static int
read_rules(struct generation *generation, struct fault *fault)
{
	return rules_read(&generation->settings, &generation->rules, fault);
}

static int
choose_routes(struct generation *generation, struct fault *fault)
{
	return routes_choose(&generation->settings, &generation->rules,
	    &generation->launch.user, &generation->launch.routes, fault);
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
generation_read_all(struct generation *generation, struct fault_list *faults)
{
	size_t before = faults->count;
	bool has_user;

	has_user = take(generation, find_user, faults);
	(void)take(generation, read_certificate, faults);
	(void)trust_read(&generation->settings, &generation->trust, faults);
	(void)take(generation, read_rules, faults);
	set_parts(generation);
	if (has_user) {
		(void)take(generation, find_addresses, faults);
		(void)take(generation, choose_routes, faults);
	}
	return faults->count == before ? 0 : -1;
}

int
generation_read(struct generation *generation, struct fault *fault)
{
	static struct fault_list faults;
	size_t i;

	faults.count = 0;
	if (generation_read_all(generation, &faults) == 0)
		return 0;
	if (faults.count == 1) {
		*fault = faults.item[0];
		return -1;
	}
	for (i = 0; i < faults.count && i < FAULT_LIST_MAX; i++)
		log_fault(LOG_LEVEL_ERROR, &faults.item[i]);
	return fault_set(fault, "what the settings of data directory \"%s\" "
	    "name contains %zu errors",
	    generation->settings.worker.data_directory, faults.count);
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
