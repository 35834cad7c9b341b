/* SPDX-License-Identifier: ISC */
/*
 * fuzz_tbs: bytes to be signed: what is taken for a TLS handshake fits a
 * request to keyd, and is nothing but those fields.
 * Runs in: make check, tests/fuzz/run.
 */
#include "common/provider/tbs.h"

#include <string.h>

#include "common/wire/keywire.h"
#include "tests/fuzz/fuzz.h"

#define TLS13_FIXED_LEN ((size_t)98)	/* 64 blanks, the context and its NUL */
#define TLS12_FIXED_LEN ((size_t)68)	/* two randoms, curve type, curve, length */

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct keywire_message message;
	unsigned char wire[KEYWIRE_MESSAGE_MAX];

	memset(&message, 0, sizeof(message));
	if (tbs_read(bytes, len, &message) != 0)
		return 0;
	FUZZ_MUST(keywire_encode(&message, wire, sizeof(wire)) > 0);
	if (message.type == KEYWIRE_SIGN_TLS13) {
		FUZZ_MUST(message.body.tls13.hash_len + TLS13_FIXED_LEN ==
		    len);
		FUZZ_MUST(bytes[0] == ' ' && bytes[63] == ' ');
	} else {
		FUZZ_MUST(message.type == KEYWIRE_SIGN_TLS12);
		FUZZ_MUST(message.body.tls12.point_len + TLS12_FIXED_LEN ==
		    len);
		FUZZ_MUST(memcmp(message.body.tls12.client_random, bytes,
		    KEYWIRE_RANDOM_LEN) == 0);
	}
	return 0;
}
