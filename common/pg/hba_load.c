/* SPDX-License-Identifier: ISC */
/*
 * hba_load: pg_hba.conf and pg_ident.conf with all they include as one rules
 * image.
 * Runs in: postern-listener; at start and reload only.
 */
#include "common/pg/hba_load.h"

#include <stdlib.h>

#include "common/fault.h"
#include "common/pg/hba_build.h"
#include "common/pg/hba_image.h"
#include "common/pg/hba_regex.h"
#include "common/pg/ident_parse.h"

#define DEFAULT_LABEL "(default)"

static const struct hba_place nowhere;

static int
read_all(const struct hba_load_options *options, const struct hba_files *files,
    struct hba_sink *sink, struct hba_lines *hba, struct hba_lines *ident)
{
	int rc;

	if (options->hba_path != NULL)
		rc = hba_lines_read(hba, options->hba_path, files, sink);
	else
		rc = hba_lines_read_text(hba, DEFAULT_LABEL, HBA_LOAD_DEFAULT,
		    sink);
	if (options->ident_path != NULL &&
	    hba_lines_read(ident, options->ident_path, files, sink) == -1)
		rc = -1;
	return rc;
}

/* Nobody could come in by such a file. */
static int
put_no_entries(const struct hba_load_options *options, struct hba_sink *sink)
{
	struct fault fault = { 0 };

	(void)fault_set(&fault, "configuration file \"%s\" contains no "
	    "entries", options->hba_path);
	return hba_sink_put(sink, HBA_ERROR, &nowhere, &fault);
}

static int
judge_all(const struct hba_load_options *options, const struct hba_lines *hba,
    const struct hba_lines *ident, struct hba_build *build,
    struct hba_sink *sink)
{
	size_t errors = sink->errors, i;

	(void)hba_parse_rules(hba, &options->parse, build, sink);
	(void)ident_parse_maps(ident, build, sink);
	for (i = 0; i < options->interfaces_len; i++)
		hba_build_interface(build, &options->interfaces[i]);
	return sink->errors == errors ? 0 : -1;
}

/* Whoever matches compiles them again: here it shows what is wrong with them,
 * along with all that is wrong elsewhere. Takes the image, gives it back. */
static int
judge_regexes(const void *bytes, size_t len, struct hba_sink *sink)
{
	const struct hba_image *image;
	struct hba_regex_set set;
	struct fault fault = { 0 };
	int rc;

	image = hba_image_open(bytes, len, &fault);
	if (image == NULL)
		return hba_sink_put(sink, HBA_ERROR, &nowhere, &fault);
	rc = hba_regex_open(&set, image, sink);
	hba_regex_close(&set);
	return rc;
}

int
hba_load_image(const struct hba_load_options *options,
    const struct hba_files *files, struct hba_sink *sink, void **out,
    size_t *out_len)
{
	struct hba_lines hba = { 0 }, ident = { 0 };
	struct hba_build build;
	void *image = NULL;
	size_t image_len;
	int rc;

	hba_build_start(&build);
	rc = read_all(options, files, sink, &hba, &ident);
	if (judge_all(options, &hba, &ident, &build, sink) == -1)
		rc = -1;
	if (rc == 0 && build.rules.len == 0)
		rc = put_no_entries(options, sink);
	if (hba_build_finish(&build, &image, &image_len) == -1)
		rc = hba_sink_put_memory(sink);
	else if (judge_regexes(image, image_len, sink) == -1)
		rc = -1;
	if (rc == 0) {
		*out = image;
		*out_len = image_len;
	} else
		free(image);
	hba_build_close(&build);
	hba_lines_close(&hba);
	hba_lines_close(&ident);
	return rc;
}
