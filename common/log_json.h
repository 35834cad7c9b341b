/* SPDX-License-Identifier: ISC */
/*
 * log_json: a message as one JSON object on one line, with the keys of
 * PostgreSQL's jsonlog (20.8.5).
 * Pure.
 * Runs in: the supervisors.
 */
#ifndef COMMON_LOG_JSON_H
#define COMMON_LOG_JSON_H

#include <stddef.h>

#include "common/log_prefix.h"

/* Bytes that always suffice: each byte of the message may become six. */
#define LOG_JSON_MAX (6 * LOG_PACKED_MAX + 1024)

/*
 * Writes the object and a newline: timestamp, user, dbname, pid, remote_host,
 * remote_port, error_severity, state_code, message, detail, hint,
 * application_name, backend_type (the program), and server_pid, which is ours:
 * the server's own process. What is not known has no key. Control characters,
 * quotes and what is no UTF-8 are escaped, bad bytes as U+0080 to U+00FF.
 * Returns the length.
 */
size_t log_json_format(const struct log_origin *origin,
    const struct log_record *record, char out[LOG_JSON_MAX]);

#endif
