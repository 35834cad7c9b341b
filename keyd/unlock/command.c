/* SPDX-License-Identifier: ISC */
/*
 * command: ssl_passphrase_command, PostgreSQL's way to get a pass phrase.
 * Runs in: keyd-unlock.
 */
#include "keyd/unlock/command.h"

#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/child.h"
#include "common/fault.h"
#include "keyd/unlock/interrupt.h"

#define PLAIN_CHARACTERS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" \
	"/._-+@,:="

void
command_format_prompt(const char *path, char *out, size_t out_size)
{
	if (path[strspn(path, PLAIN_CHARACTERS)] == '\0')
		snprintf(out, out_size, "Enter pass phrase for %s:", path);
	else
		snprintf(out, out_size, "Enter PEM pass phrase:");
}

int
command_expand(const char *command, const char *prompt, char *out,
    size_t out_size, struct fault *fault)
{
	size_t len = 0;

	for (const char *p = command; *p != '\0'; p++) {
		const char *piece = p;
		size_t piece_len = 1;

		if (p[0] == '%' && p[1] == 'p') {
			piece = prompt;
			piece_len = strlen(prompt);
			p++;
		} else if (p[0] == '%' && p[1] == '%') {
			p++;
		}
		if (piece_len >= out_size - len)
			return fault_set(fault, "the expanded value of "
			    "\"ssl_passphrase_command\" is too long");
		memcpy(out + len, piece, piece_len);
		len += piece_len;
	}
	out[len] = '\0';
	return 0;
}

/* The child: nothing of ours but the pipe, the environment and stderr. */
static void
become_command(const char *line, int out_fd)
{
	sigset_t none;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(out_fd, STDOUT_FILENO) == -1)
		_exit(126);
	closefrom(STDERR_FILENO + 1);
	execl("/bin/sh", "sh", "-c", line, (char *)NULL);
	_exit(127);
}

/* Up to the first line's end, the output's end, or the buffer's. */
static ssize_t
read_line(int fd, const sigset_t *unblocked, char *out, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	ssize_t n = 1;

	while (n != 0 && len < size && memchr(out, '\n', len) == NULL) {
		if (ppoll(&p, 1, NULL, unblocked) == -1)
			return -1;
		n = read(fd, out + len, size - len);
		if (n == -1)
			return -1;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static int
wait_for(const char *line, pid_t pid, struct fault *fault)
{
	char status_text[64];
	int status;

	while (waitpid(pid, &status, 0) == -1) {
		if (errno == EINTR && interrupt_signal() == 0)
			continue;
		fault_set(fault,
		    "could not close pipe to external command: %m");
		kill(pid, SIGTERM);
		return -1;
	}
	if (status == 0)
		return 0;
	child_format_status(status, status_text, sizeof(status_text));
	fault_set(fault, "command \"%s\" failed", line);
	return fault_detail(fault, "It %s.", status_text);
}

/* What the command wrote, as a pass phrase: its first line. */
static int
take_line(const char *line, char *out, size_t len, struct fault *fault)
{
	char *end = memchr(out, '\n', len);

	if (end == NULL)
		end = out + len;
	while (end > out && end[-1] == '\r')
		end--;
	*end = '\0';
	if (end == out) {
		fault_set(fault, "command \"%s\" wrote no pass phrase", line);
		return fault_hint(fault, "\"ssl_passphrase_command\" must "
		    "write the pass phrase to its standard output.");
	}
	return (int)(end - out);
}

static pid_t
start_command(const char *line, int out_fd, struct fault *fault)
{
	pid_t pid = fork();

	if (pid == 0)
		become_command(line, out_fd);
	if (pid == -1)
		fault_set(fault, "could not execute command \"%s\": %m",
		    line);
	return pid;
}

/* Reads its line; the signals of interrupt_catch() come in while it waits. */
static ssize_t
read_command(const char *line, int fd, char *out, size_t size,
    struct fault *fault)
{
	sigset_t caught, before;
	ssize_t len;

	interrupt_set(&caught);
	sigprocmask(SIG_BLOCK, &caught, &before);
	len = read_line(fd, &before, out, size);
	if (len == -1)
		fault_set(fault, "could not read from command \"%s\": %m",
		    line);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (len == -1 || (size_t)len < size ||
	    memchr(out, '\n', (size_t)len) != NULL)
		return len;
	return fault_set(fault, "command \"%s\" wrote a line that is too long",
	    line);
}

int
command_read(const char *line, char *out, size_t size, struct fault *fault)
{
	ssize_t len = -1;
	pid_t pid;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) == -1)
		return fault_set(fault,
		    "could not execute command \"%s\": %m", line);
	pid = start_command(line, fds[1], fault);
	close(fds[1]);
	if (pid != -1)
		len = read_command(line, fds[0], out, size - 1, fault);
	close(fds[0]);
	if (len == -1) {
		if (pid != -1)
			kill(pid, SIGTERM);
		return -1;
	}
	if (wait_for(line, pid, fault) == -1)
		return -1;
	return take_line(line, out, (size_t)len, fault);
}
