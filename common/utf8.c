/* SPDX-License-Identifier: ISC */
/*
 * utf8: where the characters of a text begin and end.
 * Pure.
 * Runs in: every process.
 */
#include "common/utf8.h"

/* The well-formed sequences: a first byte, and what the second may be. */
static const struct sequence {
	unsigned char first_min, first_max;
	unsigned char second_min, second_max;
	size_t len;
} sequences[] = {
	{ 0x00, 0x7f, 0x00, 0x00, 1 },
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

static const struct sequence *
find_sequence(unsigned char first)
{
	size_t i;

	for (i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++)
		if (first >= sequences[i].first_min &&
		    first <= sequences[i].first_max)
			return &sequences[i];
	return NULL;
}

/* Whether the bytes behind the first, as far as they are there, fit. */
static int
tail_fits(const struct sequence *seq, const char *text, size_t len)
{
	unsigned char byte;
	size_t i;

	for (i = 1; i < seq->len && i < len; i++) {
		byte = (unsigned char)text[i];
		if (i == 1 && (byte < seq->second_min ||
		    byte > seq->second_max))
			return 0;
		if (byte < 0x80 || byte > 0xbf)
			return 0;
	}
	return 1;
}

size_t
utf8_character(const char *text, size_t len)
{
	const struct sequence *seq;

	if (len == 0)
		return 0;
	seq = find_sequence((unsigned char)text[0]);
	if (seq == NULL || len < seq->len || !tail_fits(seq, text, len))
		return 0;
	return seq->len;
}

size_t
utf8_whole(const char *text, size_t len)
{
	const struct sequence *seq;
	size_t back;

	for (back = 1; back <= 3 && back <= len; back++) {
		seq = find_sequence((unsigned char)text[len - back]);
		if (seq == NULL)
			continue;
		if (seq->len > back && tail_fits(seq, text + len - back, back))
			return len - back;
		return len;
	}
	return len;
}
