/* SPDX-License-Identifier: ISC */
/*
 * scrape: the metrics by HTTP: GET /metrics, and nothing else.
 * Runs in: listener-exporter.
 */
#include "listener/exporter/scrape.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/listener.h>

#include <string.h>

#include "common/fault.h"
#include "listener/exporter/exporter.h"
#include "listener/exporter/metrics.h"

#define HEADERS_MAX 8192
#define TIMEOUT_S 10

static void
answer(struct evhttp_request *request, void *arg)
{
	static struct roster_about about;
	static struct gallery_sum sum;
	struct exporter *exporter = arg;
	struct metrics_sources sources = { .facts = &exporter->facts,
		.sum = &sum };

	(void)facts_read(exporter->shared, &exporter->facts);
	gallery_add_up(&exporter->gallery, &sum);
	if (gallery_read_about(&exporter->gallery, &about))
		sources.about = &about;
	(void)evhttp_add_header(evhttp_request_get_output_headers(request),
	    "Content-Type", METRICS_CONTENT_TYPE);
	metrics_write(&sources, evhttp_request_get_output_buffer(request));
	evhttp_send_reply(request, HTTP_OK, "OK", NULL);
}

static void
not_found(struct evhttp_request *request, void *arg)
{
	(void)arg;
	evhttp_send_error(request, HTTP_NOTFOUND, NULL);
}

/* No descriptors are left: what is open must end before more is accepted. */
static void
on_error(struct evconnlistener *listener, void *arg)
{
	struct timeval pause = { .tv_usec = 100000 };
	struct exporter *exporter = arg;

	(void)evconnlistener_disable(listener);
	(void)evtimer_add(&exporter->metrics_pause, &pause);
}

static void
on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct exporter *exporter = arg;

	(void)fd;
	(void)what;
	(void)evconnlistener_enable(exporter->metrics);
}

int
scrape_start(struct exporter *exporter, struct fault *fault)
{
	struct evhttp *http = evhttp_new(exporter->base);

	exporter->metrics = evconnlistener_new(exporter->base, NULL, NULL,
	    LEV_OPT_CLOSE_ON_EXEC, 0, HANDOFF_EXPORTER_FD_METRICS);
	if (http == NULL || exporter->metrics == NULL ||
	    evhttp_bind_listener(http, exporter->metrics) == NULL)
		return fault_set(fault, "could not serve the metrics");
	(void)evtimer_assign(&exporter->metrics_pause, exporter->base,
	    on_pause_over, exporter);
	evconnlistener_set_error_cb(exporter->metrics, on_error);
	evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_max_headers_size(http, HEADERS_MAX);
	evhttp_set_max_body_size(http, 0);
	evhttp_set_timeout(http, TIMEOUT_S);
	(void)evhttp_set_cb(http, "/metrics", answer, exporter);
	evhttp_set_gencb(http, not_found, NULL);
	return 0;
}
