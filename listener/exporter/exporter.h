/* SPDX-License-Identifier: ISC */
/*
 * exporter: what the exporter's parts share.
 * Runs in: listener-exporter.
 */
#ifndef LISTENER_EXPORTER_EXPORTER_H
#define LISTENER_EXPORTER_EXPORTER_H

#include <sys/queue.h>

#include <event2/event_struct.h>

#include <stddef.h>

#include "common/layers.h"
#include "listener/exporter/gallery.h"
#include "listener/facts.h"

struct answer;
struct evconnlistener;

struct exporter {
	struct handoff_exporter handoff;
	struct event_base *base;
	struct event supervisor, status, pause;
	struct evconnlistener *metrics;	/* NULL: none are served */
	struct event metrics_pause;
	struct gallery gallery;
	const struct facts *shared;	/* mapped */
	struct facts facts;		/* a whole copy, the last one */
	struct layers layers;		/* its own confinement */
	LIST_HEAD(, answer) answers;
	size_t answers_len;
};

#endif
