/* SPDX-License-Identifier: ISC */
/*
 * remote: one remote key with its link, and keyd's side of it in our hands.
 * Runs in: unit tests.
 */
#ifndef TESTS_REMOTE_H
#define TESTS_REMOTE_H

#include <openssl/evp.h>

#include "tests/unit/common/provider/keypair.h"

#define REMOTE_TIMEOUT_MS 5000

struct key_link;
struct remote_key_store;

struct remote {
	struct remote_key_store *store;
	struct key_link *link;
	EVP_PKEY *key;
	int keyd;		/* keyd's descriptor; -1: given away */
};

/* Attached; HELLO is on its way. */
void remote_open(struct remote *remote, const struct keypair *keypair);

/* Answers HELLO, and lets the link read it. */
void remote_greet(struct remote *remote, const struct keypair *keypair);

/* keyd ends, the link sees it, and a new keyd is attached and greets. */
void remote_restart_keyd(struct remote *remote, const struct keypair *keypair);

void remote_close(struct remote *remote);

#endif
