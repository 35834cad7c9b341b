/* SPDX-License-Identifier: ISC */
/*
 * fuzz_hba_image: a rules image of any bytes: what is opened can be asked.
 * Runs in: make check, tests/fuzz/run.
 */
#include "common/pg/hba_image.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/rules_input.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const uint8_t client[] = "\x1b" "bob\tapp\t192.0.2.7\tm\tsni\t"
	    "bob\tCN=bob\t00\twww.example.org";
	struct rules_input input;
	const char *map;
	void *aligned;

	if (len == 0 || posix_memalign(&aligned, HBA_IMAGE_ALIGN, len) != 0)
		return 0;
	memcpy(aligned, bytes, len);
	rules_input_open(&input, client, sizeof(client) - 1, &map);
	rules_input_ask(&input, aligned, len, map);
	rules_input_close(&input);
	free(aligned);
	return 0;
}
