/* SPDX-License-Identifier: ISC */
/*
 * ctlkeyd: what postern-keyd puts into the bodies of its answers to posternctl
 * (ctlwire), and takes from a request's. Texts are NUL-terminated.
 * Runs in: posternctl, postern-keyd.
 */
#ifndef COMMON_WIRE_CTLKEYD_H
#define COMMON_WIRE_CTLKEYD_H

#include <stdint.h>

#include "common/wire/ctlwire.h"
#include "common/wire/keywire.h"

#define CTLKEYD_TEXT_MAX 512
#define CTLKEYD_ROWS_MAX 32

/* An answer's kind. */
enum ctlkeyd_kind {
	CTLKEYD_DAEMON = 1,	/* STATUS: struct ctlkeyd_daemon */
	CTLKEYD_KEY,		/* STATUS: struct ctlkeyd_key, each */
	CTLKEYD_SCHEMES,	/* STATUS: struct ctlkeyd_rows, signed by */
	CTLKEYD_REASONS,	/* STATUS: refused for */
	CTLKEYD_PEERS,		/* STATUS: for whom */
	CTLKEYD_UNLOCK,		/* ROTATE: keyd's struct handoff_unlock, and
				   the memory's descriptor */
	CTLKEYD_ADDED,		/* ROTATE_KEY: served beside the others */
	CTLKEYD_KNOWN		/* ROTATE_KEY: it was served before */
};

struct ctlkeyd_daemon {
	char version[32];
	uint64_t started_s;	/* since the Epoch */
	int32_t pid, signer_pid;	/* 0: there is none now */
	uint32_t signers;	/* threads */
	uint32_t max_connections;
	uint32_t connections;	/* now */
	uint32_t tls13;		/* 1: TLS 1.2 only with the sentinel */
	uint64_t accepted, turned_away;	/* connections */
	uint64_t made, refused;	/* signatures */
	char key_memory[16];	/* "secret" or "locked" */
	char rotation[32];	/* "none", or its step */
	char confined_by[CTLKEYD_TEXT_MAX];
	char confined_without[CTLKEYD_TEXT_MAX];	/* "": nothing lacks */
};

struct ctlkeyd_key {
	unsigned char id[KEYWIRE_KEY_ID_LEN];	/* SHA-256 of the SPKI */
	char kind[24];		/* "RSA 2048" */
	uint32_t is_first;	/* 1: the one of ssl_key_file */
	uint32_t users;		/* connections that had a signature by it */
};

struct ctlkeyd_rows {
	uint32_t len;
	struct ctlkeyd_row {
		char name[40];	/* "ecdsa_secp256r1_sha256"; of a peer,
				   "PID 17, user 64201" */
		uint64_t made, refused;
	} row[CTLKEYD_ROWS_MAX];
};

#endif
