/* SPDX-License-Identifier: ISC */
/*
 * flow: reads into the worker's scratch memory and writes from there; only
 * what the sink did not take is copied. While anything waits nothing is read:
 * that is the back-pressure.
 * Runs in: listener-worker.
 */
#include "listener/worker/flow.h"

#include <stdlib.h>
#include <string.h>

#include "listener/worker/stream.h"

#define TURNS 4	/* scratch-fuls that one client may move before the next */

/* Writes until the sink has all and has sent it, or takes no more; *len and
 * *bytes move on. */
static enum flow_status
write_all(struct stream *sink, const unsigned char **bytes, size_t *len)
{
	size_t n;

	while (*len > 0) {
		switch (stream_write(sink, *bytes, *len, &n)) {
		case STREAM_MOVED:
			*bytes += n;
			*len -= n;
			break;
		case STREAM_WANTS_WRITE:
			return FLOW_WANTS_WRITE;
		case STREAM_WANTS_READ:
			/* Never: there is no renegotiation. */
		default:
			return FLOW_SINK_BROKEN;
		}
	}
	switch (stream_flush(sink)) {
	case STREAM_MOVED:
		return FLOW_MOVED;
	case STREAM_WANTS_WRITE:
		return FLOW_WANTS_WRITE;
	default:
		return FLOW_SINK_BROKEN;
	}
}

enum flow_status
flow_put(struct flow *flow, struct stream *sink, const unsigned char *bytes,
    size_t len)
{
	enum flow_status status = write_all(sink, &bytes, &len);

	if (status != FLOW_WANTS_WRITE || len == 0)
		return status;
	if ((flow->pending = malloc(len)) == NULL)
		return FLOW_NO_MEMORY;
	memcpy(flow->pending, bytes, len);
	flow->pending_off = 0;
	flow->pending_len = len;
	return FLOW_WANTS_WRITE;
}

enum flow_status
flow_flush(struct flow *flow, struct stream *sink)
{
	const unsigned char *bytes = NULL;
	size_t len = flow->pending_len;
	enum flow_status status;

	if (len > 0)
		bytes = flow->pending + flow->pending_off;
	status = write_all(sink, &bytes, &len);
	flow->pending_off += flow->pending_len - len;
	flow->pending_len = len;
	if (len == 0)
		flow_close(flow);
	return status;
}

static enum flow_status
end_sink(struct flow *flow, struct stream *sink)
{
	/* Then its source's end is read again, at the next try. */
	if (stream_end(sink) == STREAM_WANTS_WRITE)
		return FLOW_WANTS_WRITE;
	flow->state = FLOW_ENDED;
	return FLOW_MOVED;
}

static enum flow_status
move_once(struct flow *flow, const struct flow_options *options)
{
	enum flow_status status;
	size_t len;

	switch (stream_read(options->source, options->scratch,
	    options->scratch_size, &len)) {
	case STREAM_MOVED:
		if (!options->watch(options->owner, options->scratch, len))
			return FLOW_SOURCE_BROKEN;
		status = flow_put(flow, options->sink, options->scratch, len);
		/* Less than asked for: the loop tells when there is more. */
		if (status == FLOW_MOVED && len < options->scratch_size &&
		    !stream_is_holding(options->source))
			return FLOW_WANTS_READ;
		return status;
	case STREAM_WANTS_READ:
		return FLOW_WANTS_READ;
	case STREAM_ENDED:
		return end_sink(flow, options->sink);
	default:
		return FLOW_SOURCE_BROKEN;
	}
}

enum flow_status
flow_move(struct flow *flow, const struct flow_options *options)
{
	enum flow_status status;
	unsigned int turn;

	if (flow->state == FLOW_ENDED)
		return FLOW_MOVED;
	status = flow_flush(flow, options->sink);
	for (turn = 0; status == FLOW_MOVED && turn < TURNS &&
	    flow->state == FLOW_OPEN; turn++)
		status = move_once(flow, options);
	return status;
}

void
flow_close(struct flow *flow)
{
	free(flow->pending);
	flow->pending = NULL;
	flow->pending_len = flow->pending_off = 0;
}
