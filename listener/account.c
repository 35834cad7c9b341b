/* SPDX-License-Identifier: ISC */
/*
 * account: keeps the facts that the exporter shows up to date.
 * Runs in: postern-listener.
 */
#include "listener/account.h"

#include <string.h>

#include "common/clock.h"
#include "listener/exporter_link.h"
#include "listener/generations.h"
#include "listener/reload.h"

static const enum facts_kind dialer_kinds[HANDOFF_ROUTES] = {
	[HANDOFF_ROUTE_ORDINARY] = FACTS_DIALER,
	[HANDOFF_ROUTE_CERT] = FACTS_CERT_DIALER
};

static void
count_crew(const struct crew *crew, struct facts *out)
{
	size_t i;

	for (i = 0; i < crew->routes; i++)
		if (crew_is_running(&crew->dialers[i]))
			out->programs[dialer_kinds[i]].running++;
	for (i = 0; i < crew->slots; i++)
		if (crew_is_running(&crew->workers[i].child))
			out->programs[FACTS_WORKER].running++;
}

static void
note_in_force(const struct generation *generation, struct facts *out)
{
	if (out->generation != generation->number)
		out->reloaded_us = clock_wall_us();
	out->generation = generation->number;
	out->max_connections =
	    (uint32_t)generation->settings.worker.max_connections;
	out->has_ssl = generation->settings.ssl;
}

void
account_keep(const struct exporter_link *link,
    const struct generations *generations, const struct reload *reload)
{
	const struct generation *generation;
	struct facts now = *link->facts;
	size_t i;

	for (i = 0; i < FACTS_KINDS; i++)
		now.programs[i].running = 0;
	now.programs[FACTS_EXPORTER].running = link->child.pid > 0;
	now.draining = 0;
	now.reloads_failed = reload->failures;
	TAILQ_FOREACH(generation, &generations->list, link) {
		count_crew(&generation->crew, &now);
		if (generation->crew.state == CREW_DRAINING)
			now.draining++;
	}
	if (generations->in_force != NULL)
		note_in_force(generations->in_force, &now);
	if (memcmp(&now, link->facts, sizeof(now)) == 0)
		return;
	facts_begin(link->facts);
	now.sequence = link->facts->sequence;
	*link->facts = now;
	facts_end(link->facts);
}
