/* SPDX-License-Identifier: ISC */
/*
 * hba_regex: the regular expressions of a rules image, compiled in the process
 * that matches.
 * Runs in: postern-listener, at start and reload; listener-worker.
 */
#include "common/pg/hba_regex.h"

#include <stdlib.h>
#include <string.h>

#include "common/fault.h"
#include "common/pg/hba_image.h"
#include "common/pg/hba_regex_translate.h"
#include "common/pg/hba_sink.h"

/* What compiling takes along. */
struct compiling {
	struct hba_regex_set *set;
	const struct hba_image *image;
	struct hba_sink *sink;
	struct hba_place place;
	bool has_fault;
};

static uint32_t
count(const struct hba_image *image)
{
	uint32_t i, len = 0;

	for (i = 0; i < image->items_len; i++) {
		if (hba_image_item(image, i)->kind == HBA_ITEM_REGEX)
			len++;
	}
	return len;
}

/* Host names have no case. */
static int
compile(regex_t *out, const struct hba_item *item, const char *text,
    struct fault *fault)
{
	int how = REG_EXTENDED | (item->san == HBA_SAN_DNS ? REG_ICASE : 0);
	char reason[128], *posix;
	int answer;

	if (hba_regex_translate_to_posix(text, &posix, fault) == -1)
		return -1;
	answer = regcomp(out, posix, how);
	free(posix);
	if (answer == 0)
		return 0;
	(void)regerror(answer, out, reason, sizeof(reason));
	(void)fault_set(fault, "invalid regular expression \"%s\": %s", text,
	    reason);
	return fault_code(fault, "2201B");
}

static void
compile_item(struct compiling *c, uint32_t index)
{
	const struct hba_item *item = hba_image_item(c->image, index);
	struct hba_regex_set *set = c->set;
	struct fault fault = { 0 };

	if (item->kind != HBA_ITEM_REGEX || set->of_item[index] != 0)
		return;
	if (compile(&set->compiled[set->len], item,
	    hba_image_text(c->image, item->text), &fault) == 0) {
		set->of_item[index] = ++set->len;
		return;
	}
	(void)hba_sink_put(c->sink, HBA_ERROR, &c->place, &fault);
	c->has_fault = true;
}

static void
compile_span(struct compiling *c, const struct hba_span *span)
{
	uint32_t i;

	for (i = 0; i < span->len; i++)
		compile_item(c, span->first + i);
}

static void
compile_all(struct compiling *c)
{
	const struct hba_ident *ident;
	const struct hba_rule *rule;
	uint32_t i;

	for (i = 0; i < c->image->rules_len; i++) {
		rule = hba_image_rule(c->image, i);
		hba_image_place(c->image, rule, &c->place);
		compile_span(c, &rule->databases);
		compile_span(c, &rule->users);
		compile_span(c, &rule->sans);
	}
	for (i = 0; i < c->image->idents_len; i++) {
		ident = hba_image_ident(c->image, i);
		c->place.file = hba_image_text(c->image, ident->file);
		c->place.line = ident->line;
		compile_item(c, ident->items);
		compile_item(c, ident->items + 1);
	}
}

int
hba_regex_open(struct hba_regex_set *set, const struct hba_image *image,
    struct hba_sink *sink)
{
	struct compiling c = { .set = set, .image = image, .sink = sink };

	memset(set, 0, sizeof(*set));
	set->compiled = calloc((size_t)count(image) + 1, sizeof(regex_t));
	set->of_item = calloc((size_t)image->items_len + 1, sizeof(uint32_t));
	if (set->compiled == NULL || set->of_item == NULL)
		return hba_sink_put_memory(sink);
	compile_all(&c);
	return c.has_fault ? -1 : 0;
}

int
hba_regex_run(const struct hba_regex_set *set, uint32_t item,
    const char *text, regmatch_t out[2])
{
	if (set->of_item[item] == 0)
		return REG_NOMATCH;
	return regexec(&set->compiled[set->of_item[item] - 1], text, 2, out,
	    0);
}

void
hba_regex_say(const struct hba_regex_set *set, uint32_t item, int answer,
    char *out, size_t size)
{
	out[0] = '\0';
	if (set->of_item[item] != 0)
		(void)regerror(answer,
		    &set->compiled[set->of_item[item] - 1], out, size);
}

void
hba_regex_close(struct hba_regex_set *set)
{
	uint32_t i;

	for (i = 0; i < set->len; i++)
		regfree(&set->compiled[i]);
	free(set->compiled);
	free(set->of_item);
	memset(set, 0, sizeof(*set));
}
