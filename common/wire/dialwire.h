/* SPDX-License-Identifier: ISC */
/*
 * dialwire: what a worker and the dialer say to each other: "connect me there",
 * and "here it is" (the descriptor travels beside it as SCM_RIGHTS).
 * Pure: bytes in, struct out; no sockets, no allocation, no logging.
 * Runs in: listener-worker, listener-dialer.
 */
#ifndef COMMON_WIRE_DIALWIRE_H
#define COMMON_WIRE_DIALWIRE_H

#include <stddef.h>
#include <stdint.h>

/*
 * One datagram (SOCK_SEQPACKET) is one message, in network byte order:
 *   version 1 byte, type 1 byte, route 1 byte, zero 1 byte, request id 8 bytes;
 *   a reply adds: errno 4 bytes (0: connected), address text's length 1 byte,
 *   address text.
 * The worker keeps at most DIALWIRE_PENDING_MAX requests unanswered.
 */
#define DIALWIRE_VERSION 1
#define DIALWIRE_REQUEST_LEN 12
#define DIALWIRE_ADDRESS_MAX 127	/* bytes of text, no NUL on the wire */
#define DIALWIRE_MESSAGE_MAX (DIALWIRE_REQUEST_LEN + 5 + DIALWIRE_ADDRESS_MAX)
#define DIALWIRE_PENDING_MAX 64
#define DIALWIRE_ERROR_MAX 4095	/* the kernel's MAX_ERRNO */

enum dialwire_type {
	DIALWIRE_DIAL = 1,	/* worker: connect by that route */
	DIALWIRE_ABANDON,	/* worker: no longer wanted; no reply follows,
				   unless it was on its way */
	DIALWIRE_REPLY,		/* dialer */
	DIALWIRE_LEAVE,		/* worker: its generation takes no more
				   clients; no reply follows */
	DIALWIRE_TYPES
};

/* Where to: the names are all that a worker can say, never an address. */
enum dialwire_route {
	DIALWIRE_BACKEND = 1,	/* backend_host, backend_port */
	DIALWIRE_KEY,		/* key_socket */
	DIALWIRE_ROUTES
};

struct dialwire_message {
	uint8_t type;
	uint8_t route;
	uint64_t id;
	uint32_t error;		/* reply: errno of the last address, or 0 */
	char address[DIALWIRE_ADDRESS_MAX + 1];	/* reply: the address tried */
};

/* As keywire_encode(): the length, or 0 if a field is out of its bounds or size
 * is too small. Of a request, error and address are not looked at. */
size_t dialwire_encode(const struct dialwire_message *message,
    unsigned char *out, size_t size);

/* As keywire_decode(): 0, or -1 for any other shape. An address with a NUL or
 * a control byte is of another shape. */
int dialwire_decode(const unsigned char *bytes, size_t len,
    struct dialwire_message *out);

#endif
