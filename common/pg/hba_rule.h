/* SPDX-License-Identifier: ISC */
/*
 * hba_rule: what a line of pg_hba.conf or pg_ident.conf says, as it lies in
 * the rules image (hba_image.h): no pointers, fixed sizes.
 * Runs in: postern-listener, listener-worker.
 */
#ifndef COMMON_PG_HBA_RULE_H
#define COMMON_PG_HBA_RULE_H

#include <stdint.h>

#include "common/pg/hba_address.h"

enum hba_conntype {
	HBA_LOCAL,		/* never matches in front of a server */
	HBA_HOST,
	HBA_HOSTSSL,
	HBA_HOSTNOSSL,
	HBA_HOSTGSSENC,		/* nor does this: GSSENCRequest is refused */
	HBA_HOSTNOGSSENC,	/* and so this is host */
	HBA_CONNTYPES
};

enum hba_method {
	HBA_REJECT,
	HBA_TRUST,
	HBA_IDENT,
	HBA_PEER,
	HBA_PASSWORD,
	HBA_MD5,
	HBA_SCRAM,
	HBA_GSS,
	HBA_SSPI,
	HBA_PAM,
	HBA_BSD,
	HBA_LDAP,
	HBA_CERT,
	HBA_RADIUS,
	HBA_OAUTH,
	HBA_BACKEND,		/* ours: whatever the server behind asks for */
	HBA_METHODS
};

enum hba_address_kind {
	HBA_ADDRESS_ALL,
	HBA_ADDRESS_SAMEHOST,
	HBA_ADDRESS_SAMENET,
	HBA_ADDRESS_NETWORK,
	HBA_ADDRESS_KINDS
};

enum hba_clientcert { HBA_CLIENTCERT_OFF, HBA_CLIENTCERT_CA,
	HBA_CLIENTCERT_FULL, HBA_CLIENTCERTS };

enum hba_clientname { HBA_CLIENTNAME_CN, HBA_CLIENTNAME_DN, HBA_CLIENTNAMES };

enum hba_item_kind {
	HBA_ITEM_LITERAL,
	HBA_ITEM_REGEX,		/* its text without the slash */
	HBA_ITEM_ALL,
	HBA_ITEM_SAMEUSER,
	HBA_ITEM_REPLICATION,
	HBA_ITEM_KINDS
};

enum hba_san_type { HBA_SAN_NONE, HBA_SAN_DNS, HBA_SAN_EMAIL, HBA_SAN_URI,
	HBA_SAN_TYPES };

/* One entry of a list. */
struct hba_item {
	uint16_t kind;		/* enum hba_item_kind */
	uint16_t san;		/* enum hba_san_type; of a san= alone */
	uint32_t text;		/* hba_image_text() */
};

struct hba_span {
	uint32_t first, len;	/* items */
};

/*
 * One rule. san, fingerprint, sni and tls_min narrow what it matches, as its
 * address does: where one does not hold, the next rule is tried. Of several of
 * a kind one must hold. Fingerprints are 64 hexadecimal digits in lower case.
 */
struct hba_rule {
	uint32_t file, line;	/* where it stands; file is a text */
	uint32_t text;		/* as it is written, for the log alone */
	uint32_t map;		/* a text, "" for none */
	struct hba_span databases, users;
	struct hba_span sans, fingerprints, snis;	/* empty: any */
	struct hba_network network;	/* of HBA_ADDRESS_NETWORK */
	uint8_t conntype;	/* enum hba_conntype */
	uint8_t address_kind;	/* enum hba_address_kind */
	uint8_t method;		/* enum hba_method */
	uint8_t clientcert;	/* enum hba_clientcert; FULL for cert */
	uint8_t clientname;	/* enum hba_clientname */
	uint8_t unused;		/* 0 */
	uint16_t tls_min;	/* 0x0304 is TLS 1.3; 0: none */
};

/* One line of pg_ident.conf; two items: of the system, of PostgreSQL. */
struct hba_ident {
	uint32_t file, line, map;
	uint32_t items;		/* the first of the two */
};

#endif
