/* SPDX-License-Identifier: ISC */
/*
 * responder: keyd's side of a socketpair, with a real key; by hand, message by
 * message, or as a thread that answers everything.
 * Runs in: unit tests.
 */
#ifndef TESTS_RESPONDER_H
#define TESTS_RESPONDER_H

#include <pthread.h>
#include <stddef.h>

#include "common/wire/keywire.h"
#include "tests/unit/common/provider/keypair.h"

/* A pair of SOCK_SEQPACKET sockets: out[0] for the link, out[1] for keyd. */
void responder_socketpair(int out[2]);

/* Takes the next message of the link, which must be there already. */
void responder_take(int fd, struct keywire_message *out);

/* Is no message there? */
int responder_is_idle(int fd);

void responder_send(int fd, const struct keywire_message *message);
void responder_refuse(int fd, uint64_t id, enum keywire_reason reason);

/* Takes a HELLO and answers it with that key. */
void responder_greet(int fd, const struct keypair *keypair);

/* Signs that request, and sends the reply. */
void responder_sign(int fd, const struct keypair *keypair,
    const struct keywire_message *request);

struct responder {
	pthread_t thread;
	int fd;
	const struct keypair *keypair;
};

/* Answers on fd until its other end is closed; stop waits for that. */
void responder_start(struct responder *responder, int fd,
    const struct keypair *keypair);
void responder_stop(struct responder *responder);

#endif
