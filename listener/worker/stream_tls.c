/* SPDX-License-Identifier: ISC */
/*
 * stream_tls: a stream inside TLS. The handshake may pause for keyd's
 * signature; nothing after it may.
 * Runs in: listener-worker.
 */
#include "listener/worker/stream_tls.h"

#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <errno.h>
#include <stdio.h>

#include "listener/worker/tls_wire.h"

/* OpenSSL's error queue belongs to the thread, not to the connection. */
static void
forget_errors(void)
{
	ERR_clear_error();
	errno = 0;
}

static enum stream_status
status_of_ssl(struct stream *stream, int returned)
{
	switch (SSL_get_error(stream->ssl, returned)) {
	case SSL_ERROR_WANT_READ:
		return STREAM_WANTS_READ;
	case SSL_ERROR_WANT_WRITE:
		return STREAM_WANTS_WRITE;
	case SSL_ERROR_WANT_ASYNC:
		return STREAM_WANTS_KEY;
	case SSL_ERROR_ZERO_RETURN:
		return STREAM_ENDED;
	default:
		return STREAM_BROKEN;
	}
}

/* SSL_read() returns a record at most: takes all that the buffer holds, so
 * that the other side gets it in one write. */
static enum stream_status
tls_read(struct stream *stream, unsigned char *out, size_t size,
    size_t *out_len)
{
	size_t n;
	int returned;

	do {
		forget_errors();
		returned = SSL_read_ex(stream->ssl, out + *out_len,
		    size - *out_len, &n);
		if (returned != 1)
			break;
		*out_len += n;
	} while (*out_len < size && SSL_has_pending(stream->ssl));
	if (*out_len == 0)
		return status_of_ssl(stream, returned);
	stream->has_ended = returned != 1 &&
	    SSL_get_error(stream->ssl, returned) != SSL_ERROR_WANT_READ;
	return STREAM_MOVED;
}

/* SSL_write() writes a record at most: all that there is to be written leaves
 * in one send(2), whatever the number of its records. */
static enum stream_status
tls_write(struct stream *stream, const unsigned char *bytes, size_t len,
    size_t *out_len)
{
	enum stream_status status = tls_wire_flush(stream);
	int returned = 1;
	size_t n;

	if (status != STREAM_MOVED)
		return status;
	tls_wire_gather();
	while (*out_len < len && tls_wire_may_gather()) {
		forget_errors();
		returned = SSL_write_ex(stream->ssl, bytes + *out_len,
		    len - *out_len, &n);
		if (returned != 1)
			break;
		*out_len += n;
	}
	if (returned != 1)
		status = status_of_ssl(stream, returned);
	if (tls_wire_send(stream) != STREAM_MOVED)
		return STREAM_BROKEN;
	return *out_len > 0 ? STREAM_MOVED : status;
}

static bool
tls_is_holding(const struct stream *stream)
{
	return stream->has_ended || SSL_has_pending(stream->ssl) != 0;
}

/* A FIN without the close_notify would tell the client that somebody may have
 * cut the end off. */
static enum stream_status
tls_end(struct stream *stream)
{
	int returned;

	forget_errors();
	if (tls_wire_flush(stream) == STREAM_WANTS_WRITE)
		return STREAM_WANTS_WRITE;
	if (SSL_is_init_finished(stream->ssl)) {
		returned = SSL_shutdown(stream->ssl);
		if (returned < 0 && SSL_get_error(stream->ssl, returned) ==
		    SSL_ERROR_WANT_WRITE)
			return STREAM_WANTS_WRITE;
	}
	(void)shutdown(stream->fd, SHUT_WR);
	return STREAM_MOVED;
}

static const struct stream_ops tls_ops = {
	.read = tls_read,
	.write = tls_write,
	.flush = tls_wire_flush,
	.is_holding = tls_is_holding,
	.end = tls_end,
};

int
stream_tls_open(struct stream *stream, SSL_CTX *tls,
    SSL_async_callback_fn on_key, void *owner)
{
	SSL *ssl;
	BIO *wire;

	forget_errors();
	if ((ssl = SSL_new(tls)) == NULL)
		return -1;
	if ((wire = tls_wire_new(stream)) == NULL) {
		SSL_free(ssl);
		return -1;
	}
	SSL_set_bio(ssl, wire, wire);
	if (SSL_set_async_callback(ssl, on_key) != 1 ||
	    SSL_set_async_callback_arg(ssl, owner) != 1) {
		SSL_free(ssl);
		return -1;
	}
	SSL_set_accept_state(ssl);
	SSL_set_mode(ssl, SSL_MODE_ASYNC);
	stream->ssl = ssl;
	stream->ops = &tls_ops;
	return 0;
}

enum stream_status
stream_tls_handshake(struct stream *stream)
{
	int returned;

	forget_errors();
	returned = SSL_do_handshake(stream->ssl);
	if (returned != 1)
		return status_of_ssl(stream, returned);
	/* From here on no call needs a job, and each would cost one. */
	SSL_clear_mode(stream->ssl, SSL_MODE_ASYNC);
	return STREAM_MOVED;
}

bool
stream_tls_format_error(char *out, size_t size)
{
	unsigned long code;
	const char *reason;

	if ((code = ERR_peek_error()) == 0)
		return false;
	reason = ERR_reason_error_string(code);
	if (reason != NULL)
		(void)snprintf(out, size, "%s", reason);
	else
		(void)snprintf(out, size, "SSL error code %lu", code);
	return true;
}
