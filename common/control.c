/* SPDX-License-Identifier: ISC */
/*
 * control: the socket in the run directory on which a supervisor is told by
 * posternctl what to do. Root alone, or the daemon's own user, is heard: by the
 * socket's mode and by the kernel's word. Never blocks.
 * Runs in: the supervisors.
 */
#include "common/control.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log.h"
#include "common/peer.h"
#include "common/rundir.h"

static bool
is_open(const struct control *control)
{
	return control->path[0] != '\0';
}

static void
close_connection(struct control_connection *connection)
{
	if (connection->fd != -1)
		close(connection->fd);
	connection->fd = -1;
	connection->is_waiting = false;
}

int
control_open(const char *run_directory, const char *name,
    const struct control_calls *calls, struct control *out,
    struct fault *fault)
{
	struct control control = { .listener = -1, .calls = *calls };
	struct rundir_socket options = { .path = control.path,
		.uid = geteuid(), .gid = getegid(), .dir_mode = 0755,
		.mode = 0600 };
	size_t i;

	if ((size_t)snprintf(control.path, sizeof(control.path), "%s/%s",
	    run_directory, name) >= sizeof(control.path)) {
		fault_set(fault, "run directory \"%s\" has too long a name",
		    run_directory);
		return fault_detail(fault, "With \"/%s\" behind it, a socket's "
		    "path may have %zu bytes.", name, sizeof(control.path) - 2);
	}
	for (i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		control.connections[i].fd = -1;
	control.listener = rundir_listen(&options, fault);
	if (control.listener == -1)
		return -1;
	*out = control;
	return 0;
}

void
control_close(struct control *control)
{
	size_t i;

	if (!is_open(control))
		return;
	unlink(control->path);
	close(control->listener);
	for (i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		close_connection(&control->connections[i]);
	control->listener = -1;
	control->path[0] = '\0';
}

void
control_watch(const struct control *control,
    struct pollfd out[CONTROL_POLL_MAX])
{
	size_t i;

	out[0] = (struct pollfd){ .events = POLLIN,
		.fd = is_open(control) ? control->listener : -1 };
	for (i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		out[1 + i] = (struct pollfd){ .events = POLLIN,
			.fd = is_open(control) ? control->connections[i].fd :
			-1 };
}

static struct control_connection *
find(struct control *control, uint64_t id)
{
	size_t i;

	for (i = 0; is_open(control) && i < CONTROL_CONNECTIONS_MAX; i++)
		if (control->connections[i].fd != -1 &&
		    control->connections[i].id == id)
			return &control->connections[i];
	return NULL;
}

static void
lose(struct control *control, struct control_connection *connection)
{
	close_connection(connection);
	if (control->calls.gone != NULL)
		control->calls.gone(control->calls.arg, connection->id);
}

/* A free place, or that of whom we owe no answer for the longest time. */
static struct control_connection *
make_room(struct control *control)
{
	struct control_connection *idlest = NULL, *connection;
	size_t i;

	for (i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
		connection = &control->connections[i];
		if (connection->fd == -1)
			return connection;
		if (!connection->is_waiting && (idlest == NULL ||
		    connection->order < idlest->order))
			idlest = connection;
	}
	if (idlest != NULL)
		lose(control, idlest);
	return idlest;
}

static bool
may_ask(int fd)
{
	struct peer peer;

	if (peer_of_socket(fd, &peer) == -1)
		return false;
	if (peer.uid == 0 || peer.uid == geteuid())
		return true;
	log_write(LOG_LEVEL_WARNING, "refused a control connection of process "
	    "%d of user %u", (int)peer.pid, (unsigned int)peer.uid);
	return false;
}

static void
accept_one(struct control *control)
{
	struct control_connection *connection;
	int fd = accept4(control->listener, NULL, NULL,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd == -1)
		return;
	connection = may_ask(fd) ? make_room(control) : NULL;
	if (connection == NULL) {
		close(fd);
		return;
	}
	*connection = (struct control_connection){ .fd = fd,
		.id = ++control->last_id, .order = ++control->last_order };
}

static void
refuse(struct control *control, uint64_t id, int rc)
{
	struct fault fault = { 0 };

	if (rc == -2)
		fault_set(&fault, "posternctl and the daemon that it asks are "
		    "of different versions");
	else
		fault_set(&fault, "the daemon does not understand what it is "
		    "asked");
	fault_hint(&fault, "After an upgrade, restart the daemons.");
	control_fail(control, id, &fault);
}

/* Descriptors that come along are closed: nobody is to send any. */
static void
receive(struct control *control, struct control_connection *connection)
{
	static unsigned char bytes[sizeof(struct ctlwire_request) + 1];
	struct ctlwire_request request;
	struct peer unused;
	ssize_t n;
	int rc;

	n = peer_receive(connection->fd, bytes, sizeof(bytes), &unused);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	/* Who does not wait for an answer before asking again, has one less. */
	if (n == 0 || (n == -1 && errno != EMSGSIZE) ||
	    connection->is_waiting) {
		lose(control, connection);
		return;
	}
	connection->is_waiting = true;
	connection->order = ++control->last_order;
	/* Of one that is too long the begin is there. */
	rc = ctlwire_read_request(bytes, n == -1 ? sizeof(bytes) : (size_t)n,
	    &request);
	if (rc == 0)
		control->calls.request(control->calls.arg, connection->id,
		    &request);
	else
		refuse(control, connection->id, rc);
}

/* The connections first: a new one may take the place of one that is seen. */
void
control_turn(struct control *control,
    const struct pollfd polled[CONTROL_POLL_MAX])
{
	size_t i;

	for (i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		if (polled[1 + i].revents != 0 &&
		    control->connections[i].fd == polled[1 + i].fd)
			receive(control, &control->connections[i]);
	if (polled[0].revents != 0)
		accept_one(control);
}

static int
send_answer(int fd, const struct ctlwire_answer *answer, int send_fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} space = { .bytes = { 0 } };
	struct ctlwire_answer whole = *answer;
	struct iovec iov = { .iov_base = &whole, .iov_len = sizeof(whole) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;
	ssize_t n;

	if (send_fd != -1) {
		msg.msg_control = space.bytes;
		msg.msg_controllen = sizeof(space.bytes);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &send_fd, sizeof(int));
	}
	do
		n = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	return n == (ssize_t)sizeof(whole) ? 0 : -1;
}

int
control_answer(struct control *control, uint64_t id,
    const struct ctlwire_answer *answer, int fd)
{
	struct control_connection *connection = find(control, id);

	if (connection == NULL)
		return -1;
	if (send_answer(connection->fd, answer, fd) == -1) {
		close_connection(connection);
		return -1;
	}
	if (answer->result != CTLWIRE_MORE)
		connection->is_waiting = false;
	return 0;
}

static void
put_text(const struct fault *fault, struct ctlwire_text *out)
{
	snprintf(out->what, sizeof(out->what), "%s", fault->what);
	snprintf(out->detail, sizeof(out->detail), "%s", fault->detail);
	snprintf(out->hint, sizeof(out->hint), "%s", fault->hint);
}

int
control_done(struct control *control, uint64_t id, uint64_t generation)
{
	struct ctlwire_answer answer;

	ctlwire_begin_answer(CTLWIRE_DONE, &answer);
	answer.generation = generation;
	return control_answer(control, id, &answer, -1);
}

int
control_fail(struct control *control, uint64_t id, const struct fault *fault)
{
	struct ctlwire_answer answer;

	ctlwire_begin_answer(CTLWIRE_FAILED, &answer);
	put_text(fault, &answer.text);
	return control_answer(control, id, &answer, -1);
}

int
control_tell(struct control *control, uint64_t id, const struct fault *text)
{
	struct ctlwire_answer answer;

	ctlwire_begin_answer(CTLWIRE_MORE, &answer);
	put_text(text, &answer.text);
	return control_answer(control, id, &answer, -1);
}
