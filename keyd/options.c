/* SPDX-License-Identifier: ISC */
/*
 * options: postern-keyd's command line.
 * Runs in: postern-keyd.
 */
#include "keyd/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"

#define SHORT_OPTIONS ":D:c:FV?"

static const struct option long_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

static const char help[] =
    "postern-keyd keeps the private key of Postern's server certificate.\n"
    "\n"
    "Usage:\n"
    "  postern-keyd [-F] [-D DIR] [-c NAME=VALUE]...\n"
    "\n"
    "Options:\n"
    "  -D DIR             data directory (default: " SYSCONFDIR ")\n"
    "  -c NAME=VALUE      set a parameter of postern.conf\n"
    "  -F                 stay in the foreground\n"
    "  -V, --version      print the version, then exit\n"
    "  -?, --help         print this text, then exit\n"
    "\n"
    "See postern-keyd(8) and postern.conf(5).\n";

static int
usage_fault(struct fault *fault)
{
	return fault_hint(fault,
	    "Try \"postern-keyd --help\" for more information.");
}

/* "postern", "/etc/postern" and "/etc/postern/": the last part is a name. */
static bool
has_name(const char *path)
{
	size_t len = strlen(path);
	size_t name;

	while (len > 1 && path[len - 1] == '/')
		len--;
	for (name = len; name > 0 && path[name - 1] != '/'; name--)
		continue;
	len -= name;
	return !(len == 1 && path[name] == '.') &&
	    !(len == 2 && path[name] == '.' && path[name + 1] == '.');
}

/*
 * The name as it was given, if it has one and is absolute: messages show it,
 * and its last part names the run directory. The background process leaves
 * this directory, so that others are made whole.
 */
static int
take_directory(const char *given, char *out, struct fault *fault)
{
	char here[PATH_MAX], whole[2 * PATH_MAX];
	size_t len;

	if (!has_name(given)) {
		if (realpath(given, whole) == NULL)
			return fault_set(fault,
			    "could not access data directory \"%s\": %m",
			    given);
		given = whole;
	} else if (given[0] != '\0' && given[0] != '/') {
		if (getcwd(here, sizeof(here)) == NULL)
			return fault_set(fault,
			    "could not find out the current directory: %m");
		snprintf(whole, sizeof(whole), "%s/%s", here, given);
		given = whole;
	}
	len = strlen(given);
	while (len > 1 && given[len - 1] == '/')
		len--;
	if (len == 0 || len >= PATH_MAX) {
		fault_set(fault, "the name of the data directory is %s",
		    len == 0 ? "empty" : "too long");
		return usage_fault(fault);
	}
	memcpy(out, given, len);
	out[len] = '\0';
	return 0;
}

static int
take_assignment(const char *assignment, struct options *out,
    struct fault *fault)
{
	if (out->assignments_len == OPTIONS_ASSIGNMENTS_MAX)
		return fault_set(fault, "there are more than %d options -c",
		    OPTIONS_ASSIGNMENTS_MAX);
	out->assignments[out->assignments_len++] = assignment;
	return 0;
}

/* '?' is both an option and getopt's word for an unknown one: of a short one
 * it leaves the letter in optopt. */
static int
take_question_mark(const char *word, struct options *out, struct fault *fault)
{
	if (strncmp(word, "--", 2) != 0 && (optopt == 0 || optopt == '?')) {
		out->action = OPTIONS_HELP;
		return 0;
	}
	fault_set(fault, "invalid option \"%s\"", word);
	return usage_fault(fault);
}

static int
take_option(int option, char **argv, struct options *out,
    struct fault *fault)
{
	const char *word = argv[optind - 1];

	switch (option) {
	case 'D':
		return take_directory(optarg, out->directory, fault);
	case 'c':
		return take_assignment(optarg, out, fault);
	case 'F':
		out->foreground = true;
		return 0;
	case 'V':
		out->action = OPTIONS_VERSION;
		return 0;
	case 'h':
		out->action = OPTIONS_HELP;
		return 0;
	case '?':
		return take_question_mark(word, out, fault);
	default:
		fault_set(fault, "option \"%s\" needs a value", word);
		return usage_fault(fault);
	}
}

int
options_parse(int argc, char **argv, struct options *out,
    struct fault *fault)
{
	struct options options = { .directory = SYSCONFDIR };
	int option;

	optind = 0;	/* glibc forgets an earlier command line */
	opterr = 0;
	optopt = 0;
	while (options.action == OPTIONS_RUN && (option = getopt_long(argc,
	    argv, SHORT_OPTIONS, long_options, NULL)) != -1)
		if (take_option(option, argv, &options, fault) == -1)
			return -1;
	if (options.action == OPTIONS_RUN && optind < argc) {
		fault_set(fault, "too many command-line arguments (first is "
		    "\"%s\")", argv[optind]);
		return usage_fault(fault);
	}
	*out = options;
	return 0;
}

int
options_print(enum options_action action)
{
	if (action == OPTIONS_HELP)
		fputs(help, stdout);
	else
		printf("postern-keyd (Postern) %s\n", PACKAGE_VERSION);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
