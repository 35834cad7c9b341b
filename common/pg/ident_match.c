/* SPDX-License-Identifier: ISC */
/*
 * ident_match: may somebody whom the system knows by one name be the user he
 * asks for (PostgreSQL's check_usermap).
 * Pure.
 * Runs in: listener-worker.
 */
#include "common/pg/ident_match.h"

#include <string.h>

#include "common/fault.h"
#include "common/pg/hba_image.h"
#include "common/pg/hba_match.h"

#define BACKREFERENCE "\\1"

/* Of one line: the question goes on, is answered, or cannot be. */
enum answer { NO, YES, BROKEN };

/* Whether text is the pattern with its first \1 replaced by the group. */
static bool
is_expanded(const char *pattern, const char *mark, const char *group,
    size_t group_len, const char *text)
{
	size_t before = (size_t)(mark - pattern), len = strlen(text);
	const char *behind = mark + strlen(BACKREFERENCE);

	return len == before + group_len + strlen(behind) &&
	    memcmp(text, pattern, before) == 0 &&
	    memcmp(text + before, group, group_len) == 0 &&
	    strcmp(text + before + group_len, behind) == 0;
}

/* The second column against the user that is asked for. */
static bool
is_pg_user(const struct hba_match *match, uint32_t item, const char *pg_user)
{
	const struct hba_item *wanted = hba_image_item(match->image, item);
	regmatch_t groups[2];

	switch (wanted->kind) {
	case HBA_ITEM_ALL:
		return true;
	case HBA_ITEM_REGEX:
		return hba_regex_run(&match->regexes, item, pg_user,
		    groups) == 0;
	default:
		return strcmp(pg_user, hba_image_text(match->image,
		    wanted->text)) == 0;
	}
}

static enum answer
ask_by_regex(const struct hba_match *match, const struct hba_ident *ident,
    const struct ident_question *question, struct fault *log)
{
	const struct hba_image *image = match->image;
	const struct hba_item *wanted = hba_image_item(image,
	    ident->items + 1);
	const char *pattern = hba_image_text(image, wanted->text), *mark;
	const char *expression = hba_image_text(image,
	    hba_image_item(image, ident->items)->text);
	regmatch_t groups[2];
	char reason[128];
	int answer;

	answer = hba_regex_run(&match->regexes, ident->items,
	    question->system_user, groups);
	if (answer == REG_NOMATCH)
		return NO;
	if (answer != 0) {
		hba_regex_say(&match->regexes, ident->items, answer, reason,
		    sizeof(reason));
		(void)fault_set(log, "regular expression match for \"%s\" "
		    "failed: %s", expression, reason);
		return BROKEN;
	}
	mark = strstr(pattern, BACKREFERENCE);
	if (wanted->kind != HBA_ITEM_LITERAL || mark == NULL)
		return is_pg_user(match, ident->items + 1,
		    question->pg_user) ? YES : NO;
	if (groups[1].rm_so < 0) {
		(void)fault_set(log, "regular expression \"%s\" has no "
		    "subexpressions as requested by backreference in \"%s\"",
		    expression, pattern);
		return BROKEN;
	}
	return is_expanded(pattern, mark, question->system_user +
	    groups[1].rm_so, (size_t)(groups[1].rm_eo - groups[1].rm_so),
	    question->pg_user) ? YES : NO;
}

static enum answer
ask_line(const struct hba_match *match, const struct hba_ident *ident,
    const struct ident_question *question, struct fault *log)
{
	const struct hba_image *image = match->image;
	const struct hba_item *system_user = hba_image_item(image,
	    ident->items);

	if (strcmp(hba_image_text(image, ident->map), question->map) != 0)
		return NO;
	if (system_user->kind == HBA_ITEM_REGEX)
		return ask_by_regex(match, ident, question, log);
	if (strcmp(hba_image_text(image, system_user->text),
	    question->system_user) != 0)
		return NO;
	return is_pg_user(match, ident->items + 1, question->pg_user) ? YES :
	    NO;
}

int
ident_match_user(const struct hba_match *match,
    const struct ident_question *question, struct fault *log)
{
	enum answer answer = NO;
	uint32_t i;

	if (question->map[0] == '\0') {
		if (strcmp(question->pg_user, question->system_user) == 0)
			return 0;
		return fault_set(log, "provided user name (%s) and "
		    "authenticated user name (%s) do not match",
		    question->pg_user, question->system_user);
	}
	for (i = 0; answer == NO && i < match->image->idents_len; i++)
		answer = ask_line(match, hba_image_ident(match->image, i),
		    question, log);
	if (answer == YES)
		return 0;
	if (answer == BROKEN)
		return -1;
	return fault_set(log, "no match in usermap \"%s\" for user \"%s\" "
	    "authenticated as \"%s\"", question->map, question->pg_user,
	    question->system_user);
}
