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
#include "listener/worker/passing.h"
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
	(void)event_del(&client->deadline);
	limits_note_let_in(&client->place);
	passing_log_authenticated(client);
}

/* Where the login ends, since the server tells its own pid shortly before:
 * that is what its log has in front of every line of the session (%p). */
static void
log_authorized(const struct client *client)
{
	const struct startup_message *asks = &client->asks;
	char tls[128], server[32] = "";

	if (!client->worker->settings->log_connections || !client->login.ok)
		return;
	format_tls(client, tls, sizeof(tls));
	if (client->login.backend_pid != 0)
		(void)snprintf(server, sizeof(server), " server_pid=%u",
		    client->login.backend_pid);
	if (asks->is_replication)
		log_write(LOG_LEVEL_LOG, "replication connection authorized: "
		    "user=%s application_name=%s%s%s", asks->user,
		    asks->application_name, tls, server);
	else
		log_write(LOG_LEVEL_LOG, "connection authorized: user=%s "
		    "database=%s application_name=%s%s%s", asks->user,
		    asks->database, asks->application_name, tls, server);
}

/* Nothing that it sees here has reached the client. Returns false if the
 * server does not speak the protocol, or asks what it must not. */
static bool
follow(void *owner, const unsigned char *bytes, size_t len)
{
	struct client *client = owner;
	bool is_between = login_is_between_messages(&client->login);
	bool challenged;
	size_t taken;

	login_tail_add(&client->tail, bytes, len);
	while (client->state == CLIENT_LOGIN && len > 0) {
		challenged = client->login.challenged;
		switch (login_follow(&client->login, bytes, len, &taken)) {
		case LOGIN_CHALLENGE:
			if (!passing_may_ask(client, client->login.auth,
			    is_between))
				return false;
			break;
		case LOGIN_OK:
			if (!challenged && !passing_may_ask(client, 0,
			    is_between))
				return false;
			on_authenticated(client);
			break;
		case LOGIN_REFUSED:
			log_authorized(client);
			break;
		case LOGIN_READY:
			log_authorized(client);
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
