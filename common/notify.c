/* SPDX-License-Identifier: ISC */
/*
 * notify: tells the service manager how this daemon is, by the protocol of
 * sd_notify(3): datagrams to the socket that NOTIFY_SOCKET names. Whoever was
 * not started by a service manager tells nobody.
 * Runs in: the supervisors.
 */
#include "common/notify.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/log_text.h"

#define NOTIFY_VARIABLE "NOTIFY_SOCKET"
#define NOTIFY_WAIT_S 5
#define NOTIFY_STATUS_MAX 256

/* Where datagrams go; fd -1: nowhere. */
static struct {
	int fd;
	struct sockaddr_un address;
	socklen_t address_len;
} manager = { .fd = -1 };

/* Returns the address's length, or 0: no address that this protocol has. */
static socklen_t
notify_parse(const char *name, struct sockaddr_un *out)
{
	size_t len = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || len < 2 ||
	    len >= sizeof(out->sun_path))
		return 0;
	memset(out, 0, sizeof(*out));
	out->sun_family = AF_UNIX;
	memcpy(out->sun_path, name, len);
	if (name[0] == '@')
		out->sun_path[0] = '\0';
	/* A path with its NUL; an abstract name is its bytes and no more. */
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len +
	    (name[0] == '/'));
}

static int
notify_socket(void)
{
	const struct timeval wait = { .tv_sec = NOTIFY_WAIT_S };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd != -1 && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait,
	    sizeof(wait)) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

void
notify_open(void)
{
	const char *name = getenv(NOTIFY_VARIABLE);

	if (manager.fd != -1)
		close(manager.fd);
	manager.fd = -1;
	if (name == NULL || name[0] == '\0')
		return;
	manager.address_len = notify_parse(name, &manager.address);
	if (manager.address_len == 0)
		log_write(LOG_LEVEL_WARNING, "could not use the service "
		    "manager's socket \"%s\": it is neither a path nor an "
		    "abstract name", name);
	else if ((manager.fd = notify_socket()) == -1)
		log_write(LOG_LEVEL_WARNING, "could not make a socket to the "
		    "service manager: %m");
	unsetenv(NOTIFY_VARIABLE);
}

bool
notify_is_open(void)
{
	return manager.fd != -1;
}

static void __attribute__((format(printf, 1, 2)))
notify_send(const char *fmt, ...)
{
	char text[2 * NOTIFY_STATUS_MAX];
	va_list ap;
	ssize_t n;
	int len;

	if (manager.fd == -1)
		return;
	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof(text))
		return;
	do
		n = sendto(manager.fd, text, (size_t)len, MSG_NOSIGNAL,
		    (const struct sockaddr *)&manager.address,
		    manager.address_len);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		log_write(LOG_LEVEL_WARNING, "could not tell the service "
		    "manager \"%.*s\": %m", (int)strcspn(text, "\n"), text);
}

/* One line, whatever is in it: a second would be an assignment. */
static void __attribute__((format(printf, 1, 0)))
notify_format_status(const char *fmt, va_list ap, char out[NOTIFY_STATUS_MAX])
{
	char raw[NOTIFY_STATUS_MAX];

	if (vsnprintf(raw, sizeof(raw), fmt, ap) < 0)
		raw[0] = '\0';
	log_text_escape(raw, strlen(raw), out, NOTIFY_STATUS_MAX);
}

void
notify_ready(const char *fmt, ...)
{
	char status[NOTIFY_STATUS_MAX];
	va_list ap;

	va_start(ap, fmt);
	notify_format_status(fmt, ap, status);
	va_end(ap);
	notify_send("READY=1\nMAINPID=%ld\nSTATUS=%s", (long)getpid(), status);
}

void
notify_status(const char *fmt, ...)
{
	char status[NOTIFY_STATUS_MAX];
	va_list ap;

	va_start(ap, fmt);
	notify_format_status(fmt, ap, status);
	va_end(ap);
	notify_send("STATUS=%s", status);
}

void
notify_reloading(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	notify_send("RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\nSTATUS=Reloading",
	    (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
}

void
notify_stopping(void)
{
	notify_send("STOPPING=1\nSTATUS=Shutting down");
}
