/* SPDX-License-Identifier: ISC */
/*
 * stream_tls: the inside of stream that only stream.c calls.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_STREAM_TLS_H
#define LISTENER_WORKER_STREAM_TLS_H

#include <stdbool.h>
#include <stddef.h>

/* The newest error of OpenSSL's queue, in its words; false if it is empty. */
bool stream_tls_format_error(char *out, size_t size);

#endif
