/* SPDX-License-Identifier: ISC */
/*
 * config_value: what a setting's text means, by PostgreSQL's rules (20.1.1).
 * Pure.
 * Runs in: the supervisors, posternctl.
 */
#include "common/config_value.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/config.h"
#include "common/fault.h"

#define SPACES " \t\r\n\v\f"

struct unit {
	const char *name;
	double factor;		/* in the row's unit */
};

static const struct unit units_ms[] = {
	{ "us", 1.0 / 1000 }, { "ms", 1 }, { "s", 1000 }, { "min", 60000 },
	{ "h", 3600000 }, { "d", 86400000 }, { NULL, 0 },
};
static const struct unit units_s[] = {
	{ "us", 1.0 / 1000000 }, { "ms", 1.0 / 1000 }, { "s", 1 },
	{ "min", 60 }, { "h", 3600 }, { "d", 86400 }, { NULL, 0 },
};
static const struct unit units_kb[] = {
	{ "B", 1.0 / 1024 }, { "kB", 1 }, { "MB", 1024 },
	{ "GB", 1024 * 1024 }, { "TB", 1024.0 * 1024 * 1024 }, { NULL, 0 },
};

#define HINT_TIME "Valid units for this parameter are \"us\", \"ms\", \"s\", " \
    "\"min\", \"h\", and \"d\"."
#define HINT_MEMORY "Valid units for this parameter are \"B\", \"kB\", " \
    "\"MB\", \"GB\", and \"TB\"."

static const struct measure {
	const struct unit *units;
	const char *suffix;	/* in messages, behind a number */
	const char *hint;
} measures[] = {
	[CONFIG_UNIT_NONE] = { NULL, "", NULL },
	[CONFIG_UNIT_MS] = { units_ms, " ms", HINT_TIME },
	[CONFIG_UNIT_S] = { units_s, " s", HINT_TIME },
	[CONFIG_UNIT_KB] = { units_kb, " kB", HINT_MEMORY },
};

/* PostgreSQL's words; each may be cut to least letters, so that it is unique */
static const struct {
	const char *word;
	size_t least;
	bool value;
} bool_words[] = {
	{ "true", 1, true }, { "yes", 1, true }, { "on", 2, true },
	{ "1", 1, true }, { "false", 1, false }, { "no", 1, false },
	{ "off", 2, false }, { "0", 1, false },
};

int
config_value_bool(const struct config_setting *setting, const char *value,
    bool *out, struct fault *fault)
{
	size_t len = strlen(value), i;

	for (i = 0; i < sizeof(bool_words) / sizeof(bool_words[0]); i++) {
		if (len < bool_words[i].least ||
		    strncasecmp(value, bool_words[i].word, len) != 0)
			continue;
		*out = bool_words[i].value;
		return 0;
	}
	fault_set(fault, "parameter \"%s\" requires a Boolean value",
	    setting->name);
	return fault_code(fault, "22023");
}

static int
fault_value(const struct config_setting *setting, const char *value,
    const char *hint, struct fault *fault)
{
	fault_set(fault, "invalid value for parameter \"%s\": \"%s\"",
	    setting->name, value);
	if (hint != NULL)
		fault_hint(fault, "%s", hint);
	return fault_code(fault, "22023");
}

/*
 * Decimal, hexadecimal (0x) or octal (0) digits, or a decimal fraction, at the
 * start of value. Returns what follows it, or NULL where there is no number.
 */
static const char *
parse_number(const char *value, double *out)
{
	double number;
	char *end;
	int saved = errno;

	errno = 0;
	number = (double)strtoll(value, &end, 0);
	if (*end == '.' || *end == 'e' || *end == 'E' || errno == ERANGE) {
		errno = 0;
		number = strtod(value, &end);
	}
	if (end == value || errno == ERANGE)
		end = NULL;
	errno = saved;
	*out = number;
	return end;
}

/* rest is "" or " unit ": multiplies by the unit's factor. */
static int
apply_unit(const struct measure *measure, const char *rest, double *number)
{
	const struct unit *unit;
	size_t len;

	rest += strspn(rest, SPACES);
	len = strcspn(rest, SPACES);
	if (len == 0)
		return 0;
	if (rest[len + strspn(rest + len, SPACES)] != '\0' ||
	    measure->units == NULL)
		return -1;
	for (unit = measure->units; unit->name != NULL; unit++) {
		if (strlen(unit->name) != len ||
		    strncmp(unit->name, rest, len) != 0)
			continue;
		*number *= unit->factor;
		return 0;
	}
	return -1;
}

/* To the nearest; number is within int's range. */
static int
round_number(double number)
{
	return (int)(number < 0 ? number - 0.5 : number + 0.5);
}

int
config_value_int(const struct config_setting *setting, const char *value,
    int *out, struct fault *fault)
{
	const struct measure *measure = &measures[setting->unit];
	const char *rest;
	double number;
	int result;

	rest = parse_number(value, &number);
	if (rest == NULL)
		return fault_value(setting, value, NULL, fault);
	if (apply_unit(measure, rest, &number) == -1)
		return fault_value(setting, value, measure->hint, fault);
	/* Written so that it is false for what is not a number, too. */
	if (!(number > INT_MIN - 0.5 && number < INT_MAX + 0.5))
		return fault_value(setting, value,
		    "Value exceeds integer range.", fault);
	result = round_number(number);
	if (result < setting->min || result > setting->max) {
		fault_set(fault, "%d%s is outside the valid range for "
		    "parameter \"%s\" (%d .. %d)", result, measure->suffix,
		    setting->name, setting->min, setting->max);
		return fault_code(fault, "22023");
	}
	*out = result;
	return 0;
}

static void
list_words(const struct config_word *words, char *out, size_t size)
{
	size_t used = 0;
	int n;

	out[0] = '\0';
	for (; words->word != NULL && used < size; words++) {
		n = snprintf(out + used, size - used, "%s%s",
		    used == 0 ? "" : ", ", words->word);
		if (n < 0)
			return;
		used += (size_t)n;
	}
}

int
config_value_enum(const struct config_setting *setting, const char *value,
    int *out, struct fault *fault)
{
	const struct config_word *word;
	char list[sizeof(fault->hint) - 32];

	for (word = setting->words; word->word != NULL; word++) {
		if (strcasecmp(word->word, value) != 0)
			continue;
		*out = word->value;
		return 0;
	}
	fault_value(setting, value, NULL, fault);
	list_words(setting->words, list, sizeof(list));
	return fault_hint(fault, "Available values: %s.", list);
}
