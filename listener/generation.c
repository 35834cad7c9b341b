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
#include "common/users.h"
#include "listener/lookup.h"

struct generation *
generation_open(const struct instance *instance, struct fault_list *faults)
{
	struct generation *generation = calloc(1, sizeof(*generation));
	struct fault fault = { 0 };

	if (generation == NULL) {
		fault_set(&fault, "out of memory");
		fault_list_add(faults, &fault);
		return NULL;
	}
	launch_init(&generation->launch, &generation->settings);
	if (settings_read(instance, &generation->settings, faults) == 0)
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
static int
read_files(struct generation *generation, struct fault *fault)
{
	const struct textfile *cert = &generation->cert;
	const struct trust *trust = &generation->trust;
	const struct rules *rules = &generation->rules;
	struct launch *launch = &generation->launch;

	if (read_certificate(generation, fault) == -1 ||
	    trust_read(&generation->settings, &generation->trust,
	    fault) == -1 ||
	    rules_read(&generation->settings, &generation->rules,
	    fault) == -1)
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

int
generation_read(struct generation *generation, struct fault *fault)
{
	if (find_user(generation, fault) == -1 ||
	    read_files(generation, fault) == -1 ||
	    find_addresses(generation, fault) == -1)
		return -1;
	return routes_choose(&generation->settings, &generation->rules,
	    &generation->launch.user, &generation->launch.routes, fault);
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
