/* SPDX-License-Identifier: ISC */
/*
 * handoff: what postern-listener gives its programs at start: named
 * descriptors, and a sealed memfd with settings and the bytes of files.
 * Runs in: postern-listener, listener-worker, listener-dialer.
 */
#ifndef LISTENER_HANDOFF_H
#define LISTENER_HANDOFF_H

#include <sys/socket.h>
#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "common/spawn.h"
#include "listener/handoff_settings.h"

/* Every program: channel and log (common/child.h), then its handoff. */
#define HANDOFF_FD_CHANNEL SPAWN_FD_FIRST
#define HANDOFF_FD_LOG (SPAWN_FD_FIRST + 1)
#define HANDOFF_FD_MEMORY (SPAWN_FD_FIRST + 2)	/* struct handoff_* at 0 */

/* Worker: its roster, writable; its end of each route's channel to that route's
 * dialer; the scoreboards: one per slot (its own writable, the others
 * read-only), then those of elder generations that have sessions; then its
 * listening sockets. It accepts from them when it gets REPORT_SERVE. A dialer
 * has nothing more:
 * workers' channels come as REPORT_DESCRIPTOR. After a dialer's death each
 * worker gets its end of the new dialer's channel as REPORT_DESCRIPTOR on its
 * own channel; requests not yet answered are lost. */
#define HANDOFF_FD_ROSTER (SPAWN_FD_FIRST + 3)
#define HANDOFF_FD_DIALERS (SPAWN_FD_FIRST + 4)

#define HANDOFF_MAGIC 0x506f7374u
#define HANDOFF_WORKERS_MAX 64
#define HANDOFF_LISTEN_MAX 64	/* addresses */
#define HANDOFF_SOCKETS_MAX 512	/* of one worker */
#define HANDOFF_DRAINING_MAX 16	/* generations beside the one in force */
#define HANDOFF_BOARDS_MAX (HANDOFF_WORKERS_MAX * (1 + HANDOFF_DRAINING_MAX))
#define HANDOFF_ADDRESSES_MAX 16
#define HANDOFF_SPARES_MAX 1000	/* backend_spares */

/* Ways to the server, each with a dialer of its own; in reports, which. */
enum handoff_route {
	HANDOFF_ROUTE_ORDINARY,	/* backend_host; the key socket, too */
	HANDOFF_ROUTE_CERT,	/* backend_cert_host: who goes there has been
				   authenticated; only if a rule says cert */
	HANDOFF_ROUTES
};

/* Files whose bytes lie behind struct handoff_worker. */
enum handoff_part {
	HANDOFF_CERT,		/* PEM: the server's certificate, its chain */
	HANDOFF_CA,		/* PEM: ssl_ca_file */
	HANDOFF_CRL,		/* PEM: ssl_crl_file */
	HANDOFF_CRL_DIR,	/* PEM: all files of ssl_crl_dir */
	HANDOFF_RULES,		/* hba_image_open() takes it as it is */
	HANDOFF_PARTS
};
#define HANDOFF_ALIGN 8		/* of every part's offset */

struct handoff_extent {
	uint32_t offset;	/* from the memory's start */
	uint32_t len;		/* bytes; 0: there is no such part */
};

struct handoff_user {
	uint32_t change_user;	/* 1: started as root, become these */
	uid_t uid;
	gid_t gid;
	uint32_t sandbox_required; /* 1: no start without seccomp */
};

struct handoff_worker {
	uint32_t magic;
	uint32_t slot;		/* 0 .. slots - 1 */
	uint32_t slots;		/* workers of its generation */
	uint32_t boards;	/* scoreboards: the slots', then the elders' */
	uint32_t routes;	/* 1 .. HANDOFF_ROUTES: dialers' channels */
	uint32_t sockets;	/* listening, behind the scoreboards */
	uint32_t certificate_is_new; /* 1: it has not been in force before */
	uint32_t is_replacement; /* 1: takes the place of one that was ready; it
				   serves although keyd may be away */
	uint32_t is_check;	/* 1: it judges all this, and ends */
	pid_t supervisor;
	struct handoff_user user;
	char probe_user[64];	/* by which probe.h asks the server */
	struct handoff_settings settings;
	struct handoff_extent parts[HANDOFF_PARTS];
};

struct handoff_address {
	socklen_t len;
	struct sockaddr_storage addr;
};

struct handoff_dialer {
	uint32_t magic;
	uint32_t connect_timeout_ms;	/* of all addresses of one request */
	uint32_t spares;		/* kept open, 0: none */
	uint32_t spare_lifetime_ms;
	struct handoff_user user;
	uint32_t backend_len;
	struct handoff_address backend[HANDOFF_ADDRESSES_MAX];
	struct handoff_address key;	/* len 0: ssl is off, or this is not the
					   ordinary route */
	int tcp_keepalives_idle, tcp_keepalives_interval;
	int tcp_keepalives_count, tcp_user_timeout;
	int log_min_messages;
};

#endif
