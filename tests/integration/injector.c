/* SPDX-License-Identifier: ISC */
/*
 * injector: makes a live process perform one system call, as somebody could
 * who has taken it over, and says what became of it: "returned N" or
 * "killed SIGNAL". x86-64 only; for the tests of confinement.
 *
 *   injector PID NUMBER [ARGUMENT...]
 *
 * An argument is a number, or @HEX: the address of those bytes, which are put
 * below the stack of the process. A process that survives goes on as before.
 */
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARGUMENTS_MAX 6
#define BELOW_STACK 8192	/* bytes; beyond the red zone */
#define PIECE 512		/* bytes for each argument */
#define SYSCALL_LEN 2		/* of the instruction before the one it is at */

static unsigned long
put_bytes(pid_t pid, unsigned long address, const char *hex)
{
	unsigned char bytes[PIECE] = { 0 };
	size_t i, len = strlen(hex) / 2;
	unsigned int byte;
	long word;

	for (i = 0; i < len && i < sizeof(bytes); i++) {
		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			errx(2, "not hexadecimal: %s", hex);
		bytes[i] = (unsigned char)byte;
	}
	for (i = 0; i < sizeof(bytes); i += sizeof(word)) {
		memcpy(&word, bytes + i, sizeof(word));
		if (ptrace(PTRACE_POKEDATA, pid, address + i, word) == -1)
			err(2, "POKEDATA");
	}
	return address;
}

static void
set_call(pid_t pid, int argc, char **argv, struct user_regs_struct *regs)
{
	unsigned long value[ARGUMENTS_MAX] = { 0 };
	unsigned long below = (regs->rsp - BELOW_STACK) & ~15ul;
	int i;

	for (i = 0; i < argc - 1 && i < ARGUMENTS_MAX; i++)
		value[i] = argv[i + 1][0] == '@' ?
		    put_bytes(pid, below + (unsigned long)i * PIECE,
		    argv[i + 1] + 1) : strtoul(argv[i + 1], NULL, 0);
	regs->orig_rax = (unsigned long)-1;	/* nothing to restart */
	regs->rax = strtoul(argv[0], NULL, 0);
	regs->rip -= SYSCALL_LEN;
	regs->rdi = value[0];
	regs->rsi = value[1];
	regs->rdx = value[2];
	regs->r10 = value[3];
	regs->r8 = value[4];
	regs->r9 = value[5];
}

static int
await_stop(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, __WALL) != pid)
		err(2, "waitpid");
	return status;
}

/* It must be within a system call, so that the instruction is there. */
static void
read_regs(pid_t pid, struct user_regs_struct *regs)
{
	long text;

	if (ptrace(PTRACE_GETREGS, pid, 0, regs) == -1)
		err(2, "GETREGS");
	text = ptrace(PTRACE_PEEKTEXT, pid, regs->rip - SYSCALL_LEN, 0);
	if ((text & 0xffff) != 0x050f)
		errx(3, "the process is not waiting in a system call");
}

int
main(int argc, char **argv)
{
	struct user_regs_struct before, regs;
	pid_t pid;
	int status;

	if (argc < 3)
		errx(2, "usage: injector PID NUMBER [ARGUMENT...]");
	pid = (pid_t)atoi(argv[1]);
	if (ptrace(PTRACE_ATTACH, pid, 0, 0) == -1)
		err(2, "ATTACH");
	await_stop(pid);
	read_regs(pid, &before);
	regs = before;
	set_call(pid, argc - 2, argv + 2, &regs);
	if (ptrace(PTRACE_SETREGS, pid, 0, &regs) == -1 ||
	    ptrace(PTRACE_SINGLESTEP, pid, 0, 0) == -1)
		err(2, "SINGLESTEP");
	status = await_stop(pid);
	if (WIFSIGNALED(status)) {
		printf("killed %d\n", WTERMSIG(status));
		return 0;
	}
	if (!WIFSTOPPED(status) || ptrace(PTRACE_GETREGS, pid, 0, &regs) == -1)
		errx(2, "status 0x%x", (unsigned int)status);
	printf("returned %ld\n", (long)regs.rax);
	if (ptrace(PTRACE_SETREGS, pid, 0, &before) == -1 ||
	    ptrace(PTRACE_DETACH, pid, 0, 0) == -1)
		err(2, "DETACH");
	return 0;
}
