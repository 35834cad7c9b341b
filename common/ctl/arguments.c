/* SPDX-License-Identifier: ISC */
/*
 * arguments: posternctl's command line: a verb, and options around it.
 * Runs in: posternctl.
 */
#include "common/ctl/arguments.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ctl/ctl.h"
#include "common/fault.h"
#include "common/options.h"

/* Of every verb; which takes which is in its row. */
#define SHORT_OPTIONS ":D:c:d:m:n:t:V"
#define COMMON_OPTIONS "DcV"
#define TIMEOUT_S 60		/* pg_ctl's */
#define DELAY_S 2
#define NUMBER_MAX 86400

/* Beyond every letter: optopt says by it which kind was wrong. */
enum {
	LONG_HELP = 256,
	LONG_VERSION
};

static const struct option long_options[] = {
	{ "help", no_argument, NULL, LONG_HELP },
	{ "version", no_argument, NULL, LONG_VERSION },
	{ "count", required_argument, NULL, 'n' },
	{ "csv", no_argument, NULL, 'x' },
	{ "delay", required_argument, NULL, 'd' },
	{ "json", no_argument, NULL, 'j' },
	{ "mode", required_argument, NULL, 'm' },
	{ "timeout", required_argument, NULL, 't' },
	{ NULL, 0, NULL, 0 }
};

static const char options_help[] =
    "Options:\n"
    "  -D DIR             data directory (default: " SYSCONFDIR ")\n"
    "  -c NAME=VALUE      a parameter of postern.conf that was set this way\n"
    "                     for the daemons\n"
    "  -V, --version      print the version, then exit\n"
    "  -?, --help         print this text, then exit\n"
    "\n"
    "Options for status and connections:\n"
    "  --csv, --json      for programs, instead of a table\n"
    "\n"
    "Options for top:\n"
    "  -d, --delay=SECS   from one listing to the next (default: 2)\n"
    "  -n, --count=NUMBER so many listings, then exit\n"
    "\n"
    "Options for stop:\n"
    "  -m, --mode=MODE    smart (wait for the clients), fast (disconnect\n"
    "                     them, the default) or immediate\n"
    "  -t, --timeout=SECS how long to wait (default: 60)\n";

static int
take_mode(const char *text, struct ctl *ctl, struct fault *fault)
{
	unsigned int mode;

	for (mode = 1; mode < CTLWIRE_STOPS; mode++) {
		if (strcmp(text, ctlwire_stop_name(mode)) != 0)
			continue;
		ctl->mode = (enum ctlwire_stop)mode;
		return 0;
	}
	fault_set(fault, "unrecognized shutdown mode \"%s\"", text);
	return fault_detail(fault, "The modes are smart, fast and immediate.");
}

/* Between 1 and NUMBER_MAX; of what it is says the message. */
static int
take_number(const char *text, const char *what, int *out, struct fault *fault)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || number < 1 ||
	    number > NUMBER_MAX) {
		fault_set(fault, "\"%s\" is no number of %s", text, what);
		return fault_detail(fault, "It is between 1 and %d.",
		    NUMBER_MAX);
	}
	*out = (int)number;
	return 0;
}

static int
take_assignment(const char *assignment, struct ctl *ctl, struct fault *fault)
{
	if (ctl->assignments_len == CTL_ASSIGNMENTS_MAX)
		return fault_set(fault, "there are more than %d options -c",
		    CTL_ASSIGNMENTS_MAX);
	ctl->assignments[ctl->assignments_len++] = assignment;
	return 0;
}

/* What getopt does not know. Returns an action, or -1 with the fault. */
static int
take_unknown(const char *word, struct fault *fault)
{
	/* getopt answers '?' to -? as to every option that it does not know. */
	if (optopt == '?')
		return ARGUMENTS_HELP;
	if (optopt == 0 || optopt >= LONG_HELP)
		return fault_set(fault, "invalid option \"%s\"", word);
	return fault_set(fault, "invalid option \"-%c\"", optopt);
}

/* Returns an action, ARGUMENTS_RUN to go on, or -1 with the fault. */
static int
take_option(int option, char **argv, struct ctl *ctl, struct fault *fault)
{
	switch (option) {
	case 'D':
		return options_take_directory(optarg, ctl->directory, fault);
	case 'c':
		return take_assignment(optarg, ctl, fault);
	case 'm':
		return take_mode(optarg, ctl, fault);
	case 't':
		return take_number(optarg, "seconds to wait", &ctl->timeout_s,
		    fault);
	case 'd':
		return take_number(optarg, "seconds", &ctl->delay_s, fault);
	case 'n':
		return take_number(optarg, "listings", &ctl->count, fault);
	case 'j':
		ctl->format = CELL_JSON;
		return ARGUMENTS_RUN;
	case 'x':
		ctl->format = CELL_CSV;
		return ARGUMENTS_RUN;
	case 'V':
	case LONG_VERSION:
		return ARGUMENTS_VERSION;
	case LONG_HELP:
		return ARGUMENTS_HELP;
	case ':':
		return fault_set(fault, "option \"%s\" needs a value",
		    argv[optind - 1]);
	}
	return take_unknown(argv[optind - 1], fault);
}

static int
count(char **argv)
{
	int argc = 0;

	while (argv[argc] != NULL)
		argc++;
	return argc;
}

/* Which options came is known before the verb is: their letters go to used. */
static int
take_options(char **argv, struct ctl *ctl, char used['z' + 1],
    struct fault *fault)
{
	int option, action = ARGUMENTS_RUN, argc = count(argv);

	optind = 0;	/* glibc forgets an earlier command line */
	opterr = 0;
	while (action == ARGUMENTS_RUN && (option = getopt_long(argc, argv,
	    SHORT_OPTIONS, long_options, NULL)) != -1) {
		action = take_option(option, argv, ctl, fault);
		if (option <= 'z')
			used[option] = 1;
	}
	return action;
}

static const struct arguments_verb *
find_verb(const struct arguments_verb *verbs, const char *name)
{
	for (; verbs->name != NULL; verbs++)
		if (strcmp(verbs->name, name) == 0)
			return verbs;
	return NULL;
}

/* By its long name where it has no other. */
static int
refuse_option(const struct arguments_verb *verb, int letter,
    struct fault *fault)
{
	if (letter == 'j' || letter == 'x')
		return fault_set(fault, "\"%s\" has no option \"--%s\"",
		    verb->name, letter == 'j' ? "json" : "csv");
	return fault_set(fault, "\"%s\" has no option \"-%c\"", verb->name,
	    letter);
}

static int
check_options(const struct arguments_verb *verb, const char used['z' + 1],
    struct fault *fault)
{
	int letter;

	for (letter = 'A'; letter <= 'z'; letter++)
		if (used[letter] && strchr(COMMON_OPTIONS, letter) == NULL &&
		    strchr(verb->options, letter) == NULL)
			return refuse_option(verb, letter, fault);
	return 0;
}

/* The words that getopt has left: the verb, and perhaps one more. */
static int
take_words(const struct arguments_verb *verbs, char **words, struct ctl *ctl,
    const struct arguments_verb **out_verb, struct fault *fault)
{
	const struct arguments_verb *verb;
	const char *extra;

	if (words[0] == NULL)
		return fault_set(fault, "no operation specified");
	verb = find_verb(verbs, words[0]);
	if (verb == NULL)
		return fault_set(fault, "unrecognized operation mode \"%s\"",
		    words[0]);
	if (verb->has_word)
		ctl->word = words[1];
	extra = ctl->word == NULL ? words[1] : words[2];
	if (extra != NULL)
		return fault_set(fault, "too many command-line arguments "
		    "(first is \"%s\")", extra);
	*out_verb = verb;
	return 0;
}

int
arguments_parse(const struct arguments_verb *verbs, char **argv,
    struct ctl *ctl, const struct arguments_verb **out_verb,
    struct fault *fault)
{
	char used['z' + 1] = { 0 };
	int action;

	*ctl = (struct ctl){ .directory = SYSCONFDIR,
		.mode = CTLWIRE_STOP_FAST, .timeout_s = TIMEOUT_S,
		.delay_s = DELAY_S };
	action = take_options(argv, ctl, used, fault);
	if (action == ARGUMENTS_RUN && (take_words(verbs, argv + optind, ctl,
	    out_verb, fault) == -1 || check_options(*out_verb, used, fault) ==
	    -1))
		action = -1;
	if (action == -1)
		fault_hint(fault, "Try \"%s --help\" for more information.",
		    CTL_PROGRAM);
	return action;
}

int
arguments_print(const struct arguments_verb *verbs,
    enum arguments_action action)
{
	const struct arguments_verb *verb;

	if (action == ARGUMENTS_VERSION) {
		printf("%s (Postern) %s\n", CTL_PROGRAM, PACKAGE_VERSION);
		return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
	}
	printf("%s controls postern-keyd and postern-listener.\n\nUsage:\n"
	    "  %s [-D DIR] [-c NAME=VALUE]... OPERATION\n\nOperations:\n",
	    CTL_PROGRAM, CTL_PROGRAM);
	for (verb = verbs; verb->name != NULL; verb++)
		printf("  %-11s %-19s %s\n", verb->name, verb->synopsis,
		    verb->purpose);
	printf("\n%s\nSee %s(8).\n", options_help, CTL_PROGRAM);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
