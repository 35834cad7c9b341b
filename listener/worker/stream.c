/* SPDX-License-Identifier: ISC */
/*
 * stream: what plain and TLS streams have in common, and the plain one.
 * Runs in: listener-worker.
 */
#include "listener/worker/stream.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "listener/worker/stream_tls.h"

static enum stream_status
status_of_errno(enum stream_status wants)
{
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return wants;
	return STREAM_BROKEN;
}

static enum stream_status
plain_read(struct stream *stream, unsigned char *out, size_t size,
    size_t *out_len)
{
	ssize_t n;

	n = recv(stream->fd, out, size, MSG_DONTWAIT);
	if (n < 0)
		return status_of_errno(STREAM_WANTS_READ);
	if (n == 0)
		return STREAM_ENDED;
	*out_len = (size_t)n;
	return STREAM_MOVED;
}

static enum stream_status
plain_write(struct stream *stream, const unsigned char *bytes, size_t len,
    size_t *out_len)
{
	ssize_t n;

	n = send(stream->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return status_of_errno(STREAM_WANTS_WRITE);
	*out_len = (size_t)n;
	return STREAM_MOVED;
}

/* The socket took what a write has taken. */
static enum stream_status
plain_flush(struct stream *stream)
{
	(void)stream;
	return STREAM_MOVED;
}

static bool
plain_is_holding(const struct stream *stream)
{
	(void)stream;
	return false;
}

static enum stream_status
plain_end(struct stream *stream)
{
	(void)shutdown(stream->fd, SHUT_WR);
	return STREAM_MOVED;
}

static const struct stream_ops plain_ops = {
	.read = plain_read,
	.write = plain_write,
	.flush = plain_flush,
	.is_holding = plain_is_holding,
	.end = plain_end,
};

void
stream_open(struct stream *stream, int fd)
{
	stream->ops = &plain_ops;
	stream->fd = fd;
	stream->ssl = NULL;
	stream->has_ended = false;
	stream->unsent = (struct stream_unsent){ .bytes = NULL };
}

enum stream_status
stream_read(struct stream *stream, unsigned char *out, size_t size,
    size_t *out_len)
{
	*out_len = 0;
	return stream->ops->read(stream, out, size, out_len);
}

enum stream_status
stream_write(struct stream *stream, const unsigned char *bytes, size_t len,
    size_t *out_len)
{
	*out_len = 0;
	return stream->ops->write(stream, bytes, len, out_len);
}

enum stream_status
stream_flush(struct stream *stream)
{
	return stream->ops->flush(stream);
}

bool
stream_is_holding(const struct stream *stream)
{
	return stream->ops->is_holding(stream);
}

enum stream_status
stream_end(struct stream *stream)
{
	return stream->ops->end(stream);
}

void
stream_format_error(const struct stream *stream, char *out, size_t size)
{
	int error = errno;

	if (stream->ssl == NULL || !stream_tls_format_error(out, size))
		(void)snprintf(out, size, "%s",
		    error == 0 ? "EOF detected" : strerror(error));
}

void
stream_close(struct stream *stream)
{
	SSL_free(stream->ssl);
	stream->ssl = NULL;
	free(stream->unsent.bytes);
	stream->unsent = (struct stream_unsent){ .bytes = NULL };
	if (stream->fd != -1)
		(void)close(stream->fd);
	stream->fd = -1;
}
