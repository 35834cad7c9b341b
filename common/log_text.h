/* SPDX-License-Identifier: ISC */
/*
 * log_text: bytes from anywhere as text that is safe in a log and a terminal.
 * Pure.
 * Runs in: every process.
 */
#ifndef COMMON_LOG_TEXT_H
#define COMMON_LOG_TEXT_H

#include <stddef.h>

/*
 * Writes text[len] to out, with every control byte, C1 control character and
 * byte that is not part of a well-formed UTF-8 character as \xNN. out always
 * ends with a NUL; what does not fit is left out by whole characters. Returns
 * the length written, at most size - 1; 4 * len + 1 bytes always suffice.
 */
size_t log_text_escape(const char *text, size_t len, char *out, size_t size);

#endif
