/* SPDX-License-Identifier: ISC */
/*
 * utf8: where the characters of a text begin and end.
 * Pure.
 * Runs in: every process.
 */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stddef.h>

/*
 * The length in bytes of the character at the start of text[len], 1 to 4; 0
 * when the bytes there are no well-formed character (Unicode, table 3-7), or
 * an incomplete one, or len is 0.
 */
size_t utf8_character(const char *text, size_t len);

/*
 * How much of text[len] remains when a character that was cut at its end is
 * left out: len, or up to 3 less. Bad bytes that are no such cut stay.
 */
size_t utf8_whole(const char *text, size_t len);

#endif
