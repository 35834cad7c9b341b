/* SPDX-License-Identifier: ISC */
/*
 * client: one client from accept to close: a state machine with one function
 * per state and one door that changes the state.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_CLIENT_H
#define LISTENER_WORKER_CLIENT_H

#include <sys/queue.h>
#include <event2/event_struct.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/pg/hba_address.h"
#include "common/pg/login.h"
#include "common/pg/startup.h"
#include "listener/client_state.h"
#include "listener/worker/cancel_queue.h"
#include "listener/worker/counting.h"
#include "listener/worker/dial.h"
#include "listener/worker/flow.h"
#include "listener/worker/limits.h"
#include "listener/worker/stream.h"

struct fault;
struct hba_rule;
struct sockaddr_storage;
struct worker;

/* What a state's function says; client_go() acts on it. */
enum client_step {
	CLIENT_WAIT,		/* for the events that it wants */
	CLIENT_AGAIN,		/* run the (new) state's function now */
	CLIENT_CLOSE
};

/* Which socket can move; bits of client.ready and of a state's wishes. */
#define CLIENT_FRONT_READ 0x1u
#define CLIENT_FRONT_WRITE 0x2u
#define CLIENT_BACK_READ 0x4u
#define CLIENT_BACK_WRITE 0x8u

/* Requests that a connection has had, each allowed once; client.asked. */
#define CLIENT_ASKED_SSL 0x1u
#define CLIENT_ASKED_GSS 0x2u

struct client {
	struct worker *worker;
	LIST_ENTRY(client) link;
	enum client_state state;
	struct roster_slot *slot;	/* in the roster; NULL: it has none */
	struct counting counting;
	unsigned int wanted;	/* events that the state waits for */
	unsigned int armed;	/* events that the loop watches */
	unsigned int ready;	/* events that have come */
	unsigned int asked;
	bool is_direct_tls;
	struct stream front;	/* to the client */
	struct stream back;	/* to the server */
	struct event front_read, front_write, back_read, back_write;
	struct event deadline;
	struct dial_request dial;
	struct cancel_turn cancel;
	struct limits_place place;
	struct flow up;		/* client to server; its packet at first */
	struct flow down;	/* server to client */
	struct login login;
	struct login_tail tail;	/* of what the client got */
	unsigned char first[STARTUP_HEADER_LEN];
	size_t first_len;	/* bytes of first */
	enum startup_kind kind;	/* of its packet, once first is read */
	size_t packet_len;	/* of its StartupMessage or CancelRequest */
	struct startup_message asks;
	const struct hba_rule *rule;	/* by which it passed; of the rules */
	int64_t accepted_ms;	/* CLOCK_MONOTONIC */
	struct hba_address address;
	char host[46];		/* INET6_ADDRSTRLEN */
	uint16_t port;
};

/* Takes over an accepted socket. Closes it if memory is short. */
void client_open(struct worker *worker, int fd,
    const struct sockaddr_storage *addr);

/* Takes over the connected socket to its server; closes it. */
void client_connect_back(struct client *client, int fd);
void client_disconnect_back(struct client *client);

/* The only writer of the state; an illegal move closes this client. */
void client_enter(struct client *client, enum client_state next);

/* Runs state functions until one waits; may destroy the client. */
void client_run(struct client *client);

/* Acts on a step that was found outside a state's function. As client_run(). */
void client_go(struct client *client, enum client_step step);

/*
 * For the state functions, which return what these return. Refuse: the fault
 * goes to the client as an ErrorResponse and to the log, then farewell. Leave:
 * to the log alone, then farewell. Drop: to the log alone (PostgreSQL's
 * COMMERROR), then closed.
 */
enum client_step client_refuse(struct client *client,
    const struct fault *fault);
enum client_step client_leave(struct client *client, const struct fault *fault);
enum client_step client_drop(struct client *client, const struct fault *fault);

/* As client_refuse(), but the log hears more than the client does. */
enum client_step client_refuse_apart(struct client *client,
    const struct fault *told, const struct fault *logged);

/* A server's "fast" shutdown: FATAL 57P01 where the client waits for a new
 * command and nothing else, then farewell. May destroy it. */
void client_shut_down(struct client *client);

#endif
