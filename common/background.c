/* SPDX-License-Identifier: ISC */
/*
 * background: a daemon's caller waits until the daemon serves, and gets its
 * exit status: 0 then, 1 if it could not start.
 * Runs in: the supervisors, at start.
 */
#include "common/background.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/child.h"
#include "common/fault.h"
#include "common/log.h"

/* The child's end of the pair on which the parent waits; -1: nobody waits. */
static int background_waiter = -1;

/* The terminal's keys are for the child; the parent outlives the answer. From
 * before the fork on: the child may be answered to at once. */
static void
background_block_terminal(sigset_t *out_before)
{
	sigset_t keys;

	sigemptyset(&keys);
	sigaddset(&keys, SIGINT);
	sigaddset(&keys, SIGQUIT);
	sigaddset(&keys, SIGHUP);
	sigprocmask(SIG_BLOCK, &keys, out_before);
}

/* The child's end before it was ready: it has said why, unless a signal cut
 * it short. */
static int
background_await_end(pid_t pid)
{
	char how[64];
	int status;
	pid_t got;

	do
		got = waitpid(pid, &status, 0);
	while (got == -1 && errno == EINTR);
	if (got == pid && WIFSIGNALED(status)) {
		child_format_status(status, how, sizeof(how));
		log_write(LOG_LEVEL_FATAL, "the server %s before it was ready",
		    how);
	}
	return EXIT_FAILURE;
}

static void __attribute__((noreturn))
background_wait(int fd, pid_t pid)
{
	char byte;
	ssize_t n;

	do
		n = read(fd, &byte, 1);
	while (n == -1 && errno == EINTR);
	if (n == 1)
		_exit(EXIT_SUCCESS);
	_exit(background_await_end(pid));
}

int
background_start(struct fault *fault)
{
	int ends[2];
	sigset_t before;
	pid_t pid;

	/* A pair of sockets and not a pipe: no SIGPIPE if the parent died. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
		return fault_set(fault, "could not create a pair of sockets: "
		    "%m");
	/* Whoever started us may have ignored it; then there is no status. */
	signal(SIGCHLD, SIG_DFL);
	fflush(NULL);
	background_block_terminal(&before);
	pid = fork();
	if (pid <= 0)
		sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid == -1) {
		fault_set(fault, "could not fork for the background: %m");
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	if (pid == 0) {
		close(ends[0]);
		background_waiter = ends[1];
		return 0;
	}
	close(ends[1]);
	background_wait(ends[0], pid);
}

static int
background_close_terminal(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	int i;

	if (fd == -1)
		return -1;
	for (i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		if (fd != i && dup2(fd, i) == -1)
			return -1;
	if (fd > STDERR_FILENO)
		close(fd);
	return 0;
}

void
background_ready(void)
{
	if (background_waiter == -1)
		return;
	if (setsid() == -1)
		log_write(LOG_LEVEL_WARNING, "could not leave the session: %m");
	if (chdir("/") == -1)
		log_write(LOG_LEVEL_WARNING, "could not change to /: %m");
	if (background_close_terminal() == -1)
		log_write(LOG_LEVEL_WARNING, "could not open /dev/null: %m");
	if (send(background_waiter, "", 1, MSG_NOSIGNAL) == -1)
		log_write(LOG_LEVEL_WARNING, "nobody waits for the server any "
		    "more: %m");
	close(background_waiter);
	background_waiter = -1;
}
