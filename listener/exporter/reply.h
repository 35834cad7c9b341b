/* SPDX-License-Identifier: ISC */
/*
 * reply: messages of the status socket as the exporter writes them: the fields
 * of a status, the row of a connection.
 * Runs in: listener-exporter.
 */
#ifndef LISTENER_EXPORTER_REPLY_H
#define LISTENER_EXPORTER_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "common/wire/statuswire.h"

struct evbuffer;
struct roster_client;

/* A message in a buffer: its length in two bytes of this machine, itself. */
struct reply_group {
	struct evbuffer *out;
	const char *group, *item;
};

/* Append a FIELD. */
void reply_text(const struct reply_group *group, const char *name,
    const char *text);
void reply_number(const struct reply_group *group, const char *name,
    int64_t number);
void reply_bool(const struct reply_group *group, const char *name, int is);
void reply_time(const struct reply_group *group, const char *name,
    int64_t us);

/* Takes the first message out of the buffer. Returns its length, 0 if there is
 * none. */
size_t reply_take(struct evbuffer *buffer,
    unsigned char out[STATUSWIRE_MESSAGE_MAX]);

/* Writes a connection's ROW. Returns its length. */
size_t reply_row(const struct roster_client *client, uint64_t bytes_in,
    uint64_t bytes_out, unsigned char out[STATUSWIRE_MESSAGE_MAX]);

/* Writes END. Returns its length. */
size_t reply_end(unsigned char out[STATUSWIRE_MESSAGE_MAX]);

#endif
