/* SPDX-License-Identifier: ISC */
/*
 * stream_tls: what a stream inside TLS can do besides: its handshake.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_STREAM_TLS_H
#define LISTENER_WORKER_STREAM_TLS_H

#include <openssl/ssl.h>

#include <stdbool.h>
#include <stddef.h>

#include "listener/worker/stream.h"

/*
 * Puts TLS around a plain stream, as the server of a handshake that
 * stream_tls_handshake() carries out; on_key is called with owner when a
 * pending signature is there. Returns 0, or -1 if memory is short.
 */
int stream_tls_open(struct stream *stream, SSL_CTX *tls,
    SSL_async_callback_fn on_key, void *owner);

/* Goes on with the handshake. STREAM_MOVED: it is finished. */
enum stream_status stream_tls_handshake(struct stream *stream);

/* For stream.c: the oldest error of OpenSSL's queue, in its words; false if it
 * is empty. */
bool stream_tls_format_error(char *out, size_t size);

#endif
