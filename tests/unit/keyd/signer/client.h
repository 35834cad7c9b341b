/* SPDX-License-Identifier: ISC */
/*
 * client: the listener's side of the key socket, for tests.
 * Runs in: make check.
 */
#ifndef TESTS_UNIT_KEYD_SIGNER_CLIENT_H
#define TESTS_UNIT_KEYD_SIGNER_CLIENT_H

#include <sys/un.h>

#include <stdbool.h>

#include "common/wire/keywire.h"

struct key;

/* A listening key socket in a new directory; its path is addr's. */
int client_listen(struct sockaddr_un *addr);
void client_unlink(const struct sockaddr_un *addr);

/* A connection, which waits for replies up to 10 s. */
int client_connect(const struct sockaddr_un *addr);

/* Returns 0, or -1 if the connection is gone. */
int client_send(int fd, const struct keywire_message *message);
int client_receive(int fd, struct keywire_message *out);

/* Sends and receives; fails the test if the reply's id is another one. */
void client_ask(int fd, const struct keywire_message *message,
    struct keywire_message *out);

/* HELLO; fails the test if KEYS does not come. */
void client_hello(int fd);

/* Requests for that key and scheme that may be signed. */
void client_make_tls13(const struct key *key, unsigned int scheme,
    struct keywire_message *out);
void client_make_tls12(const struct key *key, unsigned int scheme,
    struct keywire_message *out);

/* Is it a good signature of what was asked for? */
bool client_verifies(const struct key *key,
    const struct keywire_message *request, const struct keywire_message *reply);

#endif
