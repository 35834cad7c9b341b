/* SPDX-License-Identifier: ISC */
/*
 * flow: one direction of a relay: what was read from one stream and is not yet
 * written to the other. Holds memory only while the reader is slower.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_FLOW_H
#define LISTENER_WORKER_FLOW_H

#include <stdbool.h>
#include <stddef.h>

struct stream;

enum flow_state {
	FLOW_OPEN,
	FLOW_ENDED	/* its source has ended, and its sink was told */
};

/* Empty: a struct of zeroes. */
struct flow {
	enum flow_state state;
	unsigned char *pending;	/* owned; NULL while nothing waits */
	size_t pending_len;	/* bytes that wait, from pending_off on */
	size_t pending_off;
};

enum flow_status {
	FLOW_MOVED,		/* all that could be done is done */
	FLOW_WANTS_READ,	/* again when the source is readable */
	FLOW_WANTS_WRITE,	/* again when the sink is writable */
	FLOW_SOURCE_BROKEN,
	FLOW_SINK_BROKEN,
	FLOW_NO_MEMORY
};

/*
 * Writes len bytes to the sink; what it does not take is copied and waits.
 * Only while nothing waits. Returns FLOW_MOVED, FLOW_WANTS_WRITE or an error.
 */
enum flow_status flow_put(struct flow *flow, struct stream *sink,
    const unsigned char *bytes, size_t len);

/* Writes what waits. As flow_put(). */
enum flow_status flow_flush(struct flow *flow, struct stream *sink);

/* Sees every byte that flow_move() has read, before it is written. Returns
 * false to stop the relay: FLOW_SOURCE_BROKEN then. */
typedef bool flow_watch_fn(void *owner, const unsigned char *bytes,
    size_t len);

struct flow_options {
	struct stream *source, *sink;
	unsigned char *scratch;	/* scratch_size bytes, shared by all flows */
	size_t scratch_size;
	flow_watch_fn *watch;
	void *owner;		/* watch's argument */
};

/*
 * Moves bytes until the source has no more, the sink takes no more or it was
 * long enough for one turn (FLOW_MOVED: there is more, run it again soon).
 * When the source has ended and all is written, ends the sink: FLOW_MOVED,
 * state FLOW_ENDED.
 */
enum flow_status flow_move(struct flow *flow,
    const struct flow_options *options);

/* Gives its memory back. Accepts empty. */
void flow_close(struct flow *flow);

#endif
