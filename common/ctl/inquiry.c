/* SPDX-License-Identifier: ISC */
/*
 * inquiry: one question on the exporter's status socket, and its answer.
 * Runs in: posternctl.
 */
#include "common/ctl/inquiry.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/ctl/ctl.h"
#include "common/ctl/sheet.h"
#include "common/fault.h"

#define SOCKET_NAME "status"
#define PATIENCE_S 10		/* between two messages */
#define TRIES 3			/* the exporter is replaced if it dies */

static int
connect_fault(const char *path, struct fault *fault)
{
	int error = errno;

	if (error == ENOENT || error == ECONNREFUSED) {
		fault_set(fault, "postern-listener is not running");
		fault_detail(fault, "Nobody serves its socket \"%s\".", path);
		return 1;
	}
	fault_set(fault, "could not connect to \"%s\": %m", path);
	if (error == EACCES)
		fault_hint(fault, "Only root and members of the group that "
		    "\"status_group\" names may ask.");
	return -1;
}

/* Returns a descriptor in *out_fd; else as inquiry_ask(). */
static int
open_socket(const struct ctl *ctl, int *out_fd, struct fault *fault)
{
	struct timeval patience = { .tv_sec = PATIENCE_S };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char path[INSTANCE_PATH_MAX + sizeof(SOCKET_NAME) + 1];
	int fd, rc;

	(void)snprintf(path, sizeof(path), "%s/" SOCKET_NAME,
	    ctl->instance.run_directory);
	if (strlen(path) >= sizeof(addr.sun_path))
		return fault_set(fault, "the name of socket \"%s\" is too long",
		    path);
	memcpy(addr.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return fault_set(fault, "could not create a socket: %m");
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) == -1) {
		rc = connect_fault(path, fault);
		(void)close(fd);
		return rc;
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
	    sizeof(patience));
	*out_fd = fd;
	return 0;
}

static int
send_question(int fd, enum statuswire_type question)
{
	struct statuswire_message message = { .type = (uint8_t)question };
	unsigned char bytes[STATUSWIRE_MESSAGE_MAX];
	size_t len = statuswire_encode(&message, bytes, sizeof(bytes));

	return send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -1;
}

/* Takes messages up to END. Returns 0; 1 if the answer broke off before its
 * first message; -1 with the fault. */
static int
take_answer(int fd, inquiry_fn *take, void *owner, struct fault *fault)
{
	unsigned char bytes[STATUSWIRE_MESSAGE_MAX];
	struct statuswire_message message;
	bool is_first = true;
	ssize_t n;

	for (;; is_first = false) {
		n = recv(fd, bytes, sizeof(bytes), 0);
		if (n == -1 && errno == EAGAIN)
			return fault_set(fault, "postern-listener did not "
			    "answer within %d s", PATIENCE_S);
		if (n <= 0)
			return is_first ? 1 : fault_set(fault,
			    "postern-listener's answer broke off");
		if (statuswire_decode(bytes, (size_t)n, &message) == -1)
			break;
		if (message.type == STATUSWIRE_END)
			return 0;
		if (take(owner, &message, fault) == -1)
			return -1;
	}
	fault_set(fault, "posternctl and postern-listener are of different "
	    "versions");
	return fault_hint(fault, "A daemon that was started before an upgrade "
	    "still runs: restart it.");
}

int
inquiry_ask(const struct ctl *ctl, enum statuswire_type question,
    inquiry_fn *take, void *owner, struct fault *fault)
{
	unsigned int try;
	int fd, rc;

	for (try = 0; try < TRIES; try++) {
		rc = open_socket(ctl, &fd, fault);
		if (rc != 0)
			return rc;
		rc = send_question(fd, question) == -1 ? 1 :
		    take_answer(fd, take, owner, fault);
		(void)close(fd);
		if (rc != 1)
			return rc;
	}
	return fault_set(fault, "postern-listener gave no answer");
}

static int
take_row(void *owner, const struct statuswire_message *message,
    struct fault *fault)
{
	if (message->type != STATUSWIRE_ROW)
		return fault_set(fault, "unexpected message of type %u",
		    message->type);
	if (sheet_add_row(owner, message->value) == -1)
		return fault_set(fault, "out of memory");
	return 0;
}

int
inquiry_connections(const struct ctl *ctl, struct sheet *out,
    struct fault *fault)
{
	size_t i;

	for (i = 0; i < STATUSWIRE_COLUMNS; i++)
		sheet_add_column(out,
		    statuswire_column_name((enum statuswire_column)i),
		    statuswire_column_kind((enum statuswire_column)i));
	return inquiry_ask(ctl, STATUSWIRE_ASK_CONNECTIONS, take_row, out,
	    fault);
}
