/* SPDX-License-Identifier: ISC */
/*
 * passphrase: where the pass phrase comes from, and one answer from there.
 * Blocking. Runs in: keyd-unlock.
 */
#ifndef KEYD_UNLOCK_PASSPHRASE_H
#define KEYD_UNLOCK_PASSPHRASE_H

#include <stdbool.h>
#include <stddef.h>

struct fault;

#define PASSPHRASE_MAX 4095	/* bytes, without the NUL */

enum passphrase_source {
	PASSPHRASE_COMMAND,	/* ssl_passphrase_command is set */
	PASSPHRASE_TERMINAL,	/* /dev/tty */
	PASSPHRASE_CONSOLE,	/* stdin and stderr are a terminal (boot) */
	PASSPHRASE_AGENT,	/* systemd-ask-password(1), in a unit */
	PASSPHRASE_NOWHERE
};

/* What is to be unlocked, and by which command ("" for none). */
struct passphrase_question {
	const char *path;
	const char *command;
	bool has_agents;	/* started by a service manager */
};

enum passphrase_source passphrase_source_of(
    const struct passphrase_question *question);

/* How often it is asked: a person may mistype, a command does not. */
int passphrase_tries(enum passphrase_source source);

/*
 * Asks once, echo off; out has PASSPHRASE_MAX + 1 bytes. Returns the length,
 * at least 1, or -1 with the fault: no answer, an interrupt, a command that
 * failed, nowhere to ask.
 */
int passphrase_read(enum passphrase_source source,
    const struct passphrase_question *question, char *out,
    struct fault *fault);

/* Says on the terminal that the answer was wrong and may be given again. */
void passphrase_say_wrong(enum passphrase_source source);

#endif
