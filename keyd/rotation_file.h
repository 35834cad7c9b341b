/* SPDX-License-Identifier: ISC */
/*
 * rotation_file: a rotation without posternctl: on SIGHUP, where the key file
 * is another than before and no terminal is needed to unlock it.
 * Runs in: postern-keyd.
 */
#ifndef KEYD_ROTATION_FILE_H
#define KEYD_ROTATION_FILE_H

#include <sys/stat.h>

#include <poll.h>
#include <stdbool.h>

#include "keyd/unlocking.h"

struct rotation;
struct settings;

#define ROTATION_FILE_POLL_MAX 2

struct rotation_file {
	struct rotation *rotation;	/* not owned */
	struct unlocking unlocking;
};

void rotation_file_init(struct rotation_file *file,
    struct rotation *rotation);

/* Which file is the key file now; zeroes if there is none. */
void rotation_file_look(const struct settings *settings, struct stat *out);

/* Begins a rotation if that is another one than was unlocked last. */
void rotation_file_begin(struct rotation_file *file);

/* What poll(2) waits for, and has seen, of the unlock program. */
void rotation_file_watch(const struct rotation_file *file,
    struct pollfd out[ROTATION_FILE_POLL_MAX]);
void rotation_file_turn(struct rotation_file *file,
    const struct pollfd polled[ROTATION_FILE_POLL_MAX]);

/* Ends the unlock program, if it runs. */
void rotation_file_stop(struct rotation_file *file);

#endif
