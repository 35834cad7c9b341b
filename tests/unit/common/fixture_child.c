/* SPDX-License-Identifier: ISC */
/*
 * fixture_child: a program for the tests of spawn and child to start. Its
 * title (argv[0]) says how it behaves.
 * Runs in: make check.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/log.h"
#include "common/report.h"
#include "common/spawn.h"

#define CHANNEL SPAWN_FD_FIRST
#define LOG_FD (SPAWN_FD_FIRST + 1)
#define FDS_LOOKED_AT 1024

extern char **environ;

static int
last_fd(void)
{
	int fd, last = -1;

	for (fd = 0; fd < FDS_LOOKED_AT; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			last = fd;
	return last;
}

static void
show_fds(int out)
{
	char mark;
	int fd;

	dprintf(out, "fds");
	for (fd = 0; fd < FDS_LOOKED_AT; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			dprintf(out, " %d", fd);
	dprintf(out, "\nmarks ");
	for (fd = SPAWN_FD_FIRST; fd < out; fd++)
		if (pread(fd, &mark, 1, 0) == 1)
			dprintf(out, "%c", mark);
	dprintf(out, "\n");
}

static void
show_signals(int out)
{
	struct sigaction action;
	sigset_t mask;
	int signo, blocked = 0, changed = 0, death = -1;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (signo = 1; signo < NSIG; signo++) {
		blocked += sigismember(&mask, signo) == 1;
		if (sigaction(signo, NULL, &action) == 0)
			changed += action.sa_handler == SIG_IGN;
	}
	prctl(PR_GET_PDEATHSIG, &death);
	dprintf(out, "blocked %d\nignored %d\ndeath %d\n", blocked, changed,
	    death);
}

/* Tells the last of its descriptors, a file, all that it was born with. */
static int
show(void)
{
	struct rlimit memlock;
	struct stat in, null;
	int out = last_fd();
	char **env;

	show_fds(out);
	show_signals(out);
	dprintf(out, "env");
	for (env = environ; *env != NULL; env++)
		dprintf(out, " %s", *env);
	if (fstat(STDIN_FILENO, &in) == -1 || stat("/dev/null", &null) == -1)
		return EXIT_FAILURE;
	getrlimit(RLIMIT_MEMLOCK, &memlock);
	dprintf(out, "\npids %s", getpid() == 1 ? "own" : "shared");
	dprintf(out, "\nstdin %s\nsession %s\nmemlock %s\n",
	    in.st_rdev == null.st_rdev ? "null" : "inherited",
	    getsid(0) == getpid() ? "own" : "inherited",
	    memlock.rlim_cur > 65536 ? "raised" : "small");
	return EXIT_SUCCESS;
}

static int
linger(void)
{
	while (pause() == -1)
		continue;
	return EXIT_FAILURE;
}

static void
await_channel_end(void)
{
	struct report report;
	int fd;

	while (report_receive(CHANNEL, &report, &fd) == 1)
		continue;
}

static int
serve(void)
{
	log_write(LOG_LEVEL_WARNING, "about to serve");
	report_send_type(CHANNEL, REPORT_READY, NULL);
	await_channel_end();
	log_write(LOG_LEVEL_WARNING, "about to leave");
	return EXIT_SUCCESS;
}

static int
stubborn(void)
{
	report_send_type(CHANNEL, REPORT_READY, NULL);
	return linger();
}

/* Dies once the supervisor says so, after it was ready. */
static int
mortal(void)
{
	struct report report;
	int fd;

	report_send_type(CHANNEL, REPORT_READY, NULL);
	report_receive(CHANNEL, &report, &fd);
	log_write(LOG_LEVEL_WARNING, "last words");
	kill(getpid(), SIGSYS);
	return EXIT_FAILURE;
}

static int
complain(void)
{
	struct fault fault;

	fault_set(&fault, "the fixture has a fault");
	fault_detail(&fault, "It was told to.");
	log_write(LOG_LEVEL_WARNING, "words before the fault");
	report_send_type(CHANNEL, REPORT_FAULT, &fault);
	return EXIT_FAILURE;
}

static int
complain_without_words(void)
{
	report_send_type(CHANNEL, REPORT_FAULT, NULL);
	return EXIT_FAILURE;
}

static int
exit_with_3(void)
{
	log_write(LOG_LEVEL_WARNING, "words before the end");
	return 3;
}

static int
exit_with_0(void)
{
	return EXIT_SUCCESS;
}

static int
die_by_sigsys(void)
{
	kill(getpid(), SIGSYS);
	return EXIT_FAILURE;
}

static int
leave_channel(void)
{
	close(CHANNEL);
	return linger();
}

static int
send_nonsense(void)
{
	if (send(CHANNEL, "nonsense", 8, 0) == -1)
		return EXIT_FAILURE;
	return linger();
}

static int
send_payload(void)
{
	struct report report;

	memset(&report, 0, sizeof(report));
	report.type = REPORT_PAYLOAD;
	report.payload_len = 5;
	memcpy(report.payload, "hello", 5);
	report_send(CHANNEL, &report, -1);
	await_channel_end();
	return EXIT_SUCCESS;
}

static const struct {
	const char *title;
	int (*run)(void);
	int takes;		/* 1: channel and log are there (child.h) */
} titles[] = {
	{ "show", show, 0 },
	{ "linger", linger, 0 },
	{ "serve", serve, 1 },
	{ "stubborn", stubborn, 1 },
	{ "mortal", mortal, 1 },
	{ "complain", complain, 1 },
	{ "complain-without-words", complain_without_words, 1 },
	{ "exit-3", exit_with_3, 1 },
	{ "exit-0", exit_with_0, 1 },
	{ "sigsys", die_by_sigsys, 1 },
	{ "leave-channel", leave_channel, 1 },
	{ "nonsense", send_nonsense, 1 },
	{ "payload", send_payload, 1 },
	{ "silent", linger, 1 },
};

int
main(int argc, char **argv)
{
	struct fault fault;
	size_t i;

	for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		if (strcmp(argv[0], titles[i].title) != 0)
			continue;
		if (titles[i].takes && spawn_take("fixture", 2, &fault) == -1)
			return 99;
		if (titles[i].takes)
			log_open_channel(LOG_FD);
		return titles[i].run();
	}
	return 98;
}
