/* SPDX-License-Identifier: ISC */
/*
 * connect: one non-blocking attempt at one address, and the options of a
 * socket that is connected. Knows no loop.
 * Runs in: listener-dialer.
 */
#ifndef LISTENER_DIALER_CONNECT_H
#define LISTENER_DIALER_CONNECT_H

#include <stddef.h>

#include "listener/handoff.h"

enum connect_result {
	CONNECT_READY,		/* *out_fd is connected */
	CONNECT_PENDING,	/* *out_fd becomes writable with the answer */
	CONNECT_RETRY,		/* a Unix socket's queue is full: later */
	CONNECT_FAILED		/* errno says why */
};

/* Begins. *out_fd is the caller's with READY and PENDING, else -1. type is
 * SOCK_STREAM or SOCK_SEQPACKET. */
enum connect_result connect_start(const struct handoff_address *address,
    int type, int *out_fd);

/* The answer of a PENDING attempt at that address whose descriptor became
 * writable: 0, or -1 with errno. The caller keeps the descriptor. */
int connect_finish(int fd, const struct handoff_address *address);

/* TCP: no Nagle, keepalives as the settings say. Other sockets: nothing. */
void connect_set_options(int fd, const struct handoff_dialer *handoff);

/* "10.0.0.1:5432", "[::1]:5432" or a path; cut to size, never longer than
 * DIALWIRE_ADDRESS_MAX. */
void connect_format(const struct handoff_address *address, char *out,
    size_t size);

#endif
