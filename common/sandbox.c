/* SPDX-License-Identifier: ISC */
/*
 * sandbox: rows become a seccomp filter by libseccomp. Calls of another
 * architecture (i386, x32) end the process like any other that is not listed.
 * Runs in: every confined program, at its start.
 */
#include "common/sandbox.h"

#include <sys/mman.h>

#include <errno.h>
#include <limits.h>
#include <malloc.h>

#include "common/fault.h"
#include "common/layers.h"

#ifdef WITH_SANITIZERS
#define WHY "sanitizer builds only: the run-time's memory, reports and end"
/* Not part of any other build. */
static const struct sandbox_row sanitizer_rows[] = {
	SANDBOX_IF(mmap, WHY, SANDBOX_NONE_OF(2, PROT_EXEC)),
	SANDBOX_ALLOW(munmap, WHY),
	SANDBOX_ALLOW(mremap, WHY),
	SANDBOX_IF(mprotect, WHY, SANDBOX_NONE_OF(2, PROT_EXEC)),
	SANDBOX_ALLOW(madvise, WHY),
	SANDBOX_ALLOW(openat, WHY),
	SANDBOX_ALLOW(open, WHY),
	SANDBOX_ALLOW(read, WHY),
	SANDBOX_ALLOW(write, WHY),
	SANDBOX_ALLOW(close, WHY),
	SANDBOX_ALLOW(fstat, WHY),
	SANDBOX_ALLOW(stat, WHY),
	SANDBOX_ALLOW(newfstatat, WHY),
	SANDBOX_ALLOW(lseek, WHY),
	SANDBOX_ALLOW(access, WHY),
	SANDBOX_ALLOW(readlink, WHY),
	SANDBOX_ALLOW(getdents, WHY),
	SANDBOX_ALLOW(getdents64, WHY),
	SANDBOX_ALLOW(clone, WHY),
	SANDBOX_ALLOW(ptrace, WHY),
	SANDBOX_ALLOW(wait4, WHY),
	SANDBOX_ALLOW(kill, WHY),
	SANDBOX_ALLOW(tgkill, WHY),
	SANDBOX_ALLOW(getpid, WHY),
	SANDBOX_ALLOW(gettid, WHY),
	SANDBOX_ALLOW(getppid, WHY),
	SANDBOX_ALLOW(prctl, WHY),
	SANDBOX_ALLOW(prlimit64, WHY),
	SANDBOX_ALLOW(getrlimit, WHY),
	SANDBOX_ALLOW(sigaltstack, WHY),
	SANDBOX_ALLOW(rt_sigaction, WHY),
	SANDBOX_ALLOW(rt_sigprocmask, WHY),
	SANDBOX_ALLOW(rt_sigreturn, WHY),
	SANDBOX_ALLOW(sched_yield, WHY),
	SANDBOX_ALLOW(sched_getaffinity, WHY),
	SANDBOX_ALLOW(nanosleep, WHY),
	SANDBOX_ALLOW(clock_nanosleep, WHY),
	SANDBOX_ALLOW(futex, WHY),
	SANDBOX_ALLOW(poll, WHY),
	SANDBOX_ALLOW(pipe, WHY),
	SANDBOX_ALLOW(pipe2, WHY),
	SANDBOX_ALLOW(fcntl, WHY),
	SANDBOX_ALLOW(ioctl, WHY),
	SANDBOX_ALLOW(exit, WHY),
	SANDBOX_ALLOW(exit_group, WHY)
};
static const size_t sanitizer_len =
    sizeof(sanitizer_rows) / sizeof(sanitizer_rows[0]);
#else
static const struct sandbox_row *const sanitizer_rows;
static const size_t sanitizer_len;
#endif

static bool
sandbox_is_sanitizers(int call)
{
	size_t i;

	for (i = 0; i < sanitizer_len; i++)
		if (sanitizer_rows[i].call == call)
			return true;
	return false;
}

/* Returns 0 or a negative errno. */
static int
sandbox_add(scmp_filter_ctx filter, const struct sandbox_row *row)
{
	uint32_t action = row->error == 0 ? SCMP_ACT_ALLOW :
	    SCMP_ACT_ERRNO((uint16_t)row->error);

	return seccomp_rule_add_array(filter, action, row->call,
	    row->conditions, row->when);
}

static int
sandbox_fill(scmp_filter_ctx filter, const struct sandbox_options *options)
{
	size_t i;
	int rc;

	for (i = 0; i < sanitizer_len; i++)
		if ((rc = sandbox_add(filter, &sanitizer_rows[i])) != 0)
			return rc;
	for (i = 0; i < options->len; i++) {
		if (sandbox_is_sanitizers(options->rows[i].call))
			continue;
		if ((rc = sandbox_add(filter, &options->rows[i])) != 0)
			return rc;
	}
	return 0;
}

/* Returns 0 or a negative errno. no_new_privs is the caller's, who has set it
 * before; NNP 0 keeps libseccomp from a prctl of its own. */
static int
sandbox_load(scmp_filter_ctx filter, const struct sandbox_options *options)
{
	int rc;

	if ((rc = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS)) != 0 ||
	    (rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0)) != 0 ||
	    (rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1)) != 0 ||
	    (rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1)) != 0 ||
	    (rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2)) != 0 ||
	    (rc = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1)) != 0 ||
	    (rc = sandbox_fill(filter, options)) != 0)
		return rc;
	return seccomp_load(filter);
}

static int
sandbox_lacking(const struct sandbox_options *options, int error,
    struct layers *layers, struct fault *fault)
{
	errno = error;
	if (!options->is_required) {
		layers_lack(layers, "an allow-list of system calls (%m)");
		return 0;
	}
	fault_set(fault, "could not confine the process to its system calls: "
	    "%m");
	fault_detail(fault, "The kernel wants CONFIG_SECCOMP_FILTER for this, "
	    "and a container must allow seccomp(2).");
	return fault_hint(fault, "To go on without, set \"sandbox\" to "
	    "\"preferred\".");
}

int
sandbox_enter(const struct sandbox_options *options, struct layers *layers,
    struct fault *fault)
{
	size_t count = sandbox_count(options->rows, options->len);
	scmp_filter_ctx filter;
	int rc;

	if (layers_are_off(layers))
		return 0;
	/* NULL also where the kernel knows no such action. */
	errno = ENOSYS;
	filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (filter == NULL)
		return sandbox_lacking(options, errno, layers, fault);
	rc = sandbox_load(filter, options);
	seccomp_release(filter);
	if (rc != 0)
		return sandbox_lacking(options, -rc, layers, fault);
	layers_add(layers, "%zu system calls", count);
	return 0;
}

void
sandbox_keep_heap(void)
{
	(void)mallopt(M_MMAP_MAX, 0);
	(void)mallopt(M_TRIM_THRESHOLD, INT_MAX);
}

size_t
sandbox_count(const struct sandbox_row *rows, size_t len)
{
	size_t i, j, count = 0;

	for (i = 0; i < len; i++) {
		for (j = 0; j < i; j++)
			if (rows[j].call == rows[i].call)
				break;
		count += j == i && rows[i].error == 0;
	}
	return count;
}
