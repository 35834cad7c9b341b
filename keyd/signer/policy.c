/* SPDX-License-Identifier: ISC */
/*
 * policy: may this request be signed, and which bytes are then signed?
 * Pure: a decoded message and facts about the keys in, a verdict out.
 * Runs in: keyd-signer.
 */
#include "keyd/signer/policy.h"

#include <string.h>

#define NAMED_CURVE 3		/* ECCurveType, RFC 8422 5.4 */
#define UNCOMPRESSED 0x04	/* first byte of a point, RFC 8422 5.4.1 */

/* What a client and a server of TLS 1.3 put before the hash, so that the
 * signature can mean nothing else (RFC 8446 4.4.3). */
static const char tls13_context[] = "TLS 1.3, server CertificateVerify";
#define TLS13_SPACES 64

/* The end of a TLS 1.2 random of a server that speaks TLS 1.3 (RFC 8446
 * 4.1.3). A client that does too sees that somebody keeps them from it. */
static const unsigned char sentinel[] = "DOWNGRD\x01";
#define SENTINEL_LEN (sizeof(sentinel) - 1)

static const struct {
	unsigned int curve;	/* NamedCurve, RFC 8422 5.1.1 */
	size_t point_len;
	bool is_nist;		/* points begin with UNCOMPRESSED */
} curves[] = {
	{ 23, 65, true },	/* secp256r1 */
	{ 24, 97, true },	/* secp384r1 */
	{ 25, 133, true },	/* secp521r1 */
	{ 29, 32, false },	/* x25519 */
	{ 30, 56, false }	/* x448 */
};

static void
append(struct policy_order *order, const void *bytes, size_t len)
{
	memcpy(order->bytes + order->len, bytes, len);
	order->len += len;
}

static bool
may_be_point(const struct keywire_sign_tls12 *sign)
{
	size_t i;

	for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		if (curves[i].curve == sign->curve)
			return curves[i].point_len == sign->point_len &&
			    (!curves[i].is_nist ||
			    sign->point[0] == UNCOMPRESSED);
	}
	return false;
}

static bool
is_marked(const unsigned char *server_random)
{
	return memcmp(server_random + KEYWIRE_RANDOM_LEN - SENTINEL_LEN,
	    sentinel, SENTINEL_LEN) == 0;
}

/* The key's own restriction, beside what its kind may do. */
static bool
may_hash(const struct policy_key *key, const struct tls_scheme_row *row)
{
	return key->only_hash == NULL || (row->hash != NULL &&
	    strcmp(key->only_hash, row->hash) == 0);
}

/* Returns the key or NULL, and its index. */
static const struct policy_key *
find_key(const struct policy_keys *keys, const unsigned char *id,
    size_t *out_index)
{
	size_t i;

	for (i = 0; i < keys->count; i++) {
		if (memcmp(keys->key[i].id, id, KEYWIRE_KEY_ID_LEN) == 0) {
			*out_index = i;
			return &keys->key[i];
		}
	}
	return NULL;
}

static int
judge_tls13(const struct policy_keys *keys,
    const struct keywire_sign_tls13 *sign, struct policy_order *out)
{
	const struct policy_key *key = find_key(keys, sign->key_id, &out->key);

	if (key == NULL)
		return KEYWIRE_UNKNOWN_KEY;
	out->scheme = tls_scheme_find(sign->scheme);
	if (!tls_scheme_may_sign_tls13(key->kind, sign->scheme) ||
	    !may_hash(key, out->scheme))
		return KEYWIRE_BAD_SCHEME;
	/* The cipher suite's hash, whatever the signature's is. */
	if (sign->hash_len != 32 && sign->hash_len != 48)
		return KEYWIRE_BAD_HASH_LENGTH;
	memset(out->bytes, ' ', TLS13_SPACES);
	out->len = TLS13_SPACES;
	append(out, tls13_context, sizeof(tls13_context));
	append(out, sign->hash, sign->hash_len);
	return 0;
}

static int
judge_tls12(const struct policy_keys *keys,
    const struct keywire_sign_tls12 *sign, struct policy_order *out)
{
	const struct policy_key *key = find_key(keys, sign->key_id, &out->key);
	unsigned char parameters[4];

	if (key == NULL)
		return KEYWIRE_UNKNOWN_KEY;
	out->scheme = tls_scheme_find(sign->scheme);
	if (!tls_scheme_may_sign_tls12(key->kind, sign->scheme) ||
	    !may_hash(key, out->scheme))
		return KEYWIRE_BAD_SCHEME;
	if (!may_be_point(sign))
		return KEYWIRE_BAD_CURVE;
	if (keys->has_tls13 && !is_marked(sign->server_random))
		return KEYWIRE_NO_SENTINEL;
	parameters[0] = NAMED_CURVE;
	parameters[1] = (unsigned char)(sign->curve >> 8);
	parameters[2] = (unsigned char)sign->curve;
	parameters[3] = sign->point_len;
	append(out, sign->client_random, KEYWIRE_RANDOM_LEN);
	append(out, sign->server_random, KEYWIRE_RANDOM_LEN);
	append(out, parameters, sizeof(parameters));
	append(out, sign->point, sign->point_len);
	return 0;
}

int
policy_judge(const struct policy_keys *keys,
    const struct keywire_message *message, struct policy_order *out)
{
	out->len = 0;
	switch (message->type) {
	case KEYWIRE_SIGN_TLS13:
		return judge_tls13(keys, &message->body.tls13, out);
	case KEYWIRE_SIGN_TLS12:
		return judge_tls12(keys, &message->body.tls12, out);
	default:
		return KEYWIRE_BAD_MESSAGE;
	}
}

bool
policy_may_use(const struct policy_key *key, unsigned int scheme)
{
	return (tls_scheme_may_sign_tls13(key->kind, scheme) ||
	    tls_scheme_may_sign_tls12(key->kind, scheme)) &&
	    may_hash(key, tls_scheme_find(scheme));
}
