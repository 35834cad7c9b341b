/* SPDX-License-Identifier: ISC */
/*
 * ident_parse: the lines of pg_ident.conf (PostgreSQL's parse_ident_line).
 * Pure.
 * Runs in: postern-listener.
 */
#include "common/pg/ident_parse.h"

#include <string.h>

#include "common/fault.h"
#include "common/pg/hba_build.h"
#include "common/pg/hba_lines.h"
#include "common/pg/hba_undecided.h"

enum { MAP, SYSTEM_USER, PG_USER, FIELDS };

/* The one word of a field. */
static const struct hba_word *
read_word(const struct hba_lines *lines, const struct hba_line *line,
    uint32_t index, struct fault *fault)
{
	const struct hba_field *field;

	if (index >= line->len) {
		(void)fault_set(fault, "missing entry at end of line");
		return NULL;
	}
	field = hba_lines_field(lines, line, index);
	if (field->len > 1) {
		(void)fault_set(fault, "multiple values in ident field");
		return NULL;
	}
	return hba_lines_word(lines, field, 0);
}

/* Members of roles are for the server to know; all is one of PostgreSQL 16. */
static int
read_pg_user(const struct hba_word *word, const char *text,
    struct hba_item *item, struct fault *fault)
{
	if (!word->quoted && text[0] == '+')
		return hba_undecided_ident(text + 1, fault);
	if (!word->quoted && strcmp(text, "all") == 0)
		item->kind = HBA_ITEM_ALL;
	return 0;
}

static void
set_item(struct hba_build *build, const char *text, struct hba_item *item)
{
	if (text[0] == '/') {
		item->kind = HBA_ITEM_REGEX;
		text++;
	}
	item->text = hba_build_text(build, text);
}

static int
parse_line(const struct hba_lines *lines, const struct hba_line *line,
    struct hba_build *build, struct fault *fault)
{
	struct hba_item system_user = { 0 }, pg_user = { 0 };
	const struct hba_word *words[FIELDS];
	const char *texts[FIELDS];
	struct hba_ident ident;
	uint32_t i;

	for (i = 0; i < FIELDS; i++) {
		words[i] = read_word(lines, line, i, fault);
		if (words[i] == NULL)
			return -1;
		texts[i] = hba_lines_text(lines, words[i]->text);
	}
	if (read_pg_user(words[PG_USER], texts[PG_USER], &pg_user,
	    fault) == -1)
		return -1;
	set_item(build, texts[SYSTEM_USER], &system_user);
	set_item(build, texts[PG_USER], &pg_user);
	ident.file = hba_build_text(build, hba_lines_text(lines, line->file));
	ident.line = line->number;
	ident.map = hba_build_text(build, texts[MAP]);
	ident.items = build->items.len;
	hba_build_item(build, &system_user);
	hba_build_item(build, &pg_user);
	hba_build_ident(build, &ident);
	return 0;
}

int
ident_parse_maps(const struct hba_lines *lines, struct hba_build *build,
    struct hba_sink *sink)
{
	size_t errors = sink->errors;
	const struct hba_line *line;
	struct hba_place place;
	struct fault fault;
	uint32_t i;

	for (i = 0; i < lines->lines.len; i++) {
		line = hba_lines_at(lines, i);
		fault_clear(&fault);
		if (parse_line(lines, line, build, &fault) == 0)
			continue;
		place.file = hba_lines_text(lines, line->file);
		place.line = line->number;
		(void)hba_sink_put(sink, HBA_ERROR, &place, &fault);
	}
	if (build->no_memory)
		return hba_sink_put_memory(sink);
	return sink->errors == errors ? 0 : -1;
}
