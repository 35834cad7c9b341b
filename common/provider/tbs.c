/* SPDX-License-Identifier: ISC */
/*
 * tbs: takes apart the bytes that libssl wants signed.
 * Pure: bytes in, struct out.
 * Runs in: listener-worker, any program that loads the provider.
 */
#include "common/provider/tbs.h"

#include <stdint.h>
#include <string.h>

#include "common/wire/keywire.h"

/* RFC 8446 4.4.3: 64 spaces, the context string, a zero byte. */
#define TLS13_SPACES "                                "
#define TLS13_PREFIX \
	TLS13_SPACES TLS13_SPACES "TLS 1.3, server CertificateVerify"
#define TLS13_PREFIX_LEN sizeof(TLS13_PREFIX)	/* its NUL is the zero byte */

#define SHA256_LEN 32
#define SHA384_LEN 48

/* RFC 8422 5.4: ECCurveType named_curve, NamedCurve, the point's length. */
#define NAMED_CURVE 3
#define TLS12_RANDOMS_LEN ((size_t)2 * KEYWIRE_RANDOM_LEN)
#define TLS12_FIXED_LEN (TLS12_RANDOMS_LEN + 1 + 2 + 1)

/* RFC 8422 5.1.2: points are uncompressed, but for the two RFC 7748 curves,
 * whose points have no first byte of their own. */
static const struct curve {
	uint16_t number;
	uint8_t point_len;
	uint8_t first_byte;	/* 0: any */
} curves[] = {
	{ 23, 65, 4 },		/* secp256r1 */
	{ 24, 97, 4 },		/* secp384r1 */
	{ 25, 133, 4 },		/* secp521r1 */
	{ 29, 32, 0 },		/* x25519 */
	{ 30, 56, 0 }		/* x448 */
};

static int
read_tls13(const unsigned char *tbs, size_t tbs_len,
    struct keywire_message *out)
{
	struct keywire_sign_tls13 *fields = &out->body.tls13;
	size_t hash_len;

	if (tbs_len < TLS13_PREFIX_LEN ||
	    memcmp(tbs, TLS13_PREFIX, TLS13_PREFIX_LEN) != 0)
		return -1;
	hash_len = tbs_len - TLS13_PREFIX_LEN;
	if (hash_len != SHA256_LEN && hash_len != SHA384_LEN)
		return -1;
	out->type = KEYWIRE_SIGN_TLS13;
	fields->hash_len = (uint8_t)hash_len;
	memcpy(fields->hash, tbs + TLS13_PREFIX_LEN, hash_len);
	return 0;
}

static const struct curve *
find_curve(uint16_t number)
{
	size_t i;

	for (i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		if (curves[i].number == number)
			return &curves[i];
	}
	return NULL;
}

static int
read_tls12(const unsigned char *tbs, size_t tbs_len,
    struct keywire_message *out)
{
	struct keywire_sign_tls12 *fields = &out->body.tls12;
	const unsigned char *params = tbs + TLS12_RANDOMS_LEN;
	const unsigned char *point = tbs + TLS12_FIXED_LEN;
	const struct curve *curve;

	if (tbs_len < TLS12_FIXED_LEN || params[0] != NAMED_CURVE)
		return -1;
	curve = find_curve((uint16_t)(params[1] << 8 | params[2]));
	if (curve == NULL || params[3] != curve->point_len ||
	    tbs_len != TLS12_FIXED_LEN + curve->point_len)
		return -1;
	if (curve->first_byte != 0 && point[0] != curve->first_byte)
		return -1;
	out->type = KEYWIRE_SIGN_TLS12;
	memcpy(fields->client_random, tbs, KEYWIRE_RANDOM_LEN);
	memcpy(fields->server_random, tbs + KEYWIRE_RANDOM_LEN,
	    KEYWIRE_RANDOM_LEN);
	fields->curve = curve->number;
	fields->point_len = curve->point_len;
	memcpy(fields->point, point, curve->point_len);
	return 0;
}

/* No input is both: with the prefix of TLS 1.3 as its randoms, a TLS 1.2 one
 * would need a curve type of 'T'. */
int
tbs_read(const unsigned char *tbs, size_t tbs_len, struct keywire_message *out)
{
	if (read_tls13(tbs, tbs_len, out) == 0)
		return 0;
	return read_tls12(tbs, tbs_len, out);
}
