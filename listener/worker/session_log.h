/* SPDX-License-Identifier: ISC */
/*
 * session_log: PostgreSQL's lines about a connection: received, authorized,
 * ended. What the access rules say is passing's.
 * Runs in: listener-worker.
 */
#ifndef LISTENER_WORKER_SESSION_LOG_H
#define LISTENER_WORKER_SESSION_LOG_H

struct client;
struct log_session;

/* Whom messages about the client name; points into it. */
void session_log_fill(const struct client *client, struct log_session *out);

/* Each for its moment, the last two only where the settings want them. */
void session_log_received(const struct client *client);
void session_log_broken(const struct client *client);
void session_log_authorized(const struct client *client);
void session_log_ended(const struct client *client);

#endif
