/* SPDX-License-Identifier: ISC */
/*
 * directory: the names in an administrator's directory.
 * Runs in: postern-listener, at start and reload only.
 */
#ifndef LISTENER_DIRECTORY_H
#define LISTENER_DIRECTORY_H

#include <stddef.h>

struct fault;

/*
 * Judges the directory as textfile_may_trust_directory() and lists what in it
 * is no directory itself: names in any order, each with its NUL, in a block
 * from malloc() (never NULL). Returns 0, or -1 with the fault and errno as
 * textfile_open().
 */
int directory_list(const char *label, const char *path, char **out,
    size_t *out_len, struct fault *fault);

#endif
