/* SPDX-License-Identifier: ISC */
/*
 * sandbox: an allow-list of system calls for the whole process: any other call
 * ends it by SIGSYS. Mechanism only; the lists are the programs' own.
 * Runs in: every confined program, at its start.
 */
#ifndef COMMON_SANDBOX_H
#define COMMON_SANDBOX_H

#include <sys/syscall.h>

#include <seccomp.h>

#include <stdbool.h>
#include <stddef.h>

struct fault;
struct layers;

#define SANDBOX_CONDITIONS_MAX 3

/* A call may have several rows: one that fits suffices. */
struct sandbox_row {
	int call;		/* SCMP_SYS(name) */
	const char *reason;	/* who needs it, and when */
	int error;		/* 0: allowed; else it fails with that errno */
	unsigned int conditions;	/* of when, all of which must hold */
	struct scmp_arg_cmp when[SANDBOX_CONDITIONS_MAX];
};

/* Rows: always, under one to three conditions, and not at all but gently. */
#define SANDBOX_ALLOW(name, why) { SCMP_SYS(name), why, 0, 0, { { 0 } } }
#define SANDBOX_IF(name, why, a) { SCMP_SYS(name), why, 0, 1, { a } }
#define SANDBOX_IF2(name, why, a, b) { SCMP_SYS(name), why, 0, 2, { a, b } }
#define SANDBOX_IF3(name, why, a, b, c) \
	{ SCMP_SYS(name), why, 0, 3, { a, b, c } }
#define SANDBOX_FAIL(name, why, error) \
	{ SCMP_SYS(name), why, error, 0, { { 0 } } }

/* What glibc's epoll_wait(3) calls: newer architectures have but one. */
#ifdef SYS_epoll_wait
#define SANDBOX_EPOLL_WAIT(why) SANDBOX_ALLOW(epoll_wait, why)
#else
#define SANDBOX_EPOLL_WAIT(why) SANDBOX_ALLOW(epoll_pwait, why)
#endif

/* Conditions: argument arg (from 0) is value; has none of the bits; has just
 * the bits of value among those of mask. */
#define SANDBOX_IS(arg, value) { arg, SCMP_CMP_EQ, value, 0 }
#define SANDBOX_NONE_OF(arg, bits) { arg, SCMP_CMP_MASKED_EQ, bits, 0 }
#define SANDBOX_BITS(arg, mask, value) \
	{ arg, SCMP_CMP_MASKED_EQ, mask, value }

struct sandbox_options {
	const struct sandbox_row *rows;
	size_t len;
	bool is_required;	/* without seccomp: fault, else noted */
};

/*
 * Puts it in force for every thread, for good. Wants no_new_privs. Returns 0
 * or -1 with the fault.
 */
int sandbox_enter(const struct sandbox_options *options,
    struct layers *layers, struct fault *fault);

/* From now on malloc takes its memory by brk and mprotect alone, and gives none
 * of it back: a program whose rows have no mmap calls this before its
 * threads. */
void sandbox_keep_heap(void);

/* How many different calls the rows allow. */
size_t sandbox_count(const struct sandbox_row *rows, size_t len);

#endif
