/* SPDX-License-Identifier: ISC */
/*
 * dialing: the state in which the server is being connected.
 * Runs in: listener-worker.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "common/fault.h"
#include "listener/worker/client_steps.h"
#include "listener/worker/worker.h"

static enum client_step
absent(struct client *client, int error, const char *address)
{
	struct fault fault = { 0 };

	(void)fault_set(&fault, "could not connect to the server at \"%s\": %s",
	    address, strerror(error));
	(void)fault_code(&fault, "57P03");
	(void)fault_hint(&fault,
	    "Is the server running there and accepting connections?");
	/* Nobody hears the answer to a cancel request. */
	if (client->state == CLIENT_CANCEL)
		return client_drop(client, &fault);
	return client_refuse(client, &fault);
}

void
dialing_on_answer(struct dial_request *request, int fd, int error,
    const char *address)
{
	struct client *client = (struct client *)(void *)((char *)request -
	    offsetof(struct client, dial));

	if (fd == -1) {
		client_go(client, absent(client, error, address));
		return;
	}
	client_connect_back(client, fd);
	client_run(client);
}

enum client_step
dialing_run(struct client *client)
{
	if (client->back.fd == -1)
		return CLIENT_WAIT;
	client->ready = CLIENT_FRONT_READ | CLIENT_BACK_READ;
	client_enter(client, CLIENT_LOGIN);
	return CLIENT_AGAIN;
}
