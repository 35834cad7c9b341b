/* SPDX-License-Identifier: ISC */
/*
 * hba_sink: where the faults of access files go: every one as it is found,
 * with its file and line.
 * Pure.
 * Runs in: postern-listener, listener-worker.
 */
#ifndef COMMON_PG_HBA_SINK_H
#define COMMON_PG_HBA_SINK_H

#include <stddef.h>

struct fault;

enum hba_severity {
	HBA_ERROR,		/* the rules must not be used */
	HBA_WARNING		/* legal but sad */
};

/* Where in the files; file NULL: nowhere. */
struct hba_place {
	const char *file;
	unsigned int line;
};

struct hba_sink {
	/* Called for each fault; it is a copy, and gone afterwards. */
	void (*take)(void *owner, enum hba_severity severity,
	    const struct fault *fault);
	void *owner;
	size_t errors, warnings;	/* how many came; from 0 */
};

/*
 * Gives the fault to the sink, with PostgreSQL's context as its detail ("line 3
 * of configuration file "/etc/postern/pg_hba.conf""), behind a detail that it
 * has already. A fault without SQLSTATE becomes F0000. Returns -1 for an error,
 * 0 for a warning.
 */
int hba_sink_put(struct hba_sink *sink, enum hba_severity severity,
    const struct hba_place *place, const struct fault *fault);

/* Says as an error that there is no memory. Always returns -1. */
int hba_sink_put_memory(struct hba_sink *sink);

#endif
