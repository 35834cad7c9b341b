/* SPDX-License-Identifier: ISC */
/*
 * ask: one connection to a supervisor's control socket, as its client has it.
 * Blocks until there is an answer. Runs in: posternctl.
 */
#include "common/ctl/ask.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/control.h"
#include "common/ctl/ctl.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/peer.h"

static const struct {
	const char *daemon;
	const char *socket;
} sockets[] = {
	{ "postern-keyd", CONTROL_KEYD },
	{ "postern-listener", CONTROL_LISTENER },
};

static const char *
socket_of(const char *daemon)
{
	size_t i;

	for (i = 0; strcmp(sockets[i].daemon, daemon) != 0; i++)
		continue;
	return sockets[i].socket;
}

static int
connect_fault(const struct ctl *ctl, const char *daemon, const char *path,
    struct fault *fault)
{
	int error = errno;

	if (error == ENOENT || error == ECONNREFUSED) {
		fault_set(fault, "%s is not running", daemon);
		fault_detail(fault, "Nobody serves its socket \"%s\".", path);
		fault_hint(fault, "Start it: %s -D %s", daemon,
		    ctl->directory);
		return 1;
	}
	fault_set(fault, "could not connect to %s at \"%s\": %m", daemon, path);
	if (error == EACCES)
		fault_hint(fault, "Only root, or the user that runs %s, may "
		    "control it.", daemon);
	return -1;
}

int
ask_open(const struct ctl *ctl, const char *daemon, struct ask *out,
    struct fault *fault)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct ask ask = { .daemon = daemon };
	char path[INSTANCE_PATH_MAX + 32];
	struct peer peer;
	int rc;

	snprintf(path, sizeof(path), "%s/%s", ctl->instance.run_directory,
	    socket_of(daemon));
	if (strlen(path) >= sizeof(addr.sun_path))
		return fault_set(fault, "the name of socket \"%s\" is too long",
		    path);
	memcpy(addr.sun_path, path, strlen(path) + 1);
	ask.fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (ask.fd == -1)
		return fault_set(fault, "could not create a socket: %m");
	if (connect(ask.fd, (const struct sockaddr *)&addr, sizeof(addr)) ==
	    -1) {
		rc = connect_fault(ctl, daemon, path, fault);
		close(ask.fd);
		return rc;
	}
	/* Who listens; of a daemon in another pid namespace that is 0. */
	ask.pid = peer_of_socket(ask.fd, &peer) == 0 ? peer.pid : 0;
	*out = ask;
	return 0;
}

void
ask_close(struct ask *ask)
{
	if (ask->fd != -1)
		close(ask->fd);
	ask->fd = -1;
}

int
ask_send(const struct ask *ask, const struct ctlwire_request *request,
    struct fault *fault)
{
	ssize_t n;

	do
		n = send(ask->fd, request, sizeof(*request), MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	if (n == (ssize_t)sizeof(*request))
		return 0;
	return fault_set(fault, "could not ask %s: %m", ask->daemon);
}

/* The descriptor of a message, -1 if there is none. */
static int
take_descriptor(struct msghdr *msg)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
	int fd = -1;

	if (cmsg != NULL && cmsg->cmsg_level == SOL_SOCKET &&
	    cmsg->cmsg_type == SCM_RIGHTS &&
	    cmsg->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

static ssize_t
receive(int socket_fd, void *bytes, size_t size, int *out_fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} space;
	struct iovec iov = { .iov_base = bytes, .iov_len = size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = space.bytes,
		.msg_controllen = sizeof(space.bytes) };
	ssize_t n;

	do
		n = recvmsg(socket_fd, &msg, MSG_CMSG_CLOEXEC);
	while (n == -1 && errno == EINTR);
	*out_fd = n == -1 ? -1 : take_descriptor(&msg);
	return n;
}

int
ask_receive(const struct ask *ask, struct ctlwire_answer *out, int *out_fd,
    struct fault *fault)
{
	static unsigned char bytes[sizeof(struct ctlwire_answer) + 1];
	int fd, rc;
	ssize_t n = receive(ask->fd, bytes, sizeof(bytes), &fd);

	if (fd != -1 && out_fd == NULL)
		close(fd);
	if (out_fd != NULL)
		*out_fd = fd;
	if (n == -1)
		return fault_set(fault, "could not read the answer of %s: %m",
		    ask->daemon);
	if (n == 0) {
		fault_set(fault, "%s ended the connection without an answer",
		    ask->daemon);
		return fault_hint(fault, "Its log says more.");
	}
	rc = ctlwire_read_answer(bytes, (size_t)n, out);
	if (rc == 0)
		return 0;
	fault_set(fault, "%s answered what is not understood", ask->daemon);
	if (rc == -2)
		fault_set(fault, "posternctl and %s are of different versions",
		    ask->daemon);
	return fault_hint(fault, "After an upgrade, restart the daemons.");
}

void
ask_take_text(const struct ctlwire_text *text, struct fault *out)
{
	fault_set(out, "%s", text->what);
	if (text->detail[0] != '\0')
		fault_detail(out, "%s", text->detail);
	if (text->hint[0] != '\0')
		fault_hint(out, "%s", text->hint);
}

int
ask_whole(const struct ask *ask, const struct ctlwire_request *request,
    struct ctlwire_answer *out, struct fault *fault)
{
	struct fault text;

	if (ask_send(ask, request, fault) == -1)
		return -1;
	for (;;) {
		if (ask_receive(ask, out, NULL, fault) == -1)
			return -1;
		if (out->result == CTLWIRE_DONE)
			return 0;
		ask_take_text(&out->text, &text);
		if (out->result == CTLWIRE_FAILED)
			break;
		log_fault(LOG_LEVEL_ERROR, &text);
	}
	*fault = text;
	return -1;
}
