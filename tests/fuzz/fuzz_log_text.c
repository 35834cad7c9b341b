/* SPDX-License-Identifier: ISC */
/*
 * fuzz_log_text: a confined program's message on its way to the log: no byte
 * of it can move a terminal's cursor or begin a line.
 * The first byte is the room that there is.
 * Runs in: make check, tests/fuzz/run.
 */
#include "common/log_text.h"

#include <string.h>

#include "common/utf8.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	size_t size, out_len, i;
	char *out;

	if (len < 1 || bytes[0] == 0)
		return 0;
	size = bytes[0] == 0xff ? 4 * len + 1 : bytes[0];
	if ((out = malloc(size)) == NULL)
		return 0;
	out_len = log_text_escape((const char *)bytes + 1, len - 1, out, size);
	FUZZ_MUST(out_len < size && strlen(out) == out_len);
	for (i = 0; i < out_len; i++)
		FUZZ_MUST((unsigned char)out[i] >= ' ' && out[i] != 0x7f);
	free(out);
	return 0;
}
