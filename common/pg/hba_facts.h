/* SPDX-License-Identifier: ISC */
/*
 * hba_facts: what is known of a client when it has said what it wants.
 * Runs in: listener-worker.
 */
#ifndef COMMON_PG_HBA_FACTS_H
#define COMMON_PG_HBA_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/pg/hba_address.h"
#include "common/pg/hba_rule.h"

struct hba_san {
	enum hba_san_type type;	/* never HBA_SAN_NONE */
	const char *name;
};

/* A certificate that was verified; none of its names has a NUL within. */
struct hba_certificate {
	const char *common_name;	/* NULL: it has none */
	const char *subject;		/* the whole DN, RFC 2253 */
	const char *fingerprint;	/* SHA-256, 64 digits in lower case */
	const struct hba_san *sans;
	size_t sans_len;
};

struct hba_facts {
	struct hba_address address;
	const char *host;	/* the same for messages: "127.0.0.1" */
	const char *user;
	const char *database;	/* "" for physical replication */
	const char *sni;	/* NULL: none was sent */
	const struct hba_certificate *certificate;	/* NULL: none */
	uint16_t tls_version;	/* 0x0304 is TLS 1.3; 0: plain */
	bool is_physical_replication;
	bool may_verify;	/* a root certificate store is loaded */
};

#endif
