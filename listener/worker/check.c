/* SPDX-License-Identifier: ISC */
/*
 * check: what the worker of postern-listener --check does instead of serving.
 * Runs in: listener-worker, of a check alone.
 */
#include "listener/worker/check.h"

#include <event2/event.h>

#include <string.h>

#include "common/fault.h"
#include "common/log.h"
#include "listener/worker/advice.h"
#include "listener/worker/dry_round.h"
#include "listener/worker/worker.h"

/* A check need not be run where and when keyd runs. */
static void
try_handshake(struct worker *worker, struct fault_list *faults)
{
	struct fault fault = { 0 };

	if (worker->tls.ctx == NULL || dry_round_run(worker, &fault) == 0)
		return;
	if (worker->keyd.last_error == 0) {
		(void)fault_list_add(faults, &fault);
		return;
	}
	(void)fault_set(&fault, "did not compare server certificate file "
	    "\"%s\" with the key of postern-keyd",
	    worker->settings->ssl_cert_file);
	(void)fault_detail(&fault, "Connecting to it at \"%s\" failed: %s.",
	    worker->settings->key_socket, strerror(worker->keyd.last_error));
	log_fault(LOG_LEVEL_WARNING, &fault);
}

static void
ask_server(struct worker *worker)
{
	uint32_t i, routes = worker->handoff->routes;

	for (i = 0; i < routes; i++)
		probe_start(&worker->probes[i], worker,
		    (enum handoff_route)i);
	for (i = 0; i < routes; i++)
		while (!worker->probes[i].is_over)
			(void)event_base_loop(worker->base, EVLOOP_ONCE);
}

void
check_run(struct worker *worker, struct fault_list *faults)
{
	if (worker->settings->ssl) {
		advice_give(worker);
		try_handshake(worker, faults);
	}
	ask_server(worker);
}
