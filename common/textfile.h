/* SPDX-License-Identifier: ISC */
/*
 * textfile: reads an administrator's file whole, once, and judges who could
 * have written it.
 * Runs in: the supervisors, keyd-unlock, posternctl; at start and reload only.
 */
#ifndef COMMON_TEXTFILE_H
#define COMMON_TEXTFILE_H

#include <sys/stat.h>

#include <stddef.h>

struct fault;

#define TEXTFILE_MAX (4 * 1024 * 1024)	/* bytes that textfile_read() takes */

struct textfile {
	char *bytes;		/* len bytes and a NUL behind them; owned */
	size_t len;
};

/*
 * Opens path (O_RDONLY|O_CLOEXEC|O_NONBLOCK) and judges it by fstat on that
 * descriptor: a regular file; when the effective user is root, also owned by
 * root, not writable by group or others, and below directories in which nobody
 * but root can replace a name (the rule of sshd's safe path, on the resolved
 * path). Returns the descriptor and *out_st, or -1 with the fault, whose hint
 * is the chown or chmod that mends it; errno is the cause where there was one
 * (ENOENT for an absent file), else 0. label names the file's kind in
 * messages ("configuration file").
 */
int textfile_open(const char *label, const char *path, struct stat *out_st,
    struct fault *out);

/* The directory part of that rule alone, for a data directory. */
int textfile_may_trust_directory(const char *label, const char *path,
    struct fault *out);

/* Opens, judges and reads at most TEXTFILE_MAX bytes, or max; errno as
 * textfile_open(). Returns 0 or -1. */
int textfile_read(const char *label, const char *path, struct textfile *out,
    struct fault *fault);

int textfile_read_up_to(const char *label, const char *path, size_t max,
    struct textfile *out, struct fault *fault);

/* Accepts an empty one. */
void textfile_close(struct textfile *file);

#endif
