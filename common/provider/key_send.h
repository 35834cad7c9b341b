/* SPDX-License-Identifier: ISC */
/*
 * key_send: datagrams to keyd: one, or all requests that wait, in as few system
 * calls as there can be.
 * Runs in: listener-worker, any program that loads the provider.
 */
#ifndef COMMON_PROVIDER_KEY_SEND_H
#define COMMON_PROVIDER_KEY_SEND_H

#include <stddef.h>

struct key_pending;

/* Never blocks. Returns 0, 1 if the socket is full, -1 if the connection is
 * gone. */
int key_send_datagram(int fd, const unsigned char *bytes, size_t len);

/* Sends what is UNSENT, until KEY_LINK_WINDOW requests are with keyd, and marks
 * it SENT. Returns as key_send_datagram(). */
int key_send_requests(int fd, struct key_pending *pending);

#endif
