/* SPDX-License-Identifier: ISC */
/*
 * metrics_address: where metrics_listen says that the metrics are served.
 * Pure.
 * Runs in: postern-listener, at start.
 */
#ifndef LISTENER_METRICS_ADDRESS_H
#define LISTENER_METRICS_ADDRESS_H

struct fault;
struct handoff_address;

/*
 * "127.0.0.1:9187", "[::1]:9187", "localhost:9187" (which is 127.0.0.1), or the
 * absolute path of a Unix socket. Another machine must not reach it: any other
 * address is refused. Returns 0 or -1 with the fault.
 */
int metrics_address_parse(const char *value, struct handoff_address *out,
    struct fault *fault);

#endif
