/* SPDX-License-Identifier: ISC */
/*
 * first_bytes: what a client begins with, and the negotiation that may come
 * before its StartupMessage (protocol chapter 55.2.10, 55.2.11).
 * Runs in: listener-worker.
 */
#include "listener/worker/first_bytes.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"
#include "common/log.h"
#include "listener/worker/client_steps.h"
#include "listener/worker/stream_tls.h"
#include "listener/worker/worker.h"

#define TLS_HANDSHAKE_RECORD 0x16

/* The signature has come, or will not: the handshake goes on. */
static int
key_is_there(SSL *ssl, void *owner)
{
	(void)ssl;
	client_run(owner);
	return 1;
}

static enum client_step
begin_tls(struct client *client)
{
	if (stream_tls_open(&client->front, client->worker->tls.ctx,
	    key_is_there, client) != 0) {
		log_write(LOG_LEVEL_WARNING, "out of memory for a handshake");
		return CLIENT_CLOSE;
	}
	client->asked = CLIENT_ASKED_SSL | CLIENT_ASKED_GSS;
	client->first_len = 0;
	client_enter(client, CLIENT_HANDSHAKE);
	return CLIENT_AGAIN;
}

/* Direct TLS shows in the very first byte, which stays in the kernel for
 * libssl. Returns CLIENT_AGAIN with *out_byte, or what to do. */
static enum client_step
peek(struct client *client, unsigned char *out_byte)
{
	ssize_t n = recv(client->front.fd, out_byte, 1,
	    MSG_PEEK | MSG_DONTWAIT);

	if (n == 1)
		return CLIENT_AGAIN;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return CLIENT_WAIT;
	return CLIENT_CLOSE;	/* a port probe says nothing, nor do we */
}

static enum client_step
incomplete(struct client *client)
{
	struct fault fault = { 0 };

	if (client->first_len == 0 || client->asked != 0)
		return CLIENT_CLOSE;
	(void)startup_fault_incomplete(&fault);
	return client_drop(client, &fault);
}

/* The answer to SSLRequest or GSSENCRequest. Bytes that are already there
 * were sent in plain text before it, and are nobody's to trust. */
static enum client_step
answer(struct client *client, enum startup_kind kind, unsigned char byte)
{
	struct fault fault = { 0 };
	unsigned char extra;
	size_t n;

	if (client->front.ssl == NULL && recv(client->front.fd, &extra, 1,
	    MSG_PEEK | MSG_DONTWAIT) == 1) {
		(void)startup_fault_unencrypted(kind, &fault);
		return client_refuse(client, &fault);
	}
	if (stream_write(&client->front, &byte, 1, &n) != STREAM_MOVED) {
		(void)fault_set(&fault,
		    "failed to send SSL negotiation response: %m");
		return client_drop(client, &fault);
	}
	client->first_len = 0;
	if (byte == 'S')
		return begin_tls(client);
	client->asked |= kind == STARTUP_SSL_REQUEST ? CLIENT_ASKED_SSL :
	    CLIENT_ASKED_GSS;
	return CLIENT_AGAIN;
}

/* A request that may come once, and not inside TLS; an SSLRequest inside
 * direct TLS is answered N, as PostgreSQL does. */
static enum client_step
negotiate(struct client *client, const struct startup_header *header)
{
	bool is_ssl = header->kind == STARTUP_SSL_REQUEST;
	struct fault fault = { 0 };

	if (client->asked & (is_ssl ? CLIENT_ASKED_SSL : CLIENT_ASKED_GSS)) {
		(void)startup_may_serve_version(header->code, &fault);
		return client_refuse(client, &fault);
	}
	if (is_ssl && client->front.ssl == NULL &&
	    client->worker->settings->ssl)
		return answer(client, header->kind, 'S');
	return answer(client, header->kind, 'N');
}

/* Its packet is collected where the flow to the server will take it from. */
static enum client_step
begin_packet(struct client *client, const struct startup_header *header)
{
	struct fault fault = { 0 };

	if (header->kind == STARTUP_SESSION &&
	    startup_may_serve_version(header->code, &fault) != 0)
		return client_refuse(client, &fault);
	if ((client->up.pending = malloc(header->packet_len)) == NULL) {
		log_write(LOG_LEVEL_WARNING, "out of memory for a client");
		return CLIENT_CLOSE;
	}
	memcpy(client->up.pending, client->first, STARTUP_HEADER_LEN);
	client->up.pending_len = STARTUP_HEADER_LEN;
	client->packet_len = header->packet_len;
	client->kind = header->kind;
	if (client->state != CLIENT_STARTUP)
		client_enter(client, CLIENT_STARTUP);
	return CLIENT_AGAIN;
}

static enum client_step
judge(struct client *client)
{
	struct startup_header header;
	struct fault fault = { 0 };

	if (startup_read_header(client->first, &header, &fault) != 0)
		return client_drop(client, &fault);
	if (header.kind == STARTUP_SSL_REQUEST ||
	    header.kind == STARTUP_GSS_REQUEST)
		return negotiate(client, &header);
	return begin_packet(client, &header);
}

/* A length that is none is told by its own four bytes. */
static enum client_step
judge_length(struct client *client)
{
	struct fault fault = { 0 };

	if (client->first_len >= STARTUP_LENGTH_LEN &&
	    startup_may_be_length(client->first, &fault) != 0)
		return client_drop(client, &fault);
	return CLIENT_AGAIN;
}

enum client_step
first_bytes_read_header(struct client *client)
{
	size_t n;

	switch (stream_read(&client->front, client->first + client->first_len,
	    sizeof(client->first) - client->first_len, &n)) {
	case STREAM_MOVED:
		client->first_len += n;
		if (client->first_len < sizeof(client->first))
			return judge_length(client);
		return judge(client);
	case STREAM_WANTS_READ:
		return CLIENT_WAIT;
	case STREAM_ENDED:
		return incomplete(client);
	default:
		return CLIENT_CLOSE;
	}
}

enum client_step
first_bytes_run(struct client *client)
{
	enum client_step step;
	unsigned char byte;

	client->wanted = CLIENT_FRONT_READ;
	if (client->first_len > 0 || client->asked != 0)
		return first_bytes_read_header(client);
	if ((step = peek(client, &byte)) != CLIENT_AGAIN)
		return step;
	if (byte != TLS_HANDSHAKE_RECORD)
		return first_bytes_read_header(client);
	if (!client->worker->settings->ssl)
		return CLIENT_CLOSE;
	client->is_direct_tls = true;
	return begin_tls(client);
}
