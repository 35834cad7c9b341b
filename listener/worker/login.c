/* SPDX-License-Identifier: ISC */
/*
 * login: the relay while the server authenticates the client: its messages
 * are followed, and nothing is changed.
 * Runs in: listener-worker.
 */
#include "common/pg/login.h"

#include <event2/event.h>

#include <stdio.h>

#include "common/log.h"
#include "listener/worker/client_steps.h"
#include "listener/worker/relay.h"
#include "listener/worker/worker.h"

static void
format_tls(const struct client *client, char *out, size_t size)
{
	const SSL *ssl = client->front.ssl;

	out[0] = '\0';
	if (ssl != NULL)
		(void)snprintf(out, size,
		    " SSL enabled (protocol=%s, cipher=%s, bits=%d)",
		    SSL_get_version(ssl), SSL_get_cipher_name(ssl),
		    SSL_get_cipher_bits(ssl, NULL));
}

/* The one deadline of a client ends here: the server has let it in. */
static void
on_authenticated(struct client *client)
{
	const struct startup_message *asks = &client->asks;
	char tls[128];

	(void)event_del(&client->deadline);
	if (!client->worker->settings->log_connections)
		return;
	format_tls(client, tls, sizeof(tls));
	if (asks->is_replication)
		log_write(LOG_LEVEL_LOG, "replication connection authorized: "
		    "user=%s application_name=%s%s", asks->user,
		    asks->application_name, tls);
	else
		log_write(LOG_LEVEL_LOG, "connection authorized: user=%s "
		    "database=%s application_name=%s%s", asks->user,
		    asks->database, asks->application_name, tls);
}

/* Returns false if the server does not speak the protocol. */
static bool
follow(void *owner, const unsigned char *bytes, size_t len)
{
	struct client *client = owner;
	size_t taken;

	login_tail_add(&client->tail, bytes, len);
	while (client->state == CLIENT_LOGIN && len > 0) {
		switch (login_follow(&client->login, bytes, len, &taken)) {
		case LOGIN_OK:
			on_authenticated(client);
			break;
		case LOGIN_READY:
			client_enter(client, CLIENT_RELAY);
			break;
		case LOGIN_BROKEN:
			log_write(LOG_LEVEL_ERROR, "the server behind sent "
			    "what is no PostgreSQL message during login");
			return false;
		default:
			break;
		}
		bytes += taken;
		len -= taken;
	}
	return true;
}

enum client_step
login_run(struct client *client)
{
	return relay_move(client, follow);
}
