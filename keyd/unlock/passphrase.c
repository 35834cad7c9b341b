/* SPDX-License-Identifier: ISC */
/*
 * passphrase: where the pass phrase comes from, and one answer from there.
 * Blocking. Runs in: keyd-unlock.
 */
#include "keyd/unlock/passphrase.h"

#include <bsd/readpassphrase.h>
#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/fault.h"
#include "keyd/unlock/command.h"
#include "keyd/unlock/interrupt.h"

#define PERSON_TRIES 3
#define AGENT_COMMAND "systemd-ask-password --timeout=0 \"%p\""

static const char wrong[] = "Wrong pass phrase, please try again.\n";

enum passphrase_source
passphrase_source_of(const struct passphrase_question *question)
{
	int tty;

	if (question->command[0] != '\0')
		return PASSPHRASE_COMMAND;
	tty = open(_PATH_TTY, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty != -1) {
		close(tty);
		return PASSPHRASE_TERMINAL;
	}
	if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO))
		return PASSPHRASE_CONSOLE;
	return question->has_agents ? PASSPHRASE_AGENT : PASSPHRASE_NOWHERE;
}

int
passphrase_tries(enum passphrase_source source)
{
	return source == PASSPHRASE_COMMAND || source == PASSPHRASE_NOWHERE ?
	    1 : PERSON_TRIES;
}

static int
nowhere_fault(const char *path, struct fault *fault)
{
	fault_set(fault, "could not ask for the pass phrase of private key "
	    "file \"%s\"", path);
	fault_detail(fault, "There is no terminal to ask on, and "
	    "\"ssl_passphrase_command\" is not set.");
	return fault_hint(fault, "Start postern-keyd from a terminal, or set a "
	    "command in postern.conf, for example: ssl_passphrase_command = "
	    "'systemd-ask-password --timeout=0 \"%%p\"'");
}

/* readpassphrase(3) turns echo off on /dev/tty only, not on standard input. */
static char *
ask_console(const char *prompt, char *out)
{
	struct termios before, quiet;
	char *answer;

	if (tcgetattr(STDIN_FILENO, &before) == -1)
		return NULL;
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == -1)
		return NULL;
	answer = readpassphrase(prompt, out, PASSPHRASE_MAX + 1, 0);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	dprintf(STDERR_FILENO, "\n");
	return answer;
}

/* An empty answer and Ctrl-D look alike, and mean the same: no pass phrase. */
static int
ask_person(enum passphrase_source source, const char *path, char *out,
    struct fault *fault)
{
	char prompt[1100], *answer;

	if (interrupt_signal() != 0)
		return interrupt_fault(path, fault);
	snprintf(prompt, sizeof(prompt), "Enter pass phrase for \"%s\": ",
	    path);
	if (source == PASSPHRASE_CONSOLE)
		answer = ask_console(prompt, out);
	else
		answer = readpassphrase(prompt, out, PASSPHRASE_MAX + 1,
		    RPP_REQUIRE_TTY);
	if (interrupt_signal() != 0)
		return interrupt_fault(path, fault);
	if (answer == NULL)
		return fault_set(fault, "could not read the pass phrase of "
		    "private key file \"%s\" from the terminal: %m", path);
	if (answer[0] == '\0') {
		fault_set(fault, "no pass phrase was given for private key "
		    "file \"%s\"", path);
		return fault_detail(fault, "The answer was empty.");
	}
	return (int)strlen(answer);
}

static int
ask_command(const char *command, const char *path, char *out,
    struct fault *fault)
{
	char line[COMMAND_LINE_MAX], prompt[1100];
	int len;

	command_format_prompt(path, prompt, sizeof(prompt));
	if (command_expand(command, prompt, line, sizeof(line),
	    fault) == -1)
		return -1;
	len = command_read(line, out, PASSPHRASE_MAX + 1, fault);
	if (len == -1 && interrupt_signal() != 0)
		return interrupt_fault(path, fault);
	return len;
}

int
passphrase_read(enum passphrase_source source,
    const struct passphrase_question *question, char *out,
    struct fault *fault)
{
	switch (source) {
	case PASSPHRASE_COMMAND:
		return ask_command(question->command, question->path, out,
		    fault);
	case PASSPHRASE_AGENT:
		return ask_command(AGENT_COMMAND, question->path, out, fault);
	case PASSPHRASE_TERMINAL:
	case PASSPHRASE_CONSOLE:
		return ask_person(source, question->path, out, fault);
	default:
		return nowhere_fault(question->path, fault);
	}
}

void
passphrase_say_wrong(enum passphrase_source source)
{
	int fd = STDERR_FILENO;

	if (source == PASSPHRASE_TERMINAL)
		fd = open(_PATH_TTY, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return;
	dprintf(fd, "%s", wrong);
	if (fd != STDERR_FILENO)
		close(fd);
}
