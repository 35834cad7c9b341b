/* SPDX-License-Identifier: ISC */
/*
 * exporter_sockets: the sockets that the exporter answers on.
 * Runs in: postern-listener, at start.
 */
#include "listener/exporter_sockets.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log.h"
#include "common/rundir.h"
#include "listener/metrics_address.h"
#include "listener/settings.h"

#define BACKLOG 16

/* By name or number. Without the default group the socket is root's alone. */
static int
find_group(const char *name, gid_t *out, struct fault *fault)
{
	const struct group *found;
	unsigned long number;
	char *end;

	*out = 0;
	if (geteuid() != 0)
		return 0;
	errno = 0;
	number = strtoul(name, &end, 10);
	if (name[0] >= '0' && name[0] <= '9' && *end == '\0' && errno == 0 &&
	    number < (gid_t)-1) {
		*out = (gid_t)number;
		return 0;
	}
	found = getgrnam(name);
	if (found != NULL) {
		*out = found->gr_gid;
		return 0;
	}
	if (strcmp(name, SETTINGS_STATUS_GROUP) == 0) {
		log_write(LOG_LEVEL_INFO, "there is no group \"%s\": only root "
		    "can ask for the status", name);
		return 0;
	}
	fault_set(fault, "group \"%s\" of parameter \"status_group\" does not "
	    "exist", name);
	return fault_hint(fault, "Run: groupadd --system %s", name);
}

static int
listen_unix(const char *path, gid_t group, int type, struct fault *fault)
{
	const struct rundir_socket options = { .path = path, .gid = group,
		.dir_mode = 0755, .mode = 0660, .type = type };

	return rundir_listen(&options, fault);
}

static int
listen_tcp(const struct handoff_address *address, const char *name,
    struct fault *fault)
{
	int fd, on = 1;

	fd = socket(address->addr.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd != -1 &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    bind(fd, (const struct sockaddr *)&address->addr,
	    address->len) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	fault_set(fault, "could not listen for metrics at \"%s\": %m", name);
	if (errno == EADDRINUSE)
		fault_hint(fault, "Is another program using that port? Set "
		    "\"metrics_listen\" to another one.");
	if (fd != -1)
		close(fd);
	return -1;
}

static int
listen_metrics(const struct settings *settings, gid_t group,
    struct fault *fault)
{
	const char *name = settings->metrics_listen;
	struct handoff_address address;

	if (metrics_address_parse(name, &address, fault) == -1)
		return -1;
	if (address.addr.ss_family == AF_UNIX)
		return listen_unix(name, group, SOCK_STREAM, fault);
	return listen_tcp(&address, name, fault);
}

int
exporter_sockets_open(const struct settings *settings,
    struct exporter_sockets *out, struct fault *fault)
{
	gid_t group;
	int len;

	if (find_group(settings->status_group, &group, fault) == -1)
		return -1;
	len = snprintf(out->status_path, sizeof(out->status_path),
	    "%s/" EXPORTER_SOCKETS_STATUS, settings->instance.run_directory);
	if ((size_t)len >= sizeof(out->status_path))
		return fault_set(fault, "the name of the socket \"%s/"
		    EXPORTER_SOCKETS_STATUS "\" is too long",
		    settings->instance.run_directory);
	out->status = listen_unix(out->status_path, group, SOCK_SEQPACKET,
	    fault);
	if (out->status == -1)
		return -1;
	if (settings->metrics_listen[0] == '\0')
		return 0;
	out->metrics = listen_metrics(settings, group, fault);
	if (out->metrics == -1) {
		exporter_sockets_close(out);
		return -1;
	}
	if (settings->metrics_listen[0] == '/')
		snprintf(out->metrics_path, sizeof(out->metrics_path), "%s",
		    settings->metrics_listen);
	return 0;
}

static void
close_one(int *fd, const char *path)
{
	if (*fd == -1)
		return;
	if (path[0] != '\0')
		unlink(path);
	close(*fd);
	*fd = -1;
}

void
exporter_sockets_close(struct exporter_sockets *sockets)
{
	close_one(&sockets->status, sockets->status_path);
	close_one(&sockets->metrics, sockets->metrics_path);
}
