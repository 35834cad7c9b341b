/* SPDX-License-Identifier: ISC */
/*
 * unlock: from the key file to the key that Postern serves.
 * Runs in: keyd-unlock.
 */
#ifndef KEYD_UNLOCK_UNLOCK_H
#define KEYD_UNLOCK_UNLOCK_H

#include "common/secret.h"
#include "keyd/handoff.h"

struct fault;

/*
 * Reads the key file, asks for its pass phrase if and only if it is encrypted,
 * and leaves the key in the mapped secret (PKCS#8 DER) and its description in
 * out. All that it held besides is wiped. Returns 0 or -1 with the fault.
 */
int unlock_key(const struct handoff_unlock *request,
    const struct secret *secret, struct handoff_key *out,
    struct fault *fault);

#endif
