/* SPDX-License-Identifier: ISC */
/*
 * namespaces: an own view of mounts, network and IPC, and an empty read-only
 * root directory, as far as the running kernel allows them.
 * Runs in: every confined program, at its start.
 */
#ifndef COMMON_NAMESPACES_H
#define COMMON_NAMESPACES_H

#include <stdbool.h>
#include <stddef.h>

struct fault;
struct layers;

#define NAMESPACES_DIRECTORIES_MAX 17

struct namespaces_options {
	bool keeps_network;	/* it connects to TCP addresses */
	bool reads_peers;	/* it judges users by their number, which a
				   user namespace would change: without root
				   it gets no namespaces */
	bool has_directories;	/* its root is not to be empty, but has these,
				   read-only, under their own names */
	const char *directories[NAMESPACES_DIRECTORIES_MAX];
	size_t len;		/* of those that exist */
};

/* Says in layers whether the process has a pid namespace of its own, which is
 * its supervisor's to give (common/spawn.h). In it getpid() is 1, and a signal
 * without a handler is ignored, unless the kernel itself sends it. */
void namespaces_note_pids(struct layers *layers);

/*
 * As root, before privs_become(); else by way of an own user namespace, which
 * has no root directory to give for directories. What the kernel, or a
 * container, refuses is noted in layers. Returns 0, or -1 with the fault when
 * the process would be left half-way.
 */
int namespaces_enter(const struct namespaces_options *options,
    struct layers *layers, struct fault *fault);

#endif
