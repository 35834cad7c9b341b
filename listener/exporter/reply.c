/* SPDX-License-Identifier: ISC */
/*
 * reply: messages of the status socket as the exporter writes them.
 * Runs in: listener-exporter.
 */
#include "listener/exporter/reply.h"

#include <event2/buffer.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "listener/client_state.h"
#include "listener/roster.h"

#define DIGITS_MAX 24	/* of any 64-bit number, with sign and NUL */

static void
append(const struct reply_group *group, const char *name,
    enum statuswire_kind kind, const char *text)
{
	unsigned char bytes[STATUSWIRE_MESSAGE_MAX];
	const char *values[STATUSWIRE_FIELD_VALUES] = {
		[STATUSWIRE_FIELD_GROUP] = group->group,
		[STATUSWIRE_FIELD_ITEM] = group->item,
		[STATUSWIRE_FIELD_NAME] = name,
		[STATUSWIRE_FIELD_KIND] = statuswire_kind_name(kind),
		[STATUSWIRE_FIELD_VALUE] = text };
	struct statuswire_message message = { .type = STATUSWIRE_FIELD,
		.count = STATUSWIRE_FIELD_VALUES };
	uint16_t len;
	size_t i;

	for (i = 0; i < STATUSWIRE_FIELD_VALUES; i++) {
		message.value[i].bytes = values[i];
		message.value[i].len = strlen(values[i]);
	}
	len = (uint16_t)statuswire_encode(&message, bytes, sizeof(bytes));
	if (len == 0)
		return;
	(void)evbuffer_add(group->out, &len, sizeof(len));
	(void)evbuffer_add(group->out, bytes, len);
}

void
reply_text(const struct reply_group *group, const char *name,
    const char *text)
{
	append(group, name, STATUSWIRE_TEXT, text);
}

void
reply_number(const struct reply_group *group, const char *name,
    int64_t number)
{
	char text[DIGITS_MAX];

	(void)snprintf(text, sizeof(text), "%" PRId64, number);
	append(group, name, STATUSWIRE_NUMBER, text);
}

void
reply_bool(const struct reply_group *group, const char *name, int is)
{
	append(group, name, STATUSWIRE_BOOL, is ? "t" : "f");
}

void
reply_time(const struct reply_group *group, const char *name, int64_t us)
{
	char text[DIGITS_MAX];

	(void)snprintf(text, sizeof(text), "%" PRId64, us);
	append(group, name, STATUSWIRE_TIME, text);
}

size_t
reply_take(struct evbuffer *buffer, unsigned char out[STATUSWIRE_MESSAGE_MAX])
{
	uint16_t len;

	if (evbuffer_remove(buffer, &len, sizeof(len)) != sizeof(len) ||
	    len > STATUSWIRE_MESSAGE_MAX ||
	    evbuffer_remove(buffer, out, len) != len)
		return 0;
	return len;
}

/* A row's numbers as text; they live as long as the message is written. */
struct row {
	struct statuswire_message message;
	char digits[STATUSWIRE_COLUMNS][DIGITS_MAX];
};

static void
set_text(struct row *row, enum statuswire_column column, const char *text)
{
	row->message.value[column].bytes = text;
	row->message.value[column].len = strlen(text);
}

static void
set_number(struct row *row, enum statuswire_column column, uint64_t number)
{
	(void)snprintf(row->digits[column], DIGITS_MAX, "%" PRIu64, number);
	set_text(row, column, row->digits[column]);
}

/* What was not said is SQL's NULL. */
static void
set_known(struct row *row, enum statuswire_column column, const char *text)
{
	if (text[0] != '\0')
		set_text(row, column, text);
}

size_t
reply_row(const struct roster_client *client, uint64_t bytes_in,
    uint64_t bytes_out, unsigned char out[STATUSWIRE_MESSAGE_MAX])
{
	struct row row = { .message = { .type = STATUSWIRE_ROW,
		.count = STATUSWIRE_COLUMNS } };

	if (client->backend_pid != 0)
		set_number(&row, STATUSWIRE_PID, client->backend_pid);
	set_known(&row, STATUSWIRE_CLIENT_ADDR, client->address);
	set_number(&row, STATUSWIRE_CLIENT_PORT, client->port);
	set_known(&row, STATUSWIRE_USENAME, client->user);
	set_known(&row, STATUSWIRE_DATNAME, client->database);
	if (client->user[0] != '\0')
		set_text(&row, STATUSWIRE_APPLICATION_NAME,
		    client->application_name);
	set_text(&row, STATUSWIRE_SSL, client->version[0] != '\0' ? "t" : "f");
	set_known(&row, STATUSWIRE_VERSION_NAME, client->version);
	set_known(&row, STATUSWIRE_CIPHER, client->cipher);
	if (client->version[0] != '\0')
		set_number(&row, STATUSWIRE_BITS, client->bits);
	set_known(&row, STATUSWIRE_CLIENT_DN, client->client_dn);
	set_known(&row, STATUSWIRE_CLIENT_SERIAL, client->client_serial);
	set_known(&row, STATUSWIRE_ISSUER_DN, client->issuer_dn);
	set_text(&row, STATUSWIRE_STATE, client_state_name(
	    (enum client_state)client->state));
	set_number(&row, STATUSWIRE_SINCE, (uint64_t)client->since_us);
	set_number(&row, STATUSWIRE_BYTES_IN, bytes_in);
	set_number(&row, STATUSWIRE_BYTES_OUT, bytes_out);
	return statuswire_encode(&row.message, out, STATUSWIRE_MESSAGE_MAX);
}

size_t
reply_end(unsigned char out[STATUSWIRE_MESSAGE_MAX])
{
	struct statuswire_message message = { .type = STATUSWIRE_END };

	return statuswire_encode(&message, out, STATUSWIRE_MESSAGE_MAX);
}
