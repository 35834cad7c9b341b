/* SPDX-License-Identifier: ISC */
/*
 * handoff_settings: the settings of postern.conf(5) that a worker needs, under
 * their names.
 * Runs in: postern-listener, listener-worker.
 */
#ifndef LISTENER_HANDOFF_SETTINGS_H
#define LISTENER_HANDOFF_SETTINGS_H

#include "listener/networks.h"

#define HANDOFF_TEXT_MAX 1024

struct handoff_settings {
	int ssl;			/* bool */
	int ssl_prefer_server_ciphers;	/* bool */
	int ssl_min_protocol_version;	/* TLS1_2_VERSION (0x0303), ... */
	int ssl_max_protocol_version;	/* 0: none */
	char data_directory[HANDOFF_TEXT_MAX];	/* for messages */
	char ssl_cert_file[HANDOFF_TEXT_MAX];	/* absolute, for messages */
	/* Absolute, for messages; "": none. */
	char ssl_ca_file[HANDOFF_TEXT_MAX];
	char ssl_crl_file[HANDOFF_TEXT_MAX];
	char ssl_crl_dir[HANDOFF_TEXT_MAX];
	int ssl_client_cert_required;	/* bool; 0: a rule may demand one */
	char ssl_ciphers[HANDOFF_TEXT_MAX];
	char ssl_tls13_ciphers[HANDOFF_TEXT_MAX];
	char ssl_groups[HANDOFF_TEXT_MAX];
	char key_socket[HANDOFF_TEXT_MAX];	/* for messages */
	int max_connections;
	int max_handshakes;		/* of one worker */
	int max_unfinished_per_address;	/* 0: no limit; so the next two */
	int max_connections_per_address;
	int max_cancels_per_address;	/* in a second */
	struct networks address_limits_except;
	int reserved_connections;
	struct networks reserved_from;
	int authentication_timeout;	/* s */
	int key_timeout;		/* ms */
	int tcp_keepalives_idle;	/* s, 0: the kernel's */
	int tcp_keepalives_interval;	/* s */
	int tcp_keepalives_count;
	int tcp_user_timeout;		/* ms */
	int log_connections;		/* bool */
	int log_disconnections;		/* bool */
	int log_min_messages;		/* enum log_level */
};

#endif
