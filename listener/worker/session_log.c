/* SPDX-License-Identifier: ISC */
/*
 * session_log: PostgreSQL's lines about a connection: received, authorized,
 * ended. What the access rules say is passing's.
 * Runs in: listener-worker.
 */
#include "listener/worker/session_log.h"

#include <openssl/ssl.h>

#include <stdio.h>

#include "common/clock.h"
#include "common/log.h"
#include "listener/worker/client.h"
#include "listener/worker/worker.h"

void
session_log_fill(const struct client *client, struct log_session *out)
{
	*out = (struct log_session){
		.user = client->asks.user,
		.database = client->asks.database,
		.application_name = client->asks.application_name,
		.host = client->host,
		.port = client->port,
		.server_pid = client->login.backend_pid
	};
}

void
session_log_received(const struct client *client)
{
	struct log_session session;

	session_log_fill(client, &session);
	log_session_write(&session, LOG_LEVEL_LOG,
	    "connection received: host=%s port=%u", client->host,
	    client->port);
}

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

/* "" before the server has told it. */
static void
format_server(const struct client *client, char *out, size_t size)
{
	out[0] = '\0';
	if (client->login.backend_pid != 0)
		(void)snprintf(out, size, " server_pid=%u",
		    client->login.backend_pid);
}

/* Where the login ends, since the server tells its own pid shortly before:
 * that is what its log has in front of every line of the session (%p). */
void
session_log_authorized(const struct client *client)
{
	const struct startup_message *asks = &client->asks;
	bool has_name = asks->application_name[0] != '\0';
	struct log_session session;
	char tls[128], server[32];

	if (!client->worker->settings->log_connections || !client->login.ok)
		return;
	format_tls(client, tls, sizeof(tls));
	format_server(client, server, sizeof(server));
	session_log_fill(client, &session);
	log_session_write(&session, LOG_LEVEL_LOG,
	    "%sconnection authorized: user=%s%s%s%s%s%s%s",
	    asks->is_replication ? "replication " : "", asks->user,
	    asks->is_replication ? "" : " database=",
	    asks->is_replication ? "" : asks->database,
	    has_name ? " application_name=" : "", asks->application_name, tls,
	    server);
}

void
session_log_broken(const struct client *client)
{
	struct log_session session;

	session_log_fill(client, &session);
	log_session_write(&session, LOG_LEVEL_ERROR, "the server behind sent "
	    "what is no PostgreSQL message during login");
}

/* As PostgreSQL, of those that were sessions. */
void
session_log_ended(const struct client *client)
{
	int64_t ms = clock_now_ms() - client->accepted_ms;
	struct log_session session;
	char server[32];

	if (!client->worker->settings->log_disconnections ||
	    !client->login.ready)
		return;
	format_server(client, server, sizeof(server));
	session_log_fill(client, &session);
	log_session_write(&session, LOG_LEVEL_LOG, "disconnection: session "
	    "time: %d:%02d:%02d.%03d user=%s database=%s host=%s port=%u%s",
	    (int)(ms / 3600000), (int)(ms / 60000 % 60),
	    (int)(ms / 1000 % 60), (int)(ms % 1000), client->asks.user,
	    client->asks.database, client->host, client->port, server);
}
