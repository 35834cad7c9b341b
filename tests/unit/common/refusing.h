/* SPDX-License-Identifier: ISC */
/*
 * refusing: a kernel that lacks a system call, or refuses it, for a test that
 * runs in a process of its own.
 * Runs in: make check.
 */
#ifndef TESTS_UNIT_COMMON_REFUSING_H
#define TESTS_UNIT_COMMON_REFUSING_H

/* From now on that call (SCMP_SYS(name)) of this process fails. */
void refusing_call(int call, int error);

/* Runs the function in a child, as that user (0: as ourselves). Returns how it
 * ended as waitpid(2) says it; the function's value is the exit status. */
int refusing_run(int (*function)(void), unsigned int uid);

#endif
