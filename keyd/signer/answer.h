/* SPDX-License-Identifier: ISC */
/*
 * answer: from a client's request to the reply that it gets.
 * No sockets: a request in, a message out.
 * Runs in: keyd-signer.
 */
#ifndef KEYD_SIGNER_ANSWER_H
#define KEYD_SIGNER_ANSWER_H

#include <stddef.h>

#include "common/wire/keywire.h"

struct rate;
struct session_request;
struct signer;
struct signer_bench;

/* With what a thread answers. */
struct answer_means {
	const struct signer *signer;
	struct signer_bench *bench;
	struct rate *rate;	/* NULL: as many as the peer asks for */
};

/* Writes the reply to a request that is SESSION_KEYS, SESSION_SIGN or
 * SESSION_REFUSE. A signature that fails is logged, and is refused with
 * KEYWIRE_INTERNAL. Returns the place, among the signer's keys, of the one that
 * was asked and may be used, else KEYWIRE_KEYS_MAX. */
size_t answer_request(const struct answer_means *means,
    const struct session_request *request, struct keywire_message *out);

#endif
