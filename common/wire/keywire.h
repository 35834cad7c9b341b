/* SPDX-License-Identifier: ISC */
/*
 * keywire: the messages of keyd and its clients (postern-keyd-protocol(7)).
 * Pure: bytes in, struct out; no sockets, no allocation, no logging.
 * Runs in: keyd-signer, listener-worker, any program that loads the provider.
 */
#ifndef COMMON_WIRE_KEYWIRE_H
#define COMMON_WIRE_KEYWIRE_H

#include <stddef.h>
#include <stdint.h>

/*
 * One datagram (SOCK_SEQPACKET) is one message, in network byte order:
 *   version 1 byte, type 1 byte, zero 2 bytes, request id 8 bytes, body.
 * No message carries a digest, bytes to be signed, or a key: the fields are
 * those of a TLS server handshake, and the signer builds what it signs.
 */
#define KEYWIRE_VERSION 1
#define KEYWIRE_HEADER_LEN 12
#define KEYWIRE_KEY_ID_LEN 32	/* SHA-256 of the SubjectPublicKeyInfo */
#define KEYWIRE_SPKI_MAX 1200	/* bytes; RSA-8192 needs 1056 */
#define KEYWIRE_KEYS_MAX 4
#define KEYWIRE_HASH_MAX 48	/* SHA-384, the longest transcript hash */
#define KEYWIRE_RANDOM_LEN 32
#define KEYWIRE_POINT_MAX 133	/* secp521r1, uncompressed */
#define KEYWIRE_SIGNATURE_MAX 1024	/* RSA-8192 */
#define KEYWIRE_MESSAGE_MAX \
	(KEYWIRE_HEADER_LEN + 1 + KEYWIRE_KEYS_MAX * \
	(KEYWIRE_KEY_ID_LEN + 2 + KEYWIRE_SPKI_MAX))

enum keywire_type {
	KEYWIRE_HELLO = 1,	/* client: which keys are served? no body */
	KEYWIRE_KEYS,		/* keyd: count 1, then id 32, len 2, SPKI */
	KEYWIRE_SIGN_TLS13,	/* client: id 32, scheme 2, len 1, hash */
	KEYWIRE_SIGN_TLS12,	/* id, scheme, randoms 32 + 32, curve 2, len 1,
				   point */
	KEYWIRE_SIGNED,		/* keyd: len 2, signature */
	KEYWIRE_REFUSED,	/* keyd: reason 1 */
	KEYWIRE_TYPES
};

enum keywire_reason {
	KEYWIRE_BAD_MESSAGE = 1,	/* its shape; then closed */
	KEYWIRE_NO_HELLO,		/* HELLO is first; then closed */
	KEYWIRE_PEER_CHANGED,		/* another sender's pid; then closed */
	KEYWIRE_UNKNOWN_KEY,
	KEYWIRE_BAD_SCHEME,		/* not the key's or TLS version's */
	KEYWIRE_BAD_HASH_LENGTH,	/* TLS 1.3: neither 32 nor 48 */
	KEYWIRE_BAD_CURVE,		/* TLS 1.2: curve or point length */
	KEYWIRE_NO_SENTINEL,		/* TLS 1.2 where 1.3 is served: no
					   downgrade mark in the random */
	KEYWIRE_RATE_LIMIT,
	KEYWIRE_INTERNAL,		/* the signature itself failed */
	KEYWIRE_REASONS
};

struct keywire_key {
	unsigned char id[KEYWIRE_KEY_ID_LEN];
	uint16_t spki_len;		/* 1 .. KEYWIRE_SPKI_MAX */
	unsigned char spki[KEYWIRE_SPKI_MAX];
};

struct keywire_keys {
	uint8_t count;			/* 0 .. KEYWIRE_KEYS_MAX */
	struct keywire_key key[KEYWIRE_KEYS_MAX];
};

/* RFC 8446 4.4.3. */
struct keywire_sign_tls13 {
	unsigned char key_id[KEYWIRE_KEY_ID_LEN];
	uint16_t scheme;		/* any 16 bits: policy judges them */
	uint8_t hash_len;		/* 0 .. KEYWIRE_HASH_MAX */
	unsigned char hash[KEYWIRE_HASH_MAX];
};

/* RFC 5246 7.4.3 with the ServerECDHParams of RFC 8422 5.4. */
struct keywire_sign_tls12 {
	unsigned char key_id[KEYWIRE_KEY_ID_LEN];
	uint16_t scheme;
	unsigned char client_random[KEYWIRE_RANDOM_LEN];
	unsigned char server_random[KEYWIRE_RANDOM_LEN];
	uint16_t curve;			/* NamedCurve, any 16 bits */
	uint8_t point_len;		/* 0 .. KEYWIRE_POINT_MAX */
	unsigned char point[KEYWIRE_POINT_MAX];
};

struct keywire_signed {
	uint16_t len;			/* 1 .. KEYWIRE_SIGNATURE_MAX */
	unsigned char signature[KEYWIRE_SIGNATURE_MAX];
};

struct keywire_message {
	uint8_t type;			/* enum keywire_type */
	uint64_t id;			/* the client's; replies repeat it */
	union {
		struct keywire_keys keys;
		struct keywire_sign_tls13 tls13;
		struct keywire_sign_tls12 tls12;
		struct keywire_signed sig;
		uint8_t reason;		/* enum keywire_reason */
	} body;
};

/* Writes the message to out (size bytes; KEYWIRE_MESSAGE_MAX always suffices).
 * Returns the length, or 0: a field is out of its bounds, or size too small. */
size_t keywire_encode(const struct keywire_message *message,
    unsigned char *out, size_t size);

/* Reads one datagram; its length must fit its fields exactly. Returns 0, or -1
 * for any other version, type, length or reason, out then undefined save for
 * out->id, which is the header's where there was a header, else 0. */
int keywire_decode(const unsigned char *bytes, size_t len,
    struct keywire_message *out);

/* For logs: "SIGN_TLS13", "unknown key"; never NULL. */
const char *keywire_type_name(unsigned int type);
const char *keywire_reason_name(unsigned int reason);

#endif
