/* SPDX-License-Identifier: ISC */
/*
 * login: the relay while the server authenticates the client: its messages
 * are followed, and nothing is changed.
 * Runs in: listener-worker.
 */
#include "common/pg/login.h"

#include <event2/event.h>

#include "listener/worker/client_steps.h"
#include "listener/worker/passing.h"
#include "listener/worker/presence.h"
#include "listener/worker/relay.h"
#include "listener/worker/session_log.h"
#include "listener/worker/worker.h"

/* The one deadline of a client ends here: the server has let it in. */
static void
on_authenticated(struct client *client)
{
	(void)event_del(&client->deadline);
	limits_note_let_in(&client->place);
	passing_log_authenticated(client);
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
	presence_count_out(client, len);
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
			counting_refusal(client, ROSTER_REFUSAL_SERVER);
			session_log_authorized(client);
			break;
		case LOGIN_READY:
			session_log_authorized(client);
			presence_note_server(client);
			client_enter(client, CLIENT_RELAY);
			break;
		case LOGIN_BROKEN:
			session_log_broken(client);
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
