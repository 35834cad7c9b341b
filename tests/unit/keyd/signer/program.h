/* SPDX-License-Identifier: ISC */
/*
 * program: the real keyd-signer, started as its supervisor starts it.
 * Runs in: make check.
 */
#ifndef TESTS_UNIT_KEYD_SIGNER_PROGRAM_H
#define TESTS_UNIT_KEYD_SIGNER_PROGRAM_H

#include <sys/types.h>
#include <sys/un.h>

#include <stddef.h>

#include "common/report.h"
#include "keyd/counters.h"

struct key;

struct program {
	pid_t pid;
	int channel, log;
	struct sockaddr_un addr;	/* the key socket */
	struct counters counters;	/* what it counts */
};

/* As root it becomes user 64201 and serves root, else it stays and serves us.
 * Fills *out_first with its first report (REPORT_READY or REPORT_FAULT). */
void program_start(struct program *program, const struct key *keys,
    size_t keys_len, size_t threads, struct report *out_first);

/* Closes the channel. Returns the exit status, -1 for a death by signal. */
int program_stop(struct program *program);

/* Waits up to 10 s for a line of its log with that text in it. */
int program_await_log(struct program *program, const char *text);

#endif
