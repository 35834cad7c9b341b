/* SPDX-License-Identifier: ISC */
/*
 * vault: the memory that holds the key, and how the unlock program fills it.
 * This process has its descriptor and its description, never its bytes.
 * Runs in: postern-keyd.
 */
#ifndef KEYD_VAULT_H
#define KEYD_VAULT_H

#include <stddef.h>

#include "common/secret.h"
#include "keyd/handoff.h"

struct fault;
struct settings;

#define VAULT_ID_TEXT 17	/* 8 bytes in hexadecimal, and the NUL */

struct vault {
	struct secret secret;
	struct handoff_key key;		/* what is in the secret */
};
#define VAULT_EMPTY { .secret = SECRET_EMPTY }

/*
 * Makes the memory, runs the unlock program on the terminal's foreground and
 * waits for its end. Signals that come meanwhile (signals_open()) are the
 * unlock program's: they end its question. Returns 0 or -1 with the fault, as
 * a rule in that program's own words.
 */
int vault_open(const struct settings *settings, int signals,
    struct vault *out, struct fault *fault);

/* Accepts an empty one. */
void vault_close(struct vault *vault);

/* The key's id, cut, for the log. */
void vault_format_id(const struct vault *vault, char out[VAULT_ID_TEXT]);

#endif
