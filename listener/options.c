/* SPDX-License-Identifier: ISC */
/*
 * options: postern-listener's command line.
 * Runs in: postern-listener.
 */
#include "listener/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fault.h"

static const char help[] =
    "postern-listener is the gate in front of a PostgreSQL server.\n\n"
    "Usage:\n  postern-listener [OPTION]...\n\n"
    "Options:\n"
    "  -D DIRECTORY     data directory (default: " SYSCONFDIR ")\n"
    "  -c NAME=VALUE    set a parameter of postern.conf\n"
    "  -F               stay in the foreground\n"
    "  -V, --version    output version information, then exit\n"
    "  -?, --help       show this help, then exit\n";

static const struct option long_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

static void
print_and_exit(const char *text)
{
	fputs(text, stdout);
	exit(fflush(stdout) == 0 ? 0 : 1);
}

/* word: what we cannot do with option. */
static void
exit_with_advice(const char *word, const char *option)
{
	fprintf(stderr, "postern-listener: %s \"%s\"\n", word, option);
	fputs("Try \"postern-listener --help\" for more information.\n",
	    stderr);
	exit(1);
}

/* False for "." and "..", and paths that end so. */
static bool
has_name(const char *path)
{
	const char *last;
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	for (last = path + len; last > path && last[-1] != '/'; last--)
		continue;
	len = (size_t)(path + len - last);
	return !(len == 1 && last[0] == '.') &&
	    !(len == 2 && last[0] == '.' && last[1] == '.');
}

/* The background process leaves this directory, so the name is made whole; its
 * last part names the run directory. */
static int
set_data_directory(const char *name, struct options *out, struct fault *fault)
{
	char here[PATH_MAX], resolved[PATH_MAX];
	size_t len;
	int n;

	if (!has_name(name) && realpath(name, resolved) != NULL)
		name = resolved;
	if (name[0] == '/') {
		n = snprintf(out->data_directory, sizeof(out->data_directory),
		    "%s", name);
	} else {
		if (getcwd(here, sizeof(here)) == NULL)
			return fault_set(fault, "could not find out the "
			    "current directory: %m");
		n = snprintf(out->data_directory, sizeof(out->data_directory),
		    "%s/%s", here, name);
	}
	if (name[0] == '\0' || n >= (int)sizeof(out->data_directory))
		return fault_set(fault, "invalid data directory \"%s\"", name);
	len = strlen(out->data_directory);
	while (len > 1 && out->data_directory[len - 1] == '/')
		out->data_directory[--len] = '\0';
	return 0;
}

static int
add_override(const char *assignment, struct options *out, struct fault *fault)
{
	if (out->overrides_len == OPTIONS_OVERRIDES_MAX)
		return fault_set(fault, "too many options -c (at most %d)",
		    OPTIONS_OVERRIDES_MAX);
	out->overrides[out->overrides_len++] = assignment;
	return 0;
}

static int
take(int option, char *const *argv, struct options *out, struct fault *fault)
{
	const char word[] = { '-', (char)optopt, '\0' };

	switch (option) {
	case 'D':
		return set_data_directory(optarg, out, fault);
	case 'c':
		return add_override(optarg, out, fault);
	case 'F':
		out->foreground = true;
		return 0;
	case 'h':
		print_and_exit(help);
		break;
	case 'V':
		print_and_exit("postern-listener (Postern) " PACKAGE_VERSION
		    "\n");
		break;
	case ':':
		exit_with_advice("option requires an argument:", word);
		break;
	default:
		/* getopt answers '?' to -? as to every unknown one. */
		if (optopt == '?')
			print_and_exit(help);
		exit_with_advice("unrecognized option", optopt == 0 ?
		    argv[optind - 1] : word);
		break;
	}
	return 0;
}

int
options_parse(int argc, char **argv, struct options *out, struct fault *fault)
{
	int option;

	memset(out, 0, sizeof(*out));
	if (set_data_directory(SYSCONFDIR, out, fault) == -1)
		return -1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":D:c:FV", long_options,
	    NULL)) != -1)
		if (take(option, argv, out, fault) == -1)
			return -1;
	if (optind < argc)
		exit_with_advice("too many command-line arguments, the first "
		    "is", argv[optind]);
	return 0;
}
