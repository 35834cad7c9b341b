/* SPDX-License-Identifier: ISC */
/*
 * fuzz_startup: a client's first packet, as the worker reads it.
 * Runs in: make check, tests/fuzz/run.
 */
#include "common/pg/startup.h"

#include <string.h>

#include "common/fault.h"
#include "common/pg/reply.h"
#include "tests/fuzz/fuzz.h"

/* Whatever is refused can be told to the client. */
static void
check_reply(const struct fault *fault)
{
	unsigned char reply[REPLY_ERROR_MAX];
	size_t len = reply_error(fault, reply, sizeof(reply));

	FUZZ_MUST(fault_is_set(fault));
	FUZZ_MUST(len > 5 && reply[0] == 'E' && reply[len - 1] == '\0');
}

static void
check_message(const uint8_t *packet, size_t packet_len)
{
	struct startup_message message;
	struct fault fault = { 0 };

	if (startup_read_message(packet, packet_len, &message, &fault) != 0) {
		check_reply(&fault);
		return;
	}
	FUZZ_MUST(message.user[0] != '\0');
	FUZZ_MUST(strlen(message.user) <= STARTUP_NAME_MAX);
	FUZZ_MUST(strlen(message.database) <= STARTUP_NAME_MAX);
	FUZZ_MUST(strlen(message.application_name) <= STARTUP_NAME_MAX);
	FUZZ_MUST(!message.is_physical_replication || message.is_replication);
	FUZZ_MUST((message.database[0] == '\0') ==
	    message.is_physical_replication);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct startup_header header;
	struct fault length_fault = { 0 }, fault = { 0 };
	uint8_t *exact;
	int length;

	if (len < STARTUP_HEADER_LEN)
		return 0;
	length = startup_may_be_length(bytes, &length_fault);
	if (startup_read_header(bytes, &header, &fault) != 0) {
		FUZZ_MUST(fault_is_set(&fault));
		FUZZ_MUST(length == 0 ||
		    strcmp(length_fault.what, fault.what) == 0);
		return 0;
	}
	FUZZ_MUST(length == 0);
	FUZZ_MUST(header.packet_len >= STARTUP_HEADER_LEN &&
	    header.packet_len <= STARTUP_LENGTH_LEN + STARTUP_BODY_MAX);
	if (header.kind != STARTUP_SESSION || len < header.packet_len)
		return 0;
	if (startup_may_serve_version(header.code, &fault) != 0) {
		check_reply(&fault);
		return 0;
	}
	if ((exact = malloc(header.packet_len)) == NULL)
		return 0;
	memcpy(exact, bytes, header.packet_len);
	check_message(exact, header.packet_len);
	free(exact);
	return 0;
}
