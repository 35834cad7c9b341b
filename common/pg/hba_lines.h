/* SPDX-License-Identifier: ISC */
/*
 * hba_lines: pg_hba.conf or pg_ident.conf as lines of fields of words, its
 * includes and @files expanded.
 * Pure but for its caller's way to files; allocates.
 * Runs in: postern-listener.
 */
#ifndef COMMON_PG_HBA_LINES_H
#define COMMON_PG_HBA_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/pg/hba_array.h"
#include "common/pg/hba_sink.h"

struct fault;

#define HBA_LINES_DEPTH_MAX 10	/* PostgreSQL's CONF_FILE_MAX_DEPTH */
#define HBA_LINES_FILES_MAX 1000 /* read in all */
#define HBA_LINES_PATH_MAX 4096

/* The caller's way to files. */
struct hba_files {
	/* Reads a whole file. *out is from malloc() and becomes ours. Returns
	 * 0, or -1 with the fault and errno (ENOENT for an absent file). */
	int (*read)(void *owner, const char *path, char **out, size_t *out_len,
	    struct fault *fault);
	/* The names in a directory that are no directories, each with its NUL,
	 * in any order; as read(). May be NULL: then include_dir is a fault. */
	int (*list)(void *owner, const char *path, char **out, size_t *out_len,
	    struct fault *fault);
	void *owner;
};

struct hba_word {
	uint32_t text;		/* hba_lines_text() */
	uint32_t quoted;	/* bool: no word of the grammar */
};

struct hba_field {
	uint32_t first, len;	/* words, at least one */
};

struct hba_line {
	uint32_t file, raw;	/* texts: its path; the line as it was read */
	uint32_t number;	/* the first, if lines are joined */
	uint32_t first, len;	/* fields, at least one */
};

struct hba_lines {
	struct hba_array text, words, fields, lines;
};

/*
 * Appends the lines of the file at path, an absolute one. Faults go to the
 * sink, each with its line; a line with one is left out, the rest is read.
 * Start with zeroes, end with hba_lines_close() in every case. Returns 0, or
 * -1 if there was an error.
 */
int hba_lines_read(struct hba_lines *lines, const char *path,
    const struct hba_files *files, struct hba_sink *sink);

/* The same for one text that is in no file; label stands for its path. */
int hba_lines_read_text(struct hba_lines *lines, const char *label,
    const char *text, struct hba_sink *sink);

/* Look things up; the pointers hold until the lines are closed or read on. */
const char *hba_lines_text(const struct hba_lines *lines, uint32_t text);
const struct hba_line *hba_lines_at(const struct hba_lines *lines,
    uint32_t index);
const struct hba_field *hba_lines_field(const struct hba_lines *lines,
    const struct hba_line *line, uint32_t index);
const struct hba_word *hba_lines_word(const struct hba_lines *lines,
    const struct hba_field *field, uint32_t index);

/* Accepts empty ones. */
void hba_lines_close(struct hba_lines *lines);

#endif
