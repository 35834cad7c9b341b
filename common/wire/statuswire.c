/* SPDX-License-Identifier: ISC */
/*
 * statuswire: what posternctl asks the exporter on the status socket, and the
 * answers.
 * Pure: bytes in, struct out; no sockets, no allocation, no logging.
 * Runs in: listener-exporter, posternctl.
 */
#include "common/wire/statuswire.h"

#include <stdbool.h>
#include <string.h>

#define HEADER_LEN 4
#define LEN_NULL 0xffffu

static const struct column {
	const char *name;
	enum statuswire_kind kind;
} columns[STATUSWIRE_COLUMNS] = {
	[STATUSWIRE_PID] = { "pid", STATUSWIRE_NUMBER },
	[STATUSWIRE_CLIENT_ADDR] = { "client_addr", STATUSWIRE_TEXT },
	[STATUSWIRE_CLIENT_PORT] = { "client_port", STATUSWIRE_NUMBER },
	[STATUSWIRE_USENAME] = { "usename", STATUSWIRE_TEXT },
	[STATUSWIRE_DATNAME] = { "datname", STATUSWIRE_TEXT },
	[STATUSWIRE_APPLICATION_NAME] = { "application_name",
	    STATUSWIRE_TEXT },
	[STATUSWIRE_SSL] = { "ssl", STATUSWIRE_BOOL },
	[STATUSWIRE_VERSION_NAME] = { "version", STATUSWIRE_TEXT },
	[STATUSWIRE_CIPHER] = { "cipher", STATUSWIRE_TEXT },
	[STATUSWIRE_BITS] = { "bits", STATUSWIRE_NUMBER },
	[STATUSWIRE_CLIENT_DN] = { "client_dn", STATUSWIRE_TEXT },
	[STATUSWIRE_CLIENT_SERIAL] = { "client_serial", STATUSWIRE_TEXT },
	[STATUSWIRE_ISSUER_DN] = { "issuer_dn", STATUSWIRE_TEXT },
	[STATUSWIRE_STATE] = { "state", STATUSWIRE_TEXT },
	[STATUSWIRE_SINCE] = { "since", STATUSWIRE_TIME },
	[STATUSWIRE_BYTES_IN] = { "bytes_in", STATUSWIRE_NUMBER },
	[STATUSWIRE_BYTES_OUT] = { "bytes_out", STATUSWIRE_NUMBER }
};

static const char *const kind_names[STATUSWIRE_KINDS] = {
	[STATUSWIRE_TEXT] = "text",
	[STATUSWIRE_NUMBER] = "number",
	[STATUSWIRE_BOOL] = "bool",
	[STATUSWIRE_TIME] = "time"
};

/* How many values a message of that type has; -1 for no type. */
static int
values_of(unsigned int type)
{
	switch (type) {
	case STATUSWIRE_ASK_STATUS:
	case STATUSWIRE_ASK_CONNECTIONS:
	case STATUSWIRE_END:
		return 0;
	case STATUSWIRE_FIELD:
		return STATUSWIRE_FIELD_VALUES;
	case STATUSWIRE_ROW:
		return STATUSWIRE_COLUMNS;
	default:
		return -1;
	}
}

static void
write_u16(unsigned char *out, size_t value)
{
	out[0] = (unsigned char)(value >> 8);
	out[1] = (unsigned char)value;
}

static size_t
read_u16(const unsigned char *bytes)
{
	return (size_t)bytes[0] << 8 | bytes[1];
}

static bool
has_nul(const void *bytes, size_t len)
{
	return len > 0 && memchr(bytes, '\0', len) != NULL;
}

size_t
statuswire_encode(const struct statuswire_message *message,
    unsigned char *out, size_t size)
{
	const struct statuswire_value *value;
	size_t at = HEADER_LEN, i;

	if (values_of(message->type) != message->count || size < HEADER_LEN)
		return 0;
	out[0] = STATUSWIRE_VERSION;
	out[1] = message->type;
	write_u16(out + 2, message->count);
	for (i = 0; i < message->count; i++) {
		value = &message->value[i];
		if (size - at < 2)
			return 0;
		write_u16(out + at, value->bytes == NULL ? LEN_NULL :
		    value->len);
		at += 2;
		if (value->bytes == NULL)
			continue;
		if (value->len > size - at || value->len >= LEN_NULL ||
		    has_nul(value->bytes, value->len))
			return 0;
		memcpy(out + at, value->bytes, value->len);
		at += value->len;
	}
	return at;
}

int
statuswire_decode(const unsigned char *bytes, size_t len,
    struct statuswire_message *out)
{
	struct statuswire_message message = { 0 };
	struct statuswire_value *value;
	size_t at = HEADER_LEN, i;

	if (len < HEADER_LEN || bytes[0] != STATUSWIRE_VERSION ||
	    values_of(bytes[1]) != (int)read_u16(bytes + 2))
		return -1;
	message.type = bytes[1];
	message.count = (uint16_t)read_u16(bytes + 2);
	for (i = 0; i < message.count; i++) {
		if (len - at < 2)
			return -1;
		value = &message.value[i];
		value->len = read_u16(bytes + at);
		at += 2;
		if (value->len == LEN_NULL) {
			value->len = 0;
			continue;
		}
		if (value->len > len - at || has_nul(bytes + at, value->len))
			return -1;
		value->bytes = (const char *)bytes + at;
		at += value->len;
	}
	if (at != len)
		return -1;
	*out = message;
	return 0;
}

const char *
statuswire_column_name(enum statuswire_column column)
{
	return columns[column].name;
}

enum statuswire_kind
statuswire_column_kind(enum statuswire_column column)
{
	return columns[column].kind;
}

const char *
statuswire_kind_name(enum statuswire_kind kind)
{
	return kind_names[kind];
}

enum statuswire_kind
statuswire_kind_of(const struct statuswire_value *word)
{
	size_t i;

	for (i = 0; i < STATUSWIRE_KINDS; i++)
		if (word->bytes != NULL &&
		    word->len == strlen(kind_names[i]) &&
		    memcmp(word->bytes, kind_names[i], word->len) == 0)
			return (enum statuswire_kind)i;
	return STATUSWIRE_TEXT;
}
