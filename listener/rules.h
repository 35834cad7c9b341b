/* SPDX-License-Identifier: ISC */
/*
 * rules: pg_hba.conf and pg_ident.conf become the image that every worker
 * gets.
 * Runs in: postern-listener, at start and reload only.
 */
#ifndef LISTENER_RULES_H
#define LISTENER_RULES_H

#include <stdbool.h>
#include <stddef.h>

struct fault;
struct settings;

struct rules {
	void *image;		/* for hba_image_open(); owned */
	size_t len;		/* bytes */
	bool is_default;	/* there is no hba_file */
};

/*
 * Reads both files and what they include, as root only what nobody else can
 * have written. Every error and warning goes to the log with its file and
 * line. Returns 0, or -1 with a fault that says that there were errors.
 */
int rules_read(const struct settings *settings, struct rules *out,
    struct fault *fault);

/* Says in the log what holds without a file. */
void rules_log_default(const struct settings *settings,
    const struct rules *rules);

/* Says in the log which of them are legal but sad. */
void rules_warn(const struct settings *settings, const struct rules *rules);

/* Accepts empty ones. */
void rules_close(struct rules *rules);

#endif
