/* SPDX-License-Identifier: ISC */
/*
 * tls_wire: the socket beneath a TLS stream, as libssl sees it. Records that
 * are written together leave in one send(2).
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_TLS_WIRE_H
#define LISTENER_WORKER_TLS_WIRE_H

#include <openssl/bio.h>

#include <stdbool.h>

#include "listener/worker/stream.h"

/* A BIO on the stream's socket, which it neither owns nor outlives. NULL if
 * memory is short. */
BIO *tls_wire_new(struct stream *stream);

/*
 * From here to tls_wire_send() what libssl writes is gathered: for one stream
 * at a time, which has nothing unsent. May one more record follow?
 */
void tls_wire_gather(void);
bool tls_wire_may_gather(void);

/* Sends what was gathered; what the socket does not take is the stream's
 * unsent. STREAM_MOVED, or STREAM_BROKEN (also: out of memory). */
enum stream_status tls_wire_send(struct stream *stream);

/* Sends what is unsent: STREAM_MOVED when nothing is left, STREAM_WANTS_WRITE
 * or STREAM_BROKEN. */
enum stream_status tls_wire_flush(struct stream *stream);

#endif
