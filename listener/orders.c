/* SPDX-License-Identifier: ISC */
/*
 * orders: what posternctl(8) asks of the listener: to reload, to stop.
 * Runs in: postern-listener.
 */
#include "listener/orders.h"

#include <string.h>

#include "common/fault.h"
#include "common/log.h"
#include "listener/supervisor.h"
#include "listener/watch.h"

static const enum supervisor_phase phases[CTLWIRE_STOPS] = {
	[CTLWIRE_STOP_SMART] = SUPERVISOR_SMART,
	[CTLWIRE_STOP_FAST] = SUPERVISOR_FAST,
	[CTLWIRE_STOP_IMMEDIATE] = SUPERVISOR_IMMEDIATE,
};

static void
on_result(struct reload_request *request, const struct reload_result *result)
{
	struct orders_reload *waiting = (struct orders_reload *)(void *)request;
	uint64_t id = waiting->id;

	waiting->id = 0;
	if (fault_is_set(&result->fault))
		control_fail(&waiting->orders->control, id, &result->fault);
	else
		control_done(&waiting->orders->control, id,
		    result->generation);
}

/* There are as many places as connections, and each waits for one thing. */
static void
ask_reload(struct orders *orders, uint64_t id)
{
	struct orders_reload *place = orders->reloads;
	struct fault fault = { 0 };

	if (orders->supervisor->phase != SUPERVISOR_SERVING) {
		fault_set(&fault, "the server is shutting down");
		control_fail(&orders->control, id, &fault);
		return;
	}
	while (place->id != 0)
		place++;
	*place = (struct orders_reload){ .request.on_result = on_result,
		.orders = orders, .id = id };
	supervisor_ask_reload(orders->supervisor, &place->request);
}

static void
take_request(void *arg, uint64_t id, const struct ctlwire_request *request)
{
	struct orders *orders = arg;
	struct fault fault = { 0 };

	switch (request->verb) {
	case CTLWIRE_RELOAD:
		ask_reload(orders, id);
		break;
	case CTLWIRE_STOP:
		control_done(&orders->control, id, 0);
		log_write(LOG_LEVEL_LOG, "received %s shutdown request from "
		    "posternctl", ctlwire_stop_name(request->which));
		supervisor_stop(orders->supervisor, phases[request->which]);
		break;
	default:
		fault_set(&fault, "postern-listener does not know the request "
		    "\"%s\"", ctlwire_verb_name(request->verb));
		control_fail(&orders->control, id, &fault);
		break;
	}
}

/* The reload goes on: only nobody is told. */
static void
forget(void *arg, uint64_t id)
{
	struct orders *orders = arg;
	size_t i;

	for (i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
		if (orders->reloads[i].id != id)
			continue;
		orders->reloads[i].id = 0;
		reload_withdraw(&orders->supervisor->reload,
		    &orders->reloads[i].request);
	}
}

int
orders_open(const char *run_directory, struct supervisor *supervisor,
    struct orders *orders, struct fault *fault)
{
	const struct control_calls calls = { .request = take_request,
		.gone = forget, .arg = orders };

	memset(orders, 0, sizeof(*orders));
	orders->supervisor = supervisor;
	return control_open(run_directory, CONTROL_LISTENER, &calls,
	    &orders->control, fault);
}

static void
note(void *owner, void *which)
{
	struct pollfd *polled = which;

	(void)owner;
	polled->revents = POLLIN;
}

void
orders_watch(struct orders *orders, struct watch *watch)
{
	size_t i;

	control_watch(&orders->control, orders->polled);
	/* Until clients are served, who asks waits. */
	for (i = 0; i < CONTROL_POLL_MAX; i++) {
		orders->polled[i].revents = 0;
		if (orders->supervisor->phase != SUPERVISOR_STARTING)
			watch_add(watch, orders->polled[i].fd, note, orders,
			    &orders->polled[i]);
	}
}

void
orders_tend(struct orders *orders)
{
	control_turn(&orders->control, orders->polled);
}

void
orders_close(struct orders *orders)
{
	control_close(&orders->control);
}
