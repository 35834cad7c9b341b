/* SPDX-License-Identifier: ISC */
/*
 * handshake: the state in which TLS is agreed on; keyd signs meanwhile.
 * Runs in: listener-worker.
 */
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <string.h>

#include "common/fault.h"
#include "listener/worker/client_steps.h"
#include "listener/worker/presence.h"
#include "listener/worker/stream_tls.h"
#include "listener/worker/worker.h"

static const char *
version_name(int version)
{
	switch (version) {
	case TLS1_2_VERSION:
		return "TLSv1.2";
	default:
		return "TLSv1.3";
	}
}

/* Would another version have helped? PostgreSQL gives that hint. */
static bool
is_version_error(void)
{
	switch (ERR_GET_REASON(ERR_peek_error())) {
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_UNKNOWN_PROTOCOL:
	case SSL_R_VERSION_TOO_LOW:
		return true;
	default:
		return false;
	}
}

/* For the roster. An empty error queue: the connection itself is gone. */
static void
note_result(struct client *client, bool is_version)
{
	enum roster_result *result = &client->counting.result;

	if (*result == ROSTER_RESULT_KEY)
		return;
	if (is_version)
		*result = ROSTER_RESULT_VERSION;
	else if (client->worker->verify.reason[0] != '\0')
		*result = ROSTER_RESULT_CERTIFICATE;
	else if (ERR_peek_error() != 0)
		*result = ROSTER_RESULT_FAILED;
}

static enum client_step
fail(struct client *client)
{
	const struct handoff_settings *settings = client->worker->settings;
	struct tls_verify *verify = &client->worker->verify;
	struct fault fault = { 0 };
	bool version = is_version_error();
	char reason[128];

	stream_format_error(&client->front, reason, sizeof(reason));
	(void)fault_set(&fault, "could not accept SSL connection: %s", reason);
	(void)fault_code(&fault, "08P01");
	if (version)
		(void)fault_hint(&fault, "This may indicate that the client "
		    "does not support any SSL protocol version between %s "
		    "and %s.", version_name(settings->ssl_min_protocol_version),
		    version_name(settings->ssl_max_protocol_version));
	note_result(client, version);
	if (verify->reason[0] != '\0')
		(void)fault_detail(&fault, "%s", verify->reason);
	verify->reason[0] = '\0';
	/* libssl has sent its alert; let the client read it. */
	return client_leave(client, &fault);
}

static enum client_step
finish(struct client *client)
{
	struct fault fault = { 0 };

	if (client->is_direct_tls) {
		if (!tls_context_is_alpn_settled(client->front.ssl)) {
			(void)fault_set(&fault, "received direct SSL "
			    "connection request without ALPN protocol "
			    "negotiation extension");
			(void)fault_code(&fault, "08P01");
			client->counting.result = ROSTER_RESULT_FAILED;
			return client_leave(client, &fault);
		}
		client->asked = CLIENT_ASKED_GSS;
	}
	client->counting.result = ROSTER_RESULT_OK;
	presence_note_tls(client);
	client_enter(client, CLIENT_STARTUP);
	return CLIENT_AGAIN;
}

/* A client has nothing to say while keyd signs. It is still watched, since to
 * end and begin that would cost more, until it does say something. */
static bool
is_early(const struct client *client)
{
	return SSL_waiting_for_async(client->front.ssl) != 0 &&
	    (client->ready & CLIENT_FRONT_READ) != 0;
}

static enum stream_status
go_on(struct client *client)
{
	enum stream_status status = stream_tls_handshake(&client->front);

	if (status == STREAM_WANTS_KEY)
		counting_ask(client);
	else
		counting_signature(client, status != STREAM_BROKEN);
	return status;
}

enum client_step
handshake_run(struct client *client)
{
	bool early = is_early(client);

	client->ready = 0;
	if (early) {
		client->wanted = 0;
		return CLIENT_WAIT;
	}
	switch (go_on(client)) {
	case STREAM_MOVED:
		return finish(client);
	case STREAM_WANTS_READ:
		client->wanted = CLIENT_FRONT_READ;
		return CLIENT_WAIT;
	case STREAM_WANTS_WRITE:
		client->wanted = CLIENT_FRONT_WRITE;
		return CLIENT_WAIT;
	case STREAM_WANTS_KEY:
		client->wanted = CLIENT_FRONT_READ;
		keyd_send_soon(&client->worker->keyd);
		return CLIENT_WAIT;
	default:
		return fail(client);
	}
}
