/* SPDX-License-Identifier: ISC */
/*
 * fuzz_dialwire: a datagram between worker and dialer; as fuzz_keywire.
 * Runs in: make check, tests/fuzz/run.
 */
#include "common/wire/dialwire.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

static void
decode_first(const uint8_t *bytes, size_t len)
{
	struct dialwire_message message;
	unsigned char again[DIALWIRE_MESSAGE_MAX];

	if (dialwire_decode(bytes, len, &message) != 0)
		return;
	FUZZ_MUST(len <= DIALWIRE_MESSAGE_MAX);
	FUZZ_MUST(dialwire_encode(&message, again, sizeof(again)) == len);
	FUZZ_MUST(memcmp(bytes, again, len) == 0);
}

static void
encode_first(const uint8_t *bytes, size_t len, size_t size)
{
	struct dialwire_message message = { 0 }, back;
	unsigned char wire[255];
	size_t wire_len;

	memcpy(&message, bytes, len < sizeof(message) ? len :
	    sizeof(message));
	message.address[DIALWIRE_ADDRESS_MAX] = '\0';
	wire_len = dialwire_encode(&message, wire, size);
	FUZZ_MUST(wire_len <= size);
	if (wire_len == 0)
		return;
	FUZZ_MUST(dialwire_decode(wire, wire_len, &back) == 0);
	FUZZ_MUST(back.type == message.type && back.id == message.id);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	uint8_t *exact;

	if (len < 1)
		return 0;
	if (bytes[0] != 0) {
		encode_first(bytes + 1, len - 1, bytes[0]);
		return 0;
	}
	if ((exact = malloc(len)) == NULL)
		return 0;
	memcpy(exact, bytes + 1, len - 1);
	decode_first(exact, len - 1);
	free(exact);
	return 0;
}
