/* SPDX-License-Identifier: ISC */
/*
 * dialwire: what a worker and the dialer say to each other: "connect me there",
 * and "here it is" (the descriptor travels beside it as SCM_RIGHTS).
 * Pure: bytes in, struct out; no sockets, no allocation, no logging.
 * Runs in: listener-worker, listener-dialer.
 */
#include "common/wire/dialwire.h"

#include <stdbool.h>
#include <string.h>

#define OFFSET_TYPE 1
#define OFFSET_ROUTE 2
#define OFFSET_ZERO 3
#define OFFSET_ID 4
#define OFFSET_ERROR DIALWIRE_REQUEST_LEN
#define OFFSET_ADDRESS_LEN (OFFSET_ERROR + 4)
#define OFFSET_ADDRESS (OFFSET_ADDRESS_LEN + 1)

static void
write_uint(unsigned char *out, uint64_t value, size_t len)
{
	while (len-- > 0) {
		out[len] = (unsigned char)value;
		value >>= 8;
	}
}

static uint64_t
read_uint(const unsigned char *bytes, size_t len)
{
	uint64_t value;
	size_t i;

	value = 0;
	for (i = 0; i < len; i++)
		value = value << 8 | bytes[i];
	return (value);
}

static bool
is_known(unsigned int type, unsigned int route)
{
	return (type >= DIALWIRE_DIAL && type < DIALWIRE_TYPES &&
	    route >= DIALWIRE_BACKEND && route < DIALWIRE_ROUTES);
}

/* An address goes into the log and to clients: no NUL, no control byte. */
static bool
is_text(const unsigned char *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (bytes[i] < 0x20 || bytes[i] == 0x7f)
			return (false);
	return (true);
}

static size_t
encode_reply(const struct dialwire_message *message, unsigned char *out,
    size_t size)
{
	size_t len;

	len = strnlen(message->address, sizeof(message->address));
	if (len > DIALWIRE_ADDRESS_MAX || size < OFFSET_ADDRESS + len ||
	    message->error > DIALWIRE_ERROR_MAX ||
	    !is_text((const unsigned char *)message->address, len))
		return (0);
	write_uint(out + OFFSET_ERROR, message->error, 4);
	out[OFFSET_ADDRESS_LEN] = (unsigned char)len;
	memcpy(out + OFFSET_ADDRESS, message->address, len);
	return (OFFSET_ADDRESS + len);
}

static int
decode_reply(const unsigned char *bytes, size_t len,
    struct dialwire_message *out)
{
	size_t address_len;

	if (len < OFFSET_ADDRESS)
		return (-1);
	out->error = (uint32_t)read_uint(bytes + OFFSET_ERROR, 4);
	address_len = bytes[OFFSET_ADDRESS_LEN];
	if (out->error > DIALWIRE_ERROR_MAX ||
	    address_len > DIALWIRE_ADDRESS_MAX ||
	    len != OFFSET_ADDRESS + address_len ||
	    !is_text(bytes + OFFSET_ADDRESS, address_len))
		return (-1);
	memcpy(out->address, bytes + OFFSET_ADDRESS, address_len);
	return (0);
}

size_t
dialwire_encode(const struct dialwire_message *message, unsigned char *out,
    size_t size)
{
	size_t len;

	if (!is_known(message->type, message->route) ||
	    size < DIALWIRE_REQUEST_LEN)
		return (0);
	len = DIALWIRE_REQUEST_LEN;
	if (message->type == DIALWIRE_REPLY) {
		len = encode_reply(message, out, size);
		if (len == 0)
			return (0);
	}
	out[0] = DIALWIRE_VERSION;
	out[OFFSET_TYPE] = message->type;
	out[OFFSET_ROUTE] = message->route;
	out[OFFSET_ZERO] = 0;
	write_uint(out + OFFSET_ID, message->id, 8);
	return (len);
}

int
dialwire_decode(const unsigned char *bytes, size_t len,
    struct dialwire_message *out)
{
	struct dialwire_message m;

	memset(&m, 0, sizeof(m));
	if (len < DIALWIRE_REQUEST_LEN || bytes[0] != DIALWIRE_VERSION ||
	    !is_known(bytes[OFFSET_TYPE], bytes[OFFSET_ROUTE]) ||
	    bytes[OFFSET_ZERO] != 0)
		return (-1);
	m.type = bytes[OFFSET_TYPE];
	m.route = bytes[OFFSET_ROUTE];
	m.id = read_uint(bytes + OFFSET_ID, 8);
	if (m.type == DIALWIRE_REPLY) {
		if (decode_reply(bytes, len, &m) == -1)
			return (-1);
	} else if (len != DIALWIRE_REQUEST_LEN)
		return (-1);
	*out = m;
	return (0);
}
