/* SPDX-License-Identifier: ISC */
/*
 * fuzz_keywire: a datagram of the key protocol: what is decoded encodes to the
 * same bytes, so that there is one form of each message; and what can be
 * encoded can be decoded. The first byte says which way.
 * Runs in: make check, tests/fuzz/run.
 */
#include "common/wire/keywire.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

static void
decode_first(const uint8_t *bytes, size_t len)
{
	static struct keywire_message message;
	static unsigned char again[KEYWIRE_MESSAGE_MAX];

	if (keywire_decode(bytes, len, &message) != 0)
		return;
	FUZZ_MUST(len <= KEYWIRE_MESSAGE_MAX);
	FUZZ_MUST(keywire_encode(&message, again, sizeof(again)) == len);
	FUZZ_MUST(memcmp(bytes, again, len) == 0);
	FUZZ_MUST(keywire_type_name(message.type) != NULL);
	if (message.type == KEYWIRE_REFUSED)
		FUZZ_MUST(keywire_reason_name(message.body.reason) != NULL);
}

/* The struct's own bytes are the input. */
static void
encode_first(const uint8_t *bytes, size_t len, size_t size)
{
	static struct keywire_message message, back;
	static unsigned char wire[KEYWIRE_MESSAGE_MAX];
	size_t wire_len;

	memset(&message, 0, sizeof(message));
	memcpy(&message, bytes, len < sizeof(message) ? len :
	    sizeof(message));
	wire_len = keywire_encode(&message, wire, size);
	FUZZ_MUST(wire_len <= size);
	if (wire_len == 0)
		return;
	FUZZ_MUST(keywire_decode(wire, wire_len, &back) == 0);
	FUZZ_MUST(back.type == message.type && back.id == message.id);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	uint8_t *exact;

	if (len < 1)
		return 0;
	if (bytes[0] != 0) {
		encode_first(bytes + 1, len - 1, bytes[0] == 0xff ?
		    KEYWIRE_MESSAGE_MAX : bytes[0]);
		return 0;
	}
	if ((exact = malloc(len)) == NULL)
		return 0;
	memcpy(exact, bytes + 1, len - 1);
	decode_first(exact, len - 1);
	free(exact);
	return 0;
}
