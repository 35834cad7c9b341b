/* SPDX-License-Identifier: ISC */
/*
 * handoff: what postern-keyd gives its two programs at start, and what unlock
 * gives back. Fixed-size structs in a report's payload, texts NUL-terminated.
 * Runs in: postern-keyd, keyd-unlock, keyd-signer.
 */
#ifndef KEYD_HANDOFF_H
#define KEYD_HANDOFF_H

#include <sys/types.h>

#include <stdint.h>

#include "common/spawn.h"
#include "common/wire/keywire.h"

/* Every program: channel and log (common/child.h). */
#define HANDOFF_FD_CHANNEL SPAWN_FD_FIRST
#define HANDOFF_FD_LOG (SPAWN_FD_FIRST + 1)

#define HANDOFF_SECRET_SIZE 16384 /* PKCS#8 DER of RSA-8192: 4.7 kB */
#define HANDOFF_PATH_MAX 1024
#define HANDOFF_COMMAND_MAX 512

/* keyd-unlock: one secret, empty; fd HANDOFF_FD_KEY. */
#define HANDOFF_FD_KEY (SPAWN_FD_FIRST + 2)

/* The first report to unlock (REPORT_PAYLOAD). */
struct handoff_unlock {
	char key_file[HANDOFF_PATH_MAX];
	char passphrase_command[HANDOFF_COMMAND_MAX];	/* "" means: ask */
	uint32_t has_agents;		/* 1: systemd's, where no terminal is */
	char cert_file[HANDOFF_PATH_MAX];	/* its key must be this one; ""
					   means: nobody asks */
};

/* Unlock's own (REPORT_PAYLOAD), once the secret holds the key; then it
 * exits with 0. The secret holds key_len bytes of PKCS#8 DER. */
struct handoff_key {
	uint32_t key_len;		/* 1 .. HANDOFF_SECRET_SIZE */
	struct keywire_key identity;	/* id and SPKI */
	char kind[24];			/* "RSA 2048", for the log */
};

/* keyd-signer: the listening key socket, its counters (struct counters_board),
 * then keys_len secrets. */
#define HANDOFF_FD_SOCKET (SPAWN_FD_FIRST + 2)
#define HANDOFF_FD_COUNTERS (SPAWN_FD_FIRST + 3)
#define HANDOFF_FD_KEYS (SPAWN_FD_FIRST + 4)

/* The first report to the signer (REPORT_PAYLOAD), whose REPORT_READY brings
 * its struct layers; one report per key follows
 * with its struct handoff_key, in the order of the descriptors. */
struct handoff_signer {
	uint32_t keys_len;		/* 1 .. KEYWIRE_KEYS_MAX */
	uint32_t threads;		/* 1 .. 64 */
	uint32_t max_connections;	/* to the key socket */
	uint32_t max_signatures;	/* a second and peer; 0: any number */
	uint32_t key_memory;		/* enum secret_kind */
	uint32_t has_tls13;		/* 1: the listener may speak TLS 1.3 */
	uid_t run_uid;			/* becomes */
	uid_t dial_uid, peer_uid;	/* who connects; who asks then */
	gid_t run_gid;
	uint32_t change_user;		/* 1: started as root */
	uint32_t sandbox_required;	/* 1: no start without seccomp */
};

#endif
