/* SPDX-License-Identifier: ISC */
/*
 * complaint: one bucket for the whole worker, filled anew every second.
 * Runs in: listener-worker.
 */
#include "listener/worker/complaint.h"

#include <stdio.h>
#include <string.h>

#include "common/fault.h"

static int64_t bucket_second = -1;
static unsigned int bucket_taken;
static unsigned long left_out;

static int
may_write(int64_t now_ms)
{
	int64_t second = now_ms / 1000;

	if (second != bucket_second) {
		if (left_out > 0)
			log_write(LOG_LEVEL_LOG, "%lu more messages about "
			    "clients were left out", left_out);
		left_out = 0;
		bucket_second = second;
		bucket_taken = 0;
	}
	if (bucket_taken >= COMPLAINTS_PER_SECOND) {
		left_out++;
		return 0;
	}
	bucket_taken++;
	return 1;
}

void
complaint_write(enum log_level level, const struct fault *fault,
    const struct log_session *session, int64_t now_ms)
{
	struct fault told = *fault;
	size_t len = strlen(told.detail);

	if (!may_write(now_ms))
		return;
	(void)snprintf(told.detail + len, sizeof(told.detail) - len,
	    "%sThe client is host=%s port=%u.", len > 0 ? "  " : "",
	    session->host, session->port);
	log_session_fault(session, level, &told);
}
