/* SPDX-License-Identifier: ISC */
/*
 * command: ssl_passphrase_command, PostgreSQL's way to get a pass phrase.
 * Runs in: keyd-unlock.
 */
#ifndef KEYD_UNLOCK_COMMAND_H
#define KEYD_UNLOCK_COMMAND_H

#include <stddef.h>

struct fault;

#define COMMAND_LINE_MAX 4096	/* bytes, expanded, NUL included */

/*
 * What %p becomes: a prompt that names the key file, without any character
 * that a shell would take for more than text (PostgreSQL's own prompt where
 * the path has one).
 */
void command_format_prompt(const char *path, char *out, size_t out_size);

/*
 * Replaces %p by prompt and %% by %. Returns 0, or -1 with the fault when the
 * result is too long.
 */
int command_expand(const char *command, const char *prompt, char *out,
    size_t out_size, struct fault *fault);

/*
 * Runs the line by /bin/sh with our (clean) environment, /dev/null as its
 * input and a pipe as its output; reads the first line of that into out (size
 * bytes, memory that is secret), without CR and LF, NUL-terminated. Returns
 * its length or -1 with the fault (an interrupt is one, see interrupt_signal).
 */
int command_read(const char *line, char *out, size_t size,
    struct fault *fault);

#endif
