/* SPDX-License-Identifier: ISC */
/*
 * keyfile: who may have read the private key file, and its text.
 * Runs in: keyd-unlock.
 */
#ifndef KEYD_UNLOCK_KEYFILE_H
#define KEYD_UNLOCK_KEYFILE_H

#include <sys/types.h>

#include "common/secret.h"

struct fault;
struct stat;

#define KEYFILE_MAX 65535	/* bytes; a larger file is a fault */

struct keyfile {
	const char *path;	/* the caller's; for messages */
	struct secret text;	/* len bytes and a NUL behind them */
	size_t len;
};

/*
 * PostgreSQL's rule about owner and mode (be-secure-common.c); when euid is
 * root, decisions for root instead: root alone owns it, and a group that may
 * read it is named in a warning. Pure but for that warning and the look-up of
 * names. Returns 0 or -1 with the fault.
 */
int keyfile_judge(const char *path, const struct stat *st, uid_t euid,
    struct fault *fault);

/*
 * Opens the file once, judges that descriptor (as root, the directories above
 * it too) and reads it into secret memory of that kind. Returns 0 or -1 with
 * the fault.
 */
int keyfile_read(const char *path, enum secret_kind kind, struct keyfile *out,
    struct fault *fault);

/* Accepts an empty one (text SECRET_EMPTY). */
void keyfile_wipe(struct keyfile *file);

#endif
