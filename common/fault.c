/* SPDX-License-Identifier: ISC */
/*
 * fault: one failure in words for the operator: what, the evidence, what to do.
 * Pure: fills a struct; who knows whom it concerns reports it.
 * Runs in: every process.
 */
#include "common/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/utf8.h"

#define TEXT_MAX sizeof(((struct fault *)0)->detail)	/* the longest array */

/*
 * Formats into a buffer first, because an argument may be one of the fault's
 * own texts. A text that is cut ends with a whole character.
 */
static void __attribute__((format(printf, 3, 0)))
format_text(char *out, size_t size, const char *fmt, va_list ap)
{
	char text[TEXT_MAX];
	size_t len;
	int n;

	n = vsnprintf(text, size, fmt, ap);
	if (n < 0)
		text[0] = '\0';
	len = strlen(text);
	if (n > 0 && (size_t)n >= size)
		len = utf8_whole(text, len);
	memcpy(out, text, len);
	memset(out + len, 0, size - len);
}

int
fault_set(struct fault *fault, const char *fmt, ...)
{
	struct fault fresh = { 0 };
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	format_text(fresh.what, sizeof(fresh.what), fmt, ap);
	va_end(ap);
	*fault = fresh;
	errno = saved;
	return -1;
}

int
fault_detail(struct fault *fault, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	format_text(fault->detail, sizeof(fault->detail), fmt, ap);
	va_end(ap);
	errno = saved;
	return -1;
}

int
fault_hint(struct fault *fault, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	format_text(fault->hint, sizeof(fault->hint), fmt, ap);
	va_end(ap);
	errno = saved;
	return -1;
}

int
fault_code(struct fault *fault, const char *sqlstate)
{
	size_t len = strnlen(sqlstate, sizeof(fault->sqlstate) - 1);

	memset(fault->sqlstate, 0, sizeof(fault->sqlstate));
	memcpy(fault->sqlstate, sqlstate, len);
	return -1;
}

void
fault_clear(struct fault *fault)
{
	memset(fault, 0, sizeof(*fault));
}

bool
fault_is_set(const struct fault *fault)
{
	return fault->what[0] != '\0';
}

void
fault_bound(struct fault *fault)
{
	fault->sqlstate[sizeof(fault->sqlstate) - 1] = '\0';
	fault->what[sizeof(fault->what) - 1] = '\0';
	fault->detail[sizeof(fault->detail) - 1] = '\0';
	fault->hint[sizeof(fault->hint) - 1] = '\0';
}

int
fault_list_add(struct fault_list *list, const struct fault *fault)
{
	if (list->count < FAULT_LIST_MAX)
		list->item[list->count] = *fault;
	list->count++;
	return -1;
}
