/* SPDX-License-Identifier: ISC */
/*
 * tls_version: the versions of TLS as settings name them, and which of them
 * Postern speaks.
 * Runs in: the supervisors.
 */
#ifndef COMMON_TLS_VERSION_H
#define COMMON_TLS_VERSION_H

struct fault;

#define TLS_VERSION_1_2 0x0303	/* ProtocolVersion, RFC 8446 4.1.2 */
#define TLS_VERSION_1_3 0x0304
#define TLS_VERSION_NAME_MAX 64	/* of a setting's text, with the NUL */

/* The version of that name ("TLSv1.2", in any case), -1 for none. */
int tls_version_of(const char *name);

/* Is value a version that Postern speaks? Returns 0, or -1 with the fault of
 * that setting. */
int tls_version_check(const char *setting, const char *value,
    struct fault *out);

#endif
