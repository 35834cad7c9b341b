/* SPDX-License-Identifier: ISC */
/*
 * tls_wire: one buffer for all streams, since a turn of the loop writes to one
 * at a time; only what a full socket leaves behind is copied.
 * Runs in: listener-worker.
 */
#include "listener/worker/tls_wire.h"

#include <sys/socket.h>

#include <openssl/ssl.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A record of the greatest length, and what encryption adds to it. */
#define RECORD_ROOM (SSL3_RT_MAX_PLAIN_LENGTH + SSL3_RT_MAX_ENCRYPTED_OVERHEAD)
#define GATHER_SIZE (65536 + 2 * RECORD_ROOM)

static struct {
	bool is_on;
	size_t len;
	unsigned char bytes[GATHER_SIZE];
} gathered;

/* Returns how many bytes the socket took, 0 if it is full, -1 if broken. */
static ssize_t
send_some(int fd, const void *bytes, size_t len)
{
	ssize_t n = send(fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return n;
}

static int
wire_write(BIO *bio, const char *bytes, int len)
{
	struct stream *stream = BIO_get_data(bio);
	ssize_t n;

	BIO_clear_retry_flags(bio);
	if (gathered.is_on) {
		if ((size_t)len > sizeof(gathered.bytes) - gathered.len)
			return -1;
		memcpy(gathered.bytes + gathered.len, bytes, (size_t)len);
		gathered.len += (size_t)len;
		return len;
	}
	/* In order: what is unsent goes before. */
	switch (tls_wire_flush(stream)) {
	case STREAM_MOVED:
		n = send_some(stream->fd, bytes, (size_t)len);
		break;
	case STREAM_WANTS_WRITE:
		n = 0;
		break;
	default:
		n = -1;
		break;
	}
	if (n > 0)
		return (int)n;
	if (n == 0)
		BIO_set_retry_write(bio);
	return -1;
}

static int
wire_read(BIO *bio, char *out, int size)
{
	const struct stream *stream = BIO_get_data(bio);
	ssize_t n = recv(stream->fd, out, (size_t)size, MSG_DONTWAIT);

	BIO_clear_retry_flags(bio);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_read(bio);
	else if (n == 0)
		BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
	return (int)n;
}

static long
wire_ctrl(BIO *bio, int command, long number, void *pointer)
{
	(void)number;
	(void)pointer;
	switch (command) {
	case BIO_CTRL_FLUSH:
		return 1;
	case BIO_CTRL_EOF:
		return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
	default:
		return 0;
	}
}

/* Made once, for the life of the process. */
static const BIO_METHOD *
wire_method(void)
{
	static BIO_METHOD *method;

	if (method == NULL && (method = BIO_meth_new(BIO_get_new_index() |
	    BIO_TYPE_SOURCE_SINK, "postern")) != NULL) {
		(void)BIO_meth_set_write(method, wire_write);
		(void)BIO_meth_set_read(method, wire_read);
		(void)BIO_meth_set_ctrl(method, wire_ctrl);
	}
	return method;
}

BIO *
tls_wire_new(struct stream *stream)
{
	const BIO_METHOD *method = wire_method();
	BIO *bio = method == NULL ? NULL : BIO_new(method);

	if (bio == NULL)
		return NULL;
	BIO_set_data(bio, stream);
	BIO_set_init(bio, 1);
	return bio;
}

void
tls_wire_gather(void)
{
	gathered.is_on = true;
	gathered.len = 0;
}

bool
tls_wire_may_gather(void)
{
	return sizeof(gathered.bytes) - gathered.len >= RECORD_ROOM;
}

enum stream_status
tls_wire_send(struct stream *stream)
{
	struct stream_unsent *unsent = &stream->unsent;
	size_t left = gathered.len;
	ssize_t n = 0;

	gathered.is_on = false;
	if (left > 0)
		n = send_some(stream->fd, gathered.bytes, left);
	if (n < 0)
		return STREAM_BROKEN;
	if ((left -= (size_t)n) == 0)
		return STREAM_MOVED;
	if ((unsent->bytes = malloc(left)) == NULL)
		return STREAM_BROKEN;
	memcpy(unsent->bytes, gathered.bytes + n, left);
	unsent->off = 0;
	unsent->len = left;
	return STREAM_MOVED;
}

enum stream_status
tls_wire_flush(struct stream *stream)
{
	struct stream_unsent *unsent = &stream->unsent;
	ssize_t n;

	while (unsent->len > 0) {
		n = send_some(stream->fd, unsent->bytes + unsent->off,
		    unsent->len);
		if (n <= 0)
			return n == 0 ? STREAM_WANTS_WRITE : STREAM_BROKEN;
		unsent->off += (size_t)n;
		unsent->len -= (size_t)n;
	}
	free(unsent->bytes);
	unsent->bytes = NULL;
	return STREAM_MOVED;
}
