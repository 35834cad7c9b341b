/* SPDX-License-Identifier: ISC */
/*
 * spawn: starts a program by exec with named descriptors at fixed numbers and
 * nothing else.
 * Runs in: the supervisors.
 */
#include "common/spawn.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/sched.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"
#include "common/layers.h"
#include "common/spawn_keep.h"

#define SPAWN_MEMLOCK ((rlim_t)64 << 20)	/* bytes */
#define SPAWN_EXIT 127		/* of a child whose exec failed */

#define SPAWN_PATH "PATH=/usr/sbin:/usr/bin:/sbin:/bin"

enum spawn_step {
	SPAWN_STEP_PARENT,
	SPAWN_STEP_FDS,
	SPAWN_STEP_TERMINAL,
	SPAWN_STEP_MEMLOCK,
	SPAWN_STEP_EXEC
};

/* "could not ... program "X": reason" */
static const char *const spawn_step_names[] = {
	[SPAWN_STEP_PARENT] = "bind to its supervisor",
	[SPAWN_STEP_FDS] = "pass descriptors to",
	[SPAWN_STEP_TERMINAL] = "open a session for",
	[SPAWN_STEP_MEMLOCK] = "raise the limit of locked memory for",
	[SPAWN_STEP_EXEC] = "execute"
};
#define SPAWN_STEPS (sizeof(spawn_step_names) / sizeof(spawn_step_names[0]))

/* What the child says through its pipe when it cannot go on. */
struct spawn_failure {
	enum spawn_step step;
	int error;		/* errno */
};

struct spawn_variable {
	const char *name;
	bool terminal;		/* only with keep_terminal */
};

static const struct spawn_variable spawn_variables[] = {
	{ "LANG", false },
	{ "TZ", false },
	{ "TERM", true },
#ifdef WITH_SANDBOX_OFF
	{ LAYERS_OFF, false },
#endif
#ifdef WITH_SANITIZERS
	{ "ASAN_OPTIONS", false },
	{ "LSAN_OPTIONS", false },
	{ "UBSAN_OPTIONS", false },
#endif
};
#define SPAWN_VARIABLES (sizeof(spawn_variables) / sizeof(spawn_variables[0]))

struct spawn_environment {
	char *envp[SPAWN_VARIABLES + 2];
	size_t len;
};

static void
spawn_close_environment(struct spawn_environment *env)
{
	while (env->len > 0)
		free(env->envp[--env->len]);
}

static int
spawn_open_environment(bool terminal, struct spawn_environment *env)
{
	const struct spawn_variable *var;
	const char *value;
	size_t i;

	memset(env, 0, sizeof(*env));
	if ((env->envp[0] = strdup(SPAWN_PATH)) == NULL)
		return -1;
	env->len = 1;
	for (i = 0; i < SPAWN_VARIABLES; i++) {
		var = &spawn_variables[i];
		value = getenv(var->name);
		if (value == NULL || (var->terminal && !terminal))
			continue;
		if (asprintf(&env->envp[env->len], "%s=%s", var->name,
		    value) == -1) {
			env->envp[env->len] = NULL;
			spawn_close_environment(env);
			return -1;
		}
		env->len++;
	}
	return 0;
}

/*
 * Puts fds[i] at SPAWN_FD_FIRST + i. A source may stand where a target will:
 * such ones are moved above all targets first. What lies above is closed by
 * the exec, *failure_fd too, which is moved along with the sources.
 */
static int
spawn_place_fds(const struct spawn_options *options, int *failure_fd)
{
	int moved[SPAWN_FDS_MAX];
	int above = SPAWN_FD_FIRST + (int)options->fds_len;
	size_t i;

	*failure_fd = fcntl(*failure_fd, F_DUPFD_CLOEXEC, above);
	if (*failure_fd == -1)
		return -1;
	for (i = 0; i < options->fds_len; i++) {
		moved[i] = options->fds[i];
		if (moved[i] < above)
			moved[i] = fcntl(moved[i], F_DUPFD_CLOEXEC, above);
		if (moved[i] == -1)
			return -1;
	}
	for (i = 0; i < options->fds_len; i++)
		if (dup2(moved[i], SPAWN_FD_FIRST + (int)i) == -1)
			return -1;
	return close_range((unsigned int)above, UINT_MAX,
	    CLOSE_RANGE_CLOEXEC);
}

static int
spawn_leave_terminal(void)
{
	int fd, i;

	if (setsid() == -1 || (fd = open("/dev/null", O_RDWR)) == -1)
		return -1;
	for (i = 0; i < SPAWN_FD_FIRST; i++)
		if (fd != i && dup2(fd, i) == -1)
			return -1;
	if (fd >= SPAWN_FD_FIRST)
		close(fd);
	return 0;
}

/* Root sets the hard limit, others go up to theirs. */
static int
spawn_raise_memlock(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) == -1)
		return -1;
	if (limit.rlim_max < SPAWN_MEMLOCK && geteuid() == 0)
		limit.rlim_max = SPAWN_MEMLOCK;
	if (limit.rlim_cur < SPAWN_MEMLOCK)
		limit.rlim_cur = limit.rlim_max < SPAWN_MEMLOCK ?
		    limit.rlim_max : SPAWN_MEMLOCK;
	if (setrlimit(RLIMIT_MEMLOCK, &limit) == 0)
		return 0;
	/* Root of a container may lack CAP_SYS_RESOURCE. */
	if (errno != EPERM || getrlimit(RLIMIT_MEMLOCK, &limit) == -1)
		return -1;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(RLIMIT_MEMLOCK, &limit);
}

static void
spawn_reset_signals(void)
{
	sigset_t none;
	int signo;

	/* Fails for SIGKILL, SIGSTOP and the libc's own two: they need none. */
	for (signo = 1; signo < NSIG; signo++)
		signal(signo, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The parent may have died before the kernel knew that we depend on it. Who
 * sees no parent from a pid namespace of its own finds its channel at the end
 * then. */
static int
spawn_follow_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		return -1;
	if (getppid() != parent && getppid() != 0) {
		errno = ESRCH;
		return -1;
	}
	return 0;
}

/*
 * By the descriptor, above all others, that an upgrade does not change; by its
 * path what could not be kept, and what the kernel would have to open again,
 * an interpreter's script. Returns only if it failed.
 */
static void
spawn_execute(const struct spawn_options *options, int program, char **envp)
{
	char *argv[2];
	char title[256];

	snprintf(title, sizeof(title), "%s", options->title);
	argv[0] = title;
	argv[1] = NULL;
	if (program != -1)
		syscall(SYS_execveat, program, "", argv, envp, AT_EMPTY_PATH);
	if (program == -1 || errno == ENOENT || errno == ENOSYS)
		execve(options->program, argv, envp);
}

/* Everything between fork and exec; returns the step that failed. */
static enum spawn_step
spawn_become(const struct spawn_options *options, char **envp, pid_t parent,
    int *failure_fd)
{
	int program = spawn_keep_open(options->program);

	if (!options->keep_terminal && spawn_follow_parent(parent) == -1)
		return SPAWN_STEP_PARENT;
	if (program != -1)
		program = fcntl(program, F_DUPFD_CLOEXEC,
		    SPAWN_FD_FIRST + (int)options->fds_len);
	if (spawn_place_fds(options, failure_fd) == -1)
		return SPAWN_STEP_FDS;
	if (!options->keep_terminal && spawn_leave_terminal() == -1)
		return SPAWN_STEP_TERMINAL;
	if (options->memlock && spawn_raise_memlock() == -1)
		return SPAWN_STEP_MEMLOCK;
	spawn_reset_signals();
	spawn_execute(options, program, envp);
	return SPAWN_STEP_EXEC;
}

static void __attribute__((noreturn))
spawn_child(const struct spawn_options *options, char **envp, pid_t parent,
    int failure_fd)
{
	struct spawn_failure failure;
	int fd = failure_fd;

	memset(&failure, 0, sizeof(failure));
	failure.step = spawn_become(options, envp, parent, &fd);
	failure.error = errno;
	if (write(fd == -1 ? failure_fd : fd, &failure, sizeof(failure)) == -1)
		_exit(SPAWN_EXIT);
	_exit(SPAWN_EXIT);
}

/* Waits until the exec closes the pipe, or the child says why it did not. */
static int
spawn_await_exec(const struct spawn_options *options, int failure_fd,
    pid_t pid, struct fault *fault)
{
	struct spawn_failure failure;
	ssize_t n;

	do
		n = read(failure_fd, &failure, sizeof(failure));
	while (n == -1 && errno == EINTR);
	if (n == 0)
		return 0;
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	if (n != (ssize_t)sizeof(failure) ||
	    (size_t)failure.step >= SPAWN_STEPS)
		return fault_set(fault, "could not start program \"%s\"",
		    options->program);
	fault_set(fault, "could not %s program \"%s\": %s",
	    spawn_step_names[failure.step], options->program,
	    strerror(failure.error));
	if (failure.step == SPAWN_STEP_EXEC)
		fault_hint(fault, "The programs of Postern are installed "
		    "together; install it anew.");
	if (failure.step == SPAWN_STEP_FDS && failure.error == EMFILE)
		fault_hint(fault, "Raise the limit of open files (ulimit -n, "
		    "or LimitNOFILE= of the unit).");
	return -1;
}

/*
 * fork(), into a new pid namespace where the kernel has one for us. Nothing of
 * the C library's is needed between this and the exec: we have no threads, and
 * the child's memory is a copy.
 */
static pid_t
spawn_fork_apart(void)
{
#ifndef WITH_SANITIZERS	/* LeakSanitizer looks itself up in /proc */
	struct clone_args args = { .flags = CLONE_NEWPID,
		.exit_signal = SIGCHLD };
	long pid;

	if (layers_are_off(NULL))
		return fork();
	pid = syscall(SYS_clone3, &args, sizeof(args));

#ifndef __s390__	/* whose clone(2) has its arguments in another order */
	/* A filter cannot see into clone3(2)'s flags, and so leaves us the
	 * older one: RestrictNamespaces= of systemd. */
	if (pid == -1 && errno == ENOSYS)
		pid = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL,
		    NULL, NULL);
#endif
	if (pid != -1)
		return (pid_t)pid;
#endif
	return fork();
}

/* fork() with every signal blocked, so that no handler of ours runs in the
 * child before it has put the dispositions back. */
static pid_t
spawn_fork(bool own_pids)
{
	sigset_t all, old;
	pid_t pid;
	int saved;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	pid = own_pids ? spawn_fork_apart() : fork();
	saved = errno;
	if (pid != 0)
		sigprocmask(SIG_SETMASK, &old, NULL);
	errno = saved;
	return pid;
}

int
spawn_start(const struct spawn_options *options, pid_t *out_pid,
    struct fault *fault)
{
	struct spawn_environment env;
	pid_t pid, parent = getpid();
	int ends[2], rc;

	if (options->fds_len > SPAWN_FDS_MAX)
		return fault_set(fault, "too many descriptors for program "
		    "\"%s\": %zu of at most %d", options->program,
		    options->fds_len, SPAWN_FDS_MAX);
	if (spawn_open_environment(options->keep_terminal, &env) == -1)
		return fault_set(fault, "out of memory");
	/* Here, for all later starts; what is wrong with it, exec will say. */
	spawn_keep_open(options->program);
	if (pipe2(ends, O_CLOEXEC) == -1) {
		fault_set(fault, "could not create a pipe: %m");
		spawn_close_environment(&env);
		return -1;
	}
	if ((pid = spawn_fork(options->own_pids)) == 0)
		spawn_child(options, env.envp, parent, ends[1]);
	if (pid == -1)
		rc = fault_set(fault, "could not fork for program \"%s\": %m",
		    options->program);
	close(ends[1]);
	if (pid != -1)
		rc = spawn_await_exec(options, ends[0], pid, fault);
	close(ends[0]);
	spawn_close_environment(&env);
	if (rc == 0)
		*out_pid = pid;
	return rc;
}
