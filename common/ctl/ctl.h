/* SPDX-License-Identifier: ISC */
/*
 * ctl: what every verb of posternctl is given: the command line, taken apart,
 * and where the daemons of that data directory are.
 * Runs in: posternctl.
 */
#ifndef COMMON_CTL_CTL_H
#define COMMON_CTL_CTL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/ctl/cell.h"
#include "common/instance.h"
#include "common/wire/ctlwire.h"

#define CTL_PROGRAM "posternctl"
#define CTL_ASSIGNMENTS_MAX 128

/* pg_ctl's, as a script expects them. */
enum ctl_exit {
	CTL_EXIT_SUCCESS = 0,
	CTL_EXIT_FAILURE = 1,
	CTL_EXIT_NOT_RUNNING = 3,	/* of status alone */
	CTL_EXIT_NO_DIRECTORY = 4
};

/* As the options say; what a verb does not take stays at its default. */
struct ctl {
	char directory[PATH_MAX];	/* -D: absolute */
	const char *assignments[CTL_ASSIGNMENTS_MAX];	/* -c, of argv */
	size_t assignments_len;
	enum ctlwire_stop mode;		/* -m */
	int timeout_s;			/* -t */
	enum cell_format format;	/* --csv, --json */
	int delay_s;			/* -d: of top */
	int count;			/* -n: of top; 0: for ever */
	const char *word;		/* behind the verb; NULL: none */
	struct instance_settings instance;	/* of postern.conf, as */
	char ssl_cert_file[INSTANCE_PATH_MAX];	/* this, absolute */
};

/* Reads of postern.conf where the daemons meet. Returns 0, or -1 with every
 * fault in the log. */
int ctl_read_settings(struct ctl *ctl);

/* Asks about other daemons than one: all of them, or the one that word names
 * ("keyd", "listener", with or without "postern-"). */
bool ctl_means(const struct ctl *ctl, const char *daemon);

/* Is standard output a terminal, and NO_COLOR not set? */
bool ctl_may_colour(void);

/* At the end: was all that was printed written? Returns an exit status. */
int ctl_flush(void);

#endif
