/* SPDX-License-Identifier: ISC */
/*
 * fuzz_hba: pg_hba.conf, pg_ident.conf and what they include, up to the
 * verdict about a client. What loads without an error is a good image.
 * Runs in: make check, tests/fuzz/run.
 */
#include "common/pg/hba_image.h"

#include "common/fault.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/rules_input.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct rules_input input;
	struct fault fault = { 0 };
	const char *map;
	size_t image_len;
	void *image;

	rules_input_open(&input, bytes, len, &map);
	if (rules_input_load(&input, &image, &image_len) == 0) {
		FUZZ_MUST(input.sink.errors == 0);
		FUZZ_MUST(hba_image_open(image, image_len, &fault) != NULL);
		rules_input_ask(&input, image, image_len, map);
		free(image);
	} else {
		FUZZ_MUST(input.sink.errors > 0);
	}
	rules_input_close(&input);
	return 0;
}
