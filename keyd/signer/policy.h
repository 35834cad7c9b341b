/* SPDX-License-Identifier: ISC */
/*
 * policy: may this request be signed, and which bytes are then signed?
 * Pure: a decoded message and facts about the keys in, a verdict out.
 * Runs in: keyd-signer.
 */
#ifndef KEYD_SIGNER_POLICY_H
#define KEYD_SIGNER_POLICY_H

#include <stddef.h>

#include "common/wire/keywire.h"
#include "common/wire/tls_scheme.h"

/* Two randoms, curve_type, curve, the point's length and the longest point;
 * TLS 1.3 needs 64 + 33 + 1 + 48. */
#define POLICY_BYTES_MAX (2 * KEYWIRE_RANDOM_LEN + 4 + KEYWIRE_POINT_MAX)

/* What the policy knows of a key. */
struct policy_key {
	unsigned char id[KEYWIRE_KEY_ID_LEN];
	enum tls_key_kind kind;
	const char *only_hash;	/* as in struct tls_scheme_row: the only one
				   that the key's own parameters allow
				   (id-RSASSA-PSS, RFC 4055 3.1); NULL: any */
};

struct policy_keys {
	size_t count;		/* 0 .. KEYWIRE_KEYS_MAX */
	struct policy_key key[KEYWIRE_KEYS_MAX];
	bool has_tls13;		/* the server speaks TLS 1.3, and so marks its
				   random where it speaks TLS 1.2 */
};

/* What is to be signed: with which key, how, and the very bytes. */
struct policy_order {
	size_t key;		/* index into the keys */
	const struct tls_scheme_row *scheme;
	size_t len;		/* 1 .. POLICY_BYTES_MAX */
	unsigned char bytes[POLICY_BYTES_MAX];
};

/*
 * Judges a SIGN_TLS13 (RFC 8446 4.4.3) or SIGN_TLS12 (RFC 5246 7.4.3, RFC 8422
 * 5.4, and RFC 8446 4.1.3 if has_tls13). Returns 0 with the order, or the enum
 * keywire_reason of the refusal (KEYWIRE_BAD_MESSAGE for any other type), *out
 * then undefined.
 */
int policy_judge(const struct policy_keys *keys,
    const struct keywire_message *message, struct policy_order *out);

/* May a key sign with that scheme in any version of TLS? */
bool policy_may_use(const struct policy_key *key, unsigned int scheme);

#endif
