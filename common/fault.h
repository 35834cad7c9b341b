/* SPDX-License-Identifier: ISC */
/*
 * fault: one failure in words for the operator: what, the evidence, what to do.
 * Pure: fills a struct; who knows whom it concerns reports it.
 * Runs in: every process.
 */
#ifndef COMMON_FAULT_H
#define COMMON_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#define FAULT_LIST_MAX 16

/*
 * PostgreSQL's message grammar (Error Message Style Guide): what is one phrase
 * without a full stop, detail and hint are whole sentences. Every text is
 * NUL-terminated and cut to its array. A struct of zeroes is "no fault".
 */
struct fault {
	char sqlstate[6];	/* "" means none, five characters else */
	char what[512];
	char detail[768];
	char hint[512];
};

/* The faults of one file: the first FAULT_LIST_MAX, and how many came. */
struct fault_list {
	struct fault item[FAULT_LIST_MAX];
	size_t count;		/* may exceed FAULT_LIST_MAX */
};

/*
 * Replaces the whole fault by this text (printf's format, %m included).
 * Always returns -1, so that a finder can say: return fault_set(f, ...).
 */
int fault_set(struct fault *fault, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Set the detail, the hint or the SQLSTATE of a fault; always return -1. */
int fault_detail(struct fault *fault, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int fault_hint(struct fault *fault, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int fault_code(struct fault *fault, const char *sqlstate);

void fault_clear(struct fault *fault);
bool fault_is_set(const struct fault *fault);

/*
 * Ends every text of a fault that came from another process: forces the final
 * NULs, so that the struct may be read whatever bytes it was filled with.
 */
void fault_bound(struct fault *fault);

/* Appends a copy; beyond FAULT_LIST_MAX only counts. Always returns -1. */
int fault_list_add(struct fault_list *list, const struct fault *fault);

#endif
