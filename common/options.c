/* SPDX-License-Identifier: ISC */
/*
 * options: the command line of a daemon.
 * Runs in: the supervisors.
 */
#include "common/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"

#define SHORT_OPTIONS ":D:c:FV"

/* Beyond every letter: optopt says by it which kind was wrong. */
enum {
	LONG_HELP = 256,
	LONG_VERSION,
	LONG_CHECK
};

static const struct option long_options[] = {
	{ "help", no_argument, NULL, LONG_HELP },
	{ "version", no_argument, NULL, LONG_VERSION },
	{ "check", no_argument, NULL, LONG_CHECK },
	{ NULL, 0, NULL, 0 }
};

static const char check_help[] =
    "  --check            say what a start would say, then exit\n";

static const char options_help[] =
    "Options:\n"
    "  -D DIR             data directory (default: " SYSCONFDIR ")\n"
    "  -c NAME=VALUE      set a parameter of postern.conf\n"
    "  -F                 stay in the foreground\n"
    "  -V, --version      print the version, then exit\n"
    "  -?, --help         print this text, then exit\n";

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
int
options_take_directory(const char *given, char *out, struct fault *fault)
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
	if (len == 0 || len >= PATH_MAX)
		return fault_set(fault, "the name of the data directory is %s",
		    len == 0 ? "empty" : "too long");
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

static int
take_option(int option, char **argv, struct options *out,
    struct fault *fault)
{
	switch (option) {
	case 'D':
		return options_take_directory(optarg, out->directory, fault);
	case 'c':
		return take_assignment(optarg, out, fault);
	case 'F':
		out->foreground = true;
		return 0;
	case 'V':
	case LONG_VERSION:
		out->action = OPTIONS_VERSION;
		return 0;
	case LONG_HELP:
		out->action = OPTIONS_HELP;
		return 0;
	case LONG_CHECK:
		out->action = OPTIONS_CHECK;
		return 0;
	case ':':
		return fault_set(fault, "option \"-%c\" needs a value", optopt);
	}
	/* getopt answers '?' to -? as to every option that it does not know. */
	if (optopt == '?') {
		out->action = OPTIONS_HELP;
		return 0;
	}
	if (optopt == 0 || optopt >= LONG_HELP)
		return fault_set(fault, "invalid option \"%s\"",
		    argv[optind - 1]);
	return fault_set(fault, "invalid option \"-%c\"", optopt);
}

static int
take_all(int argc, char **argv, struct options *out, struct fault *fault)
{
	int option;

	optind = 0;	/* glibc forgets an earlier command line */
	opterr = 0;
	while (out->action <= OPTIONS_CHECK && (option = getopt_long(argc,
	    argv, SHORT_OPTIONS, long_options, NULL)) != -1)
		if (take_option(option, argv, out, fault) == -1)
			return -1;
	if (out->action <= OPTIONS_CHECK && optind < argc)
		return fault_set(fault, "too many command-line arguments "
		    "(first is \"%s\")", argv[optind]);
	return 0;
}

static int
refuse_check(const struct options_program *program,
    const struct options *options, struct fault *fault)
{
	if (options->action != OPTIONS_CHECK || program->may_check)
		return 0;
	return fault_set(fault, "invalid option \"--check\"");
}

int
options_parse(const struct options_program *program, int argc, char **argv,
    struct options *out, struct fault *fault)
{
	struct options options = { .directory = SYSCONFDIR };

	if (take_all(argc, argv, &options, fault) == -1 ||
	    refuse_check(program, &options, fault) == -1)
		return fault_hint(fault, "Try \"%s --help\" for more "
		    "information.", program->name);
	*out = options;
	return 0;
}

int
options_print(const struct options_program *program,
    enum options_action action)
{
	if (action == OPTIONS_VERSION)
		printf("%s (Postern) %s\n", program->name, PACKAGE_VERSION);
	else
		printf("%s %s.\n\n"
		    "Usage:\n  %s [-F] [-D DIR] [-c NAME=VALUE]...\n\n%s%s\n"
		    "See %s(8) and postern.conf(5).\n", program->name,
		    program->purpose, program->name, options_help,
		    program->may_check ? check_help : "", program->name);
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
