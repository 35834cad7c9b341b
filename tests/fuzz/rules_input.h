/* SPDX-License-Identifier: ISC */
/*
 * rules_input: access files and a client out of an input's pieces: the client,
 * pg_hba.conf, pg_ident.conf, then the files a to e that these may include.
 * Runs in: make check, tests/fuzz/run.
 */
#ifndef TESTS_FUZZ_RULES_INPUT_H
#define TESTS_FUZZ_RULES_INPUT_H

#include <stddef.h>

#include "common/pg/hba_facts.h"
#include "common/pg/hba_sink.h"
#include "tests/fuzz/pieces.h"

/* What the client is, by its first byte. */
#define RULES_INPUT_TLS 0x01
#define RULES_INPUT_CERTIFICATE 0x02
#define RULES_INPUT_PHYSICAL 0x04
#define RULES_INPUT_VERIFY 0x08
#define RULES_INPUT_SNI 0x10
#define RULES_INPUT_NO_HBA 0x20		/* no pg_hba.conf */
#define RULES_INPUT_IDENT 0x40		/* there is a pg_ident.conf */

struct rules_input {
	struct pieces pieces;
	struct hba_sink sink;
	struct hba_facts facts;
	struct hba_certificate certificate;
	struct hba_san san;
};

/* Its texts are those of the pieces; map is for ident_match_user(). */
void rules_input_open(struct rules_input *input, const uint8_t *bytes,
    size_t len, const char **out_map);
void rules_input_close(struct rules_input *input);

/* hba_load_image() of the input's files. */
int rules_input_load(struct rules_input *input, void **out, size_t *out_len);

/* Opens the image and asks it everything. */
void rules_input_ask(struct rules_input *input, const void *image,
    size_t image_len, const char *map);

#endif
