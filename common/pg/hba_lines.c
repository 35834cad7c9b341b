/* SPDX-License-Identifier: ISC */
/*
 * hba_lines: pg_hba.conf or pg_ident.conf as lines of fields of words, its
 * includes and @files expanded (PostgreSQL's tokenize_auth_file).
 * Runs in: postern-listener.
 */
#include "common/pg/hba_lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"
#include "common/pg/hba_token.h"

/* One reading of one top-level file. */
struct reading {
	struct hba_lines *lines;
	const struct hba_files *files;
	struct hba_sink *sink;
	unsigned int opened;	/* files */
};

/* One file of it, as its lines come. */
struct open_file {
	struct reading *reading;
	const char *path;
	unsigned int depth;	/* 0: the top-level file */
	struct hba_place place;	/* the line being read */
	struct hba_token_reader reader;
	char *line;		/* room for the longest; owned */
	char *word;		/* so too */
};

static int read_file(struct reading *reading, const struct open_file *from,
    const char *path, bool may_be_absent);

static int
put(const struct open_file *file, const struct fault *fault)
{
	return hba_sink_put(file->reading->sink, HBA_ERROR, &file->place,
	    fault);
}

/* A path in a file is relative to the file's directory. */
static int
resolve(const struct open_file *file, const char *name, char *out,
    struct fault *fault)
{
	const char *slash = strrchr(file->path, '/');
	int len = slash != NULL && name[0] != '/' ?
	    (int)(slash - file->path) + 1 : 0;

	if (snprintf(out, HBA_LINES_PATH_MAX, "%.*s%s", len, file->path,
	    name) >= HBA_LINES_PATH_MAX)
		return fault_set(fault, "could not open file \"%.200s...\": "
		    "its name is too long", name);
	return 0;
}

static int
include(const struct open_file *file, const char *name, bool may_be_absent)
{
	char path[HBA_LINES_PATH_MAX];
	struct fault fault = { 0 };

	if (resolve(file, name, path, &fault) == -1)
		return put(file, &fault);
	return read_file(file->reading, file, path, may_be_absent);
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* PostgreSQL's rule for the names of a directory. */
static bool
is_included(const char *name)
{
	size_t len = strlen(name);

	return len >= 6 && name[0] != '.' &&
	    strcmp(name + len - 5, ".conf") == 0;
}

/* Gathers pointers into names; they come out sorted. */
static int
sort_names(const char *names, size_t len, struct hba_array *out)
{
	const char *name;

	for (name = names; name < names + len; name += strlen(name) + 1) {
		if (is_included(name) &&
		    hba_array_add(out, &name, 1) == HBA_ARRAY_NONE)
			return -1;
	}
	if (out->len > 1)
		qsort(out->items, out->len, sizeof(const char *),
		    compare_names);
	return 0;
}

static int
include_sorted(const struct open_file *file, const char *directory,
    const struct hba_array *names)
{
	char path[HBA_LINES_PATH_MAX + 260];
	uint32_t i;
	int rc = 0;

	for (i = 0; i < names->len; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", directory,
		    *(const char **)hba_array_at(names, i));
		if (include(file, path, false) == -1)
			rc = -1;
	}
	return rc;
}

static int
include_directory(const struct open_file *file, const char *name)
{
	const struct hba_files *files = file->reading->files;
	struct hba_array sorted = { .width = sizeof(const char *) };
	char path[HBA_LINES_PATH_MAX], *names = NULL;
	struct fault fault = { 0 };
	size_t len = 0;
	int rc;

	if (name[strspn(name, " \t\r\n")] == '\0') {
		(void)fault_set(&fault, "empty configuration directory name: "
		    "\"%s\"", name);
		return put(file, &fault);
	}
	if (resolve(file, name, path, &fault) == -1)
		return put(file, &fault);
	if (files->list == NULL)
		rc = fault_set(&fault, "could not open configuration "
		    "directory \"%s\"", path);
	else
		rc = files->list(files->owner, path, &names, &len, &fault);
	if (rc == -1)
		return put(file, &fault);
	rc = sort_names(names, len, &sorted);
	if (rc == -1)
		(void)hba_sink_put_memory(file->reading->sink);
	else
		rc = include_sorted(file, path, &sorted);
	hba_array_close(&sorted);
	free(names);
	return rc;
}

static uint32_t
add_text(struct hba_lines *lines, const char *text)
{
	return hba_array_add(&lines->text, text, strlen(text) + 1);
}

/* The words of an @file, of all its lines, become words of the field that
 * named it: they stand behind the field's words; its lines are forgotten. */
static int
expand_at(const struct open_file *file, const char *name)
{
	struct hba_lines *lines = file->reading->lines;
	uint32_t fields = lines->fields.len, line_count = lines->lines.len;
	int rc;

	rc = include(file, name, false);
	lines->fields.len = fields;
	lines->lines.len = line_count;
	return rc;
}

static int
add_word(const struct open_file *file, const struct hba_token *token)
{
	struct hba_lines *lines = file->reading->lines;
	struct hba_word word = { .quoted = token->quoted };

	word.text = add_text(lines, file->word);
	if (word.text == HBA_ARRAY_NONE ||
	    hba_array_add(&lines->words, &word, 1) == HBA_ARRAY_NONE)
		return hba_sink_put_memory(file->reading->sink);
	return 0;
}

/* PostgreSQL would take the next field for this one. */
static int
put_empty(const struct open_file *file)
{
	struct fault fault = { 0 };

	(void)fault_set(&fault, "list of names is empty");
	(void)fault_hint(&fault, "The files that it names with @ have no "
	    "words.");
	return put(file, &fault);
}

/* One field: a list of words, joined by commas. */
static int
read_field(const struct open_file *file, const char **at)
{
	struct hba_lines *lines = file->reading->lines;
	struct hba_field field = { .first = lines->words.len };
	struct hba_token token = { .comma = true };
	bool has_file = false;
	int rc = 0;

	while (rc == 0 && token.comma) {
		if (!hba_token_read(at, file->word, &token))
			break;
		if (!token.quoted && token.len > 1 && file->word[0] == '@') {
			has_file = true;
			rc = expand_at(file, file->word + 1);
		} else
			rc = add_word(file, &token);
	}
	field.len = lines->words.len - field.first;
	if (rc == -1)
		return -1;
	if (field.len == 0)
		return has_file ? put_empty(file) : 0;
	if (hba_array_add(&lines->fields, &field, 1) == HBA_ARRAY_NONE)
		return hba_sink_put_memory(file->reading->sink);
	return 0;
}

static int
include_one(const struct open_file *file, const char *name)
{
	return include(file, name, false);
}

static int
include_if_there(const struct open_file *file, const char *name)
{
	return include(file, name, true);
}

/* Lines of two fields that name other files. */
static const struct directive {
	const char *word;
	int (*run)(const struct open_file *, const char *);
} directives[] = {
	{ "include", include_one },
	{ "include_if_exists", include_if_there },
	{ "include_dir", include_directory },
};

static const struct directive *
find_directive(const struct hba_lines *lines, const struct hba_line *line)
{
	const char *word;
	size_t i;

	if (line->len != 2)
		return NULL;
	word = hba_lines_text(lines, hba_lines_word(lines,
	    hba_lines_field(lines, line, 0), 0)->text);
	for (i = 0; i < sizeof(directives) / sizeof(directives[0]); i++) {
		if (strcmp(word, directives[i].word) == 0)
			return &directives[i];
	}
	return NULL;
}

/* Makes the fields from line->first on a line, or follows a directive. */
static int
end_line(const struct open_file *file, struct hba_line *line, uint32_t words)
{
	struct hba_lines *lines = file->reading->lines;
	const struct directive *directive;
	char name[HBA_LINES_PATH_MAX + 1];	/* longer is told, not cut */

	line->len = lines->fields.len - line->first;
	if (line->len == 0)
		return 0;
	directive = find_directive(lines, line);
	if (directive != NULL) {
		(void)snprintf(name, sizeof(name), "%s", hba_lines_text(lines,
		    hba_lines_word(lines, hba_lines_field(lines, line, 1),
		    0)->text));
		lines->words.len = words;
		lines->fields.len = line->first;
		return directive->run(file, name);
	}
	line->file = add_text(lines, file->path);
	line->raw = add_text(lines, file->line);
	if (line->file == HBA_ARRAY_NONE || line->raw == HBA_ARRAY_NONE ||
	    hba_array_add(&lines->lines, line, 1) == HBA_ARRAY_NONE)
		return hba_sink_put_memory(file->reading->sink);
	return 0;
}

static void
warn_of_quote(const struct open_file *file)
{
	struct fault fault = { 0 };

	if (!hba_token_is_open(file->line))
		return;
	(void)fault_set(&fault, "a quoted word does not end on its line");
	(void)fault_hint(&fault, "Close it with a double quote; a double "
	    "quote within it is written twice.");
	(void)hba_sink_put(file->reading->sink, HBA_WARNING, &file->place,
	    &fault);
}

static int
read_line(struct open_file *file, size_t len)
{
	struct hba_lines *lines = file->reading->lines;
	struct hba_line line = { .number = file->place.line,
		.first = lines->fields.len };
	uint32_t words = lines->words.len;
	const char *at = file->line;
	struct fault fault = { 0 };

	if (strlen(file->line) != len) {
		(void)fault_set(&fault, "a line contains a zero byte");
		return put(file, &fault);
	}
	warn_of_quote(file);
	while (*at != '\0') {
		if (read_field(file, &at) == -1) {
			lines->fields.len = line.first;
			return -1;
		}
	}
	return end_line(file, &line, words);
}

static int
read_lines(struct open_file *file)
{
	size_t len;
	int rc = 0;

	file->line = malloc(file->reader.len + 1);
	file->word = malloc(file->reader.len + 1);
	if (file->line == NULL || file->word == NULL)
		rc = hba_sink_put_memory(file->reading->sink);
	while (file->line != NULL && file->word != NULL &&
	    hba_token_read_line(&file->reader, file->line, &len,
	    &file->place.line)) {
		if (read_line(file, len) == -1)
			rc = -1;
	}
	free(file->line);
	free(file->word);
	return rc;
}

/* Says why a file could not be read, and who wanted it. */
static int
put_unread(struct reading *reading, const struct open_file *from,
    const struct fault *fault)
{
	static const struct hba_place nowhere;

	return hba_sink_put(reading->sink, HBA_ERROR,
	    from != NULL ? &from->place : &nowhere, fault);
}

static int
read_file(struct reading *reading, const struct open_file *from,
    const char *path, bool may_be_absent)
{
	struct open_file file = { .reading = reading, .path = path,
		.depth = from != NULL ? from->depth + 1 : 0,
		.place = { .file = path }, .reader = { .line = 1 } };
	struct fault fault = { 0 };
	char *bytes = NULL;
	int rc;

	errno = 0;
	if (reading->files == NULL)
		rc = fault_set(&fault, "could not open file \"%s\"", path);
	else if (file.depth > HBA_LINES_DEPTH_MAX)
		rc = fault_set(&fault, "could not open file \"%s\": maximum "
		    "nesting depth exceeded", path);
	else if (reading->opened > HBA_LINES_FILES_MAX)
		return -1;	/* this has been said */
	else if (reading->opened++ == HBA_LINES_FILES_MAX)
		rc = fault_set(&fault, "could not open file \"%s\": more than "
		    "%d files are included", path, HBA_LINES_FILES_MAX);
	else
		rc = reading->files->read(reading->files->owner, path, &bytes,
		    &file.reader.len, &fault);
	if (rc == -1)
		return may_be_absent && errno == ENOENT ? 0 :
		    put_unread(reading, from, &fault);
	file.reader.bytes = bytes;
	rc = read_lines(&file);
	free(bytes);
	return rc;
}

static void
start(struct hba_lines *lines)
{
	lines->text.width = 1;
	lines->words.width = sizeof(struct hba_word);
	lines->fields.width = sizeof(struct hba_field);
	lines->lines.width = sizeof(struct hba_line);
}

int
hba_lines_read(struct hba_lines *lines, const char *path,
    const struct hba_files *files, struct hba_sink *sink)
{
	struct reading reading = { .lines = lines, .files = files,
		.sink = sink };

	start(lines);
	return read_file(&reading, NULL, path, false);
}

int
hba_lines_read_text(struct hba_lines *lines, const char *label,
    const char *text, struct hba_sink *sink)
{
	struct reading reading = { .lines = lines, .sink = sink };
	struct open_file file = { .reading = &reading, .path = label,
		.place = { .file = label }, .reader = { .bytes = text,
		.len = strlen(text), .line = 1 } };

	start(lines);
	return read_lines(&file);
}

const char *
hba_lines_text(const struct hba_lines *lines, uint32_t text)
{
	return hba_array_at(&lines->text, text);
}

const struct hba_line *
hba_lines_at(const struct hba_lines *lines, uint32_t index)
{
	return hba_array_at(&lines->lines, index);
}

const struct hba_field *
hba_lines_field(const struct hba_lines *lines, const struct hba_line *line,
    uint32_t index)
{
	return hba_array_at(&lines->fields, line->first + index);
}

const struct hba_word *
hba_lines_word(const struct hba_lines *lines, const struct hba_field *field,
    uint32_t index)
{
	return hba_array_at(&lines->words, field->first + index);
}

void
hba_lines_close(struct hba_lines *lines)
{
	hba_array_close(&lines->text);
	hba_array_close(&lines->words);
	hba_array_close(&lines->fields);
	hba_array_close(&lines->lines);
}
