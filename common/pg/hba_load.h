/* SPDX-License-Identifier: ISC */
/*
 * hba_load: pg_hba.conf and pg_ident.conf with all they include as one rules
 * image.
 * Pure but for its caller's way to files; allocates.
 * Runs in: postern-listener; at start and reload only.
 */
#ifndef COMMON_PG_HBA_LOAD_H
#define COMMON_PG_HBA_LOAD_H

#include <stddef.h>

#include "common/pg/hba_lines.h"
#include "common/pg/hba_parse.h"

struct hba_network;

/* The rule where there is no file: the server behind decides, also about
 * replication, which "all" leaves out. */
#define HBA_LOAD_DEFAULT "host all,replication all all backend"

struct hba_load_options {
	const char *hba_path;	/* absolute; NULL: HBA_LOAD_DEFAULT */
	const char *ident_path;	/* absolute; NULL: no maps */
	struct hba_parse_options parse;
	const struct hba_network *interfaces;	/* hba_address_set_interface():
						   samehost and samenet */
	size_t interfaces_len;
};

/*
 * Reads every file before any is judged, then makes the image: a block from
 * malloc() for hba_image_open(). Every fault goes to the sink. Returns 0, or
 * -1 if there was an error; *out is then untouched.
 */
int hba_load_image(const struct hba_load_options *options,
    const struct hba_files *files, struct hba_sink *sink, void **out,
    size_t *out_len);

#endif
