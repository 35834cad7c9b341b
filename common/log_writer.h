/* SPDX-License-Identifier: ISC */
/*
 * log_writer: the place where a supervisor hangs its destinations into log, so
 * that programs without them link neither open nor syslog.
 * Runs in: every process; the writer itself in the supervisors.
 */
#ifndef COMMON_LOG_WRITER_H
#define COMMON_LOG_WRITER_H

#include <stddef.h>

#include "common/log_record.h"

/*
 * From now on every message of this process goes to writer instead of stderr,
 * packed (log_record.h). NULL: back to stderr.
 */
void log_set_writer(void (*writer)(const char *program, const char *packed,
    size_t len));

#endif
