/* SPDX-License-Identifier: ISC */
/*
 * fuzz_config: postern.conf by the listener's table, and a word of -c. What is
 * accepted is within the table's bounds; what is refused has words.
 * Runs in: make check, tests/fuzz/run.
 */
#include "listener/settings.h"

#include <string.h>

#include "common/fault.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/pieces.h"

static void
check_faults(const struct fault_list *faults)
{
	size_t i;

	FUZZ_MUST(faults->count > 0);
	for (i = 0; i < faults->count && i < FAULT_LIST_MAX; i++)
		FUZZ_MUST(fault_is_set(&faults->item[i]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct settings settings;
	static struct fault_list faults;
	struct pieces pieces;
	struct config_text text = { .path = "/f/postern.conf" };
	const char *assignment;
	struct instance instance = { .directory = "/f", .is_root = true };

	pieces_split(&pieces, bytes, len);
	text.bytes = pieces.piece[0].bytes;
	text.len = pieces.piece[0].len;
	assignment = pieces.piece[1].bytes;
	if (pieces.len > 1) {
		instance.assignments = &assignment;
		instance.assignments_len = 1;
	}
	memset(&faults, 0, sizeof(faults));
	if (settings_parse(&instance, &text, &settings, &faults) != 0) {
		check_faults(&faults);
	} else {
		FUZZ_MUST(faults.count == 0);
		FUZZ_MUST(settings.port >= 1 && settings.port <= 65535);
		FUZZ_MUST(settings.workers >= 1 &&
		    settings.workers <= HANDOFF_WORKERS_MAX);
		FUZZ_MUST(settings.worker.ssl_cert_file[0] == '/');
	}
	pieces_close(&pieces);
	return 0;
}
