/* SPDX-License-Identifier: ISC */
/*
 * stream: a connected socket as bytes, plain or inside TLS, behind one table
 * of functions. Never blocks.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_STREAM_H
#define LISTENER_WORKER_STREAM_H

#include <openssl/ssl.h>

#include <stdbool.h>
#include <stddef.h>

enum stream_status {
	STREAM_MOVED,		/* at least one byte */
	STREAM_WANTS_READ,	/* again when the socket is readable */
	STREAM_WANTS_WRITE,	/* again when it is writable */
	STREAM_WANTS_KEY,	/* again when the signature is there */
	STREAM_ENDED,		/* the peer will send no more */
	STREAM_BROKEN		/* reset, or not TLS any more */
};

struct stream;

struct stream_ops {
	enum stream_status (*read)(struct stream *stream, unsigned char *out,
	    size_t size, size_t *out_len);
	enum stream_status (*write)(struct stream *stream,
	    const unsigned char *bytes, size_t len, size_t *out_len);
	enum stream_status (*flush)(struct stream *stream);
	bool (*is_holding)(const struct stream *stream);
	enum stream_status (*end)(struct stream *stream);
};

/* Bytes that a write has taken and the socket has not; of TLS alone. */
struct stream_unsent {
	unsigned char *bytes;	/* owned; NULL while nothing waits */
	size_t len, off;	/* how many wait, and from where on */
};

/* Empty: STREAM_EMPTY. */
struct stream {
	const struct stream_ops *ops;
	int fd;			/* owned, non-blocking; -1 if none */
	SSL *ssl;		/* owned; NULL while plain */
	struct stream_unsent unsent;
	bool has_ended;		/* its end was read behind its last bytes */
};
#define STREAM_EMPTY { .fd = -1 }

/* Takes over a connected socket, plain. */
void stream_open(struct stream *stream, int fd);

/*
 * Reads up to size bytes (> 0), writes up to len (> 0). *out_len is how many
 * with STREAM_MOVED, else 0. After STREAM_WANTS_* a write must be repeated
 * with the same bytes, and may have more behind them.
 */
enum stream_status stream_read(struct stream *stream, unsigned char *out,
    size_t size, size_t *out_len);
enum stream_status stream_write(struct stream *stream,
    const unsigned char *bytes, size_t len, size_t *out_len);

/* Sends what a write has taken and the socket has not: STREAM_MOVED when
 * nothing is left of it, STREAM_WANTS_WRITE or STREAM_BROKEN. */
enum stream_status stream_flush(struct stream *stream);

/* Does it hold bytes that no event of the socket will tell of? */
bool stream_is_holding(const struct stream *stream);

/* Says that no more will be written: close_notify, then FIN. Returns
 * STREAM_MOVED, or STREAM_WANTS_WRITE while there is no room for it: must be
 * called again then. */
enum stream_status stream_end(struct stream *stream);

/* Why the last call returned STREAM_BROKEN; before any other call. */
void stream_format_error(const struct stream *stream, char *out, size_t size);

/* Frees and closes. Accepts empty. No signature may be pending. */
void stream_close(struct stream *stream);

#endif
