/* SPDX-License-Identifier: ISC */
/*
 * failer: makes one system call of a live process fail, as the kernel could:
 * the NTH call of NUMBER from now on returns -ERRNO without being made; or,
 * with the word "short", has its length cut to one byte. x86-64 only.
 *
 *   failer PID NUMBER NTH ERRNO | short
 *
 * Says "ready" when it watches, "failed" when it has done so, and ends; the
 * process goes on. Killed before that, it leaves the process alone.
 */
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is called instead: every filter allows it, and nothing comes of it. */
#define CLOSE 3
#define NO_DESCRIPTOR 999999

/* The next stop at a system call; signals are passed on. */
static void
await_call(pid_t pid)
{
	int status, pass = 0;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, pid, 0, pass) == -1)
			err(2, "SYSCALL");
		if (waitpid(pid, &status, __WALL) != pid)
			err(2, "waitpid");
		if (!WIFSTOPPED(status))
			errx(3, "the process ended");
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			return;
		pass = WSTOPSIG(status);
	}
}

static void
get(pid_t pid, struct user_regs_struct *out)
{
	if (ptrace(PTRACE_GETREGS, pid, 0, out) == -1)
		err(2, "GETREGS");
}

static void
set(pid_t pid, const struct user_regs_struct *regs)
{
	if (ptrace(PTRACE_SETREGS, pid, 0, regs) == -1)
		err(2, "SETREGS");
}

/* It is at the entry of the call. */
static void
fail_call(pid_t pid, const char *how)
{
	struct user_regs_struct before, regs;

	get(pid, &before);
	regs = before;
	if (strcmp(how, "short") == 0) {
		if (regs.rdx > 1)
			regs.rdx = 1;
		set(pid, &regs);
		return;
	}
	regs.orig_rax = CLOSE;
	regs.rdi = NO_DESCRIPTOR;
	set(pid, &regs);
	await_call(pid);
	get(pid, &regs);
	regs.rdi = before.rdi;
	regs.rax = (unsigned long)-atol(how);
	set(pid, &regs);
}

int
main(int argc, char **argv)
{
	struct user_regs_struct regs;
	unsigned long number;
	int nth;
	pid_t pid;

	if (argc != 5)
		errx(2, "usage: failer PID NUMBER NTH ERRNO | short");
	pid = (pid_t)atoi(argv[1]);
	number = strtoul(argv[2], NULL, 0);
	nth = atoi(argv[3]);
	if (ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD) == -1 ||
	    ptrace(PTRACE_INTERRUPT, pid, 0, 0) == -1 ||
	    waitpid(pid, NULL, __WALL) != pid)
		err(2, "SEIZE");
	printf("ready\n");
	(void)fflush(stdout);
	for (;;) {
		await_call(pid);
		get(pid, &regs);
		/* An entry has -ENOSYS; a call that was begun before has not. */
		if ((long)regs.rax != -38)
			continue;
		if (regs.orig_rax == number && --nth == 0)
			break;
	}
	fail_call(pid, argv[4]);
	printf("failed\n");
	(void)ptrace(PTRACE_DETACH, pid, 0, 0);
	return 0;
}
