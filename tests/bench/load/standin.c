/* SPDX-License-Identifier: ISC */
/*
 * bench-standin: stands in for PostgreSQL where its fork would hide what is
 * measured: takes any StartupMessage, says that the session is ready, and
 * answers nothing more.
 *	bench-standin PATH-OF-UNIX-SOCKET
 * Runs in: bench-standin.
 */
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EVENTS 256

/* AuthenticationOk, three ParameterStatus, BackendKeyData, ReadyForQuery. */
static const unsigned char ready[] =
    "R\0\0\0\x08\0\0\0\0"
    "S\0\0\0\x18server_version\0" "15.0\0"
    "S\0\0\0\x19" "client_encoding\0UTF8\0"
    "S\0\0\0\x23" "standard_conforming_strings\0on\0"
    "K\0\0\0\x0c\0\0\0\x01\0\0\0\x01"
    "Z\0\0\0\x05I";

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static int
listen_at(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (fd == -1 || bind(fd, (struct sockaddr *)&addr,
	    sizeof(addr)) != 0 || chmod(path, 0777) != 0 ||
	    listen(fd, 4096) != 0)
		fail(path);
	return fd;
}

static void
watch(int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		fail("epoll_ctl");
}

static void
serve(int fd)
{
	unsigned char bytes[16384];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	if (n <= 0)
		(void)close(fd);
	/* A StartupMessage begins with its length, below 2^24. */
	else if (bytes[0] == '\0' &&
	    write(fd, ready, sizeof(ready) - 1) == -1)
		(void)close(fd);
}

int
main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];
	int epoll, fd, i, listening, n;

	if (argc != 2)
		return 2;
	listening = listen_at(argv[1]);
	if ((epoll = epoll_create1(0)) == -1)
		fail("epoll_create1");
	watch(epoll, listening);
	for (;;) {
		n = epoll_wait(epoll, events, EVENTS, -1);
		for (i = 0; i < n; i++) {
			if (events[i].data.fd != listening) {
				serve(events[i].data.fd);
				continue;
			}
			while ((fd = accept4(listening, NULL, NULL,
			    SOCK_CLOEXEC)) != -1)
				watch(epoll, fd);
		}
	}
}
