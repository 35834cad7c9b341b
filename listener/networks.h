/* SPDX-License-Identifier: ISC */
/*
 * networks: a setting that is a list of networks.
 * Pure.
 * Runs in: postern-listener, listener-worker.
 */
#ifndef LISTENER_NETWORKS_H
#define LISTENER_NETWORKS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/pg/hba_address.h"

struct fault;

#define NETWORKS_MAX 32
#define NETWORKS_TEXT_MAX 2048	/* bytes of the setting */

/* A struct of zeroes has none. */
struct networks {
	uint32_t len;
	struct hba_network network[NETWORKS_MAX];
};

/* Reads numeric addresses, each with or without /bits, separated by commas; ""
 * is none. Returns 0, or -1 with a fault that names the setting. */
int networks_parse(const char *setting, const char *text,
    struct networks *out, struct fault *fault);

/* Is the address in one of them? */
bool networks_have(const struct networks *networks,
    const struct hba_address *address);

#endif
