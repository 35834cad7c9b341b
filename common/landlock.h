/* SPDX-License-Identifier: ISC */
/*
 * landlock: gives up the file system, TCP, and reaching processes outside, as
 * far as the running kernel's Landlock goes. Mechanism only.
 * Runs in: every confined program, at its start.
 */
#ifndef COMMON_LANDLOCK_H
#define COMMON_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fault;
struct layers;

struct landlock_options {
	bool reads_files;		/* for a name service that must: it
					   still makes, changes and runs none */
	bool keeps_network;		/* TCP as ever */
	const uint16_t *connect_ports;	/* TCP; all others are refused */
	size_t connect_len;		/* 0: no connect at all */
};

/*
 * For the calling thread and what it starts later: no file can be opened, made
 * or run; from ABI 4 on no TCP bind, and connect to those ports alone;
 * from ABI 6 on no signal and no abstract Unix socket of processes outside.
 * Wants no_new_privs. What the kernel does not have is noted in layers.
 * Returns 0, or -1 with the fault when it should have worked and did not.
 */
int landlock_restrict(const struct landlock_options *options,
    struct layers *layers, struct fault *fault);

#endif
