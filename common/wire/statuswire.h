/* SPDX-License-Identifier: ISC */
/*
 * statuswire: what posternctl asks the exporter on the status socket, and the
 * answers.
 * Pure: bytes in, struct out; no sockets, no allocation, no logging.
 * Runs in: listener-exporter, posternctl.
 */
#ifndef COMMON_WIRE_STATUSWIRE_H
#define COMMON_WIRE_STATUSWIRE_H

#include <stddef.h>
#include <stdint.h>

/*
 * One datagram (SOCK_SEQPACKET) is one message, in network byte order: version
 * 1 byte, type 1 byte, number of values 2 bytes; then each value: its length 2
 * bytes (0xffff: SQL's NULL, and no bytes), its bytes. Texts may have any byte
 * but NUL: whoever prints them makes them safe.
 *
 * A connection is one question, then its answer's messages, then END.
 */
#define STATUSWIRE_VERSION 1
#define STATUSWIRE_MESSAGE_MAX 4096
#define STATUSWIRE_VALUES_MAX 32

enum statuswire_type {
	STATUSWIRE_ASK_STATUS = 1,	/* no values; the answer is FIELDs */
	STATUSWIRE_ASK_CONNECTIONS,	/* no values; the answer is ROWs */
	STATUSWIRE_FIELD,	/* STATUSWIRE_FIELD_VALUES, in that order */
	STATUSWIRE_ROW,		/* one value for each column */
	STATUSWIRE_END,		/* no values: the answer is whole */
	STATUSWIRE_TYPES
};

/* A FIELD: "item" tells several things of one group apart ("" if there is but
 * one), its kind says what the value is. */
enum statuswire_field {
	STATUSWIRE_FIELD_GROUP,		/* "worker" */
	STATUSWIRE_FIELD_ITEM,		/* "0" */
	STATUSWIRE_FIELD_NAME,		/* "pid" */
	STATUSWIRE_FIELD_KIND,		/* "text", statuswire_kind_name() */
	STATUSWIRE_FIELD_VALUE,
	STATUSWIRE_FIELD_VALUES
};

enum statuswire_kind {
	STATUSWIRE_TEXT,
	STATUSWIRE_NUMBER,	/* decimal digits, perhaps a sign */
	STATUSWIRE_BOOL,	/* "t" or "f" */
	STATUSWIRE_TIME,	/* microseconds since 1970, in decimal */
	STATUSWIRE_KINDS
};

/* The columns of "connections", in the order of a ROW's values. */
enum statuswire_column {
	STATUSWIRE_PID,
	STATUSWIRE_CLIENT_ADDR,
	STATUSWIRE_CLIENT_PORT,
	STATUSWIRE_USENAME,
	STATUSWIRE_DATNAME,
	STATUSWIRE_APPLICATION_NAME,
	STATUSWIRE_SSL,
	STATUSWIRE_VERSION_NAME,
	STATUSWIRE_CIPHER,
	STATUSWIRE_BITS,
	STATUSWIRE_CLIENT_DN,
	STATUSWIRE_CLIENT_SERIAL,
	STATUSWIRE_ISSUER_DN,
	STATUSWIRE_STATE,
	STATUSWIRE_SINCE,
	STATUSWIRE_BYTES_IN,
	STATUSWIRE_BYTES_OUT,
	STATUSWIRE_COLUMNS
};

struct statuswire_value {
	const char *bytes;	/* NULL: SQL's NULL; no NUL at its end */
	size_t len;
};

struct statuswire_message {
	uint8_t type;		/* enum statuswire_type */
	uint16_t count;		/* values */
	struct statuswire_value value[STATUSWIRE_VALUES_MAX];
};

/* Writes a message of size bytes at most: the length, or 0 if it is of no
 * known shape or size is too small. */
size_t statuswire_encode(const struct statuswire_message *message,
    unsigned char *out, size_t size);

/* Reads one: 0, with values that point into bytes, or -1 for any other shape
 * (a wrong number of values, a NUL within one, bytes left over). */
int statuswire_decode(const unsigned char *bytes, size_t len,
    struct statuswire_message *out);

/* A column's name, as in PostgreSQL's views; what its values are. */
const char *statuswire_column_name(enum statuswire_column column);
enum statuswire_kind statuswire_column_kind(enum statuswire_column column);

/* "text", "number", "bool", "time"; and back, TEXT for any other word. */
const char *statuswire_kind_name(enum statuswire_kind kind);
enum statuswire_kind statuswire_kind_of(const struct statuswire_value *word);

#endif
