/* SPDX-License-Identifier: ISC */
/*
 * keywire: the messages of keyd and its clients (postern-keyd-protocol(7)).
 * Pure: bytes in, struct out; no sockets, no allocation, no logging.
 * Runs in: keyd-signer, listener-worker, any program that loads the provider.
 */
#include "common/wire/keywire.h"

#include <stdbool.h>
#include <string.h>

/* Where encoding has come to. Too small an out is remembered in failed, so
 * that a body's encoder is a plain list of its fields. */
struct writer {
	unsigned char *at;
	size_t left;
	bool failed;
};

/* Where decoding has come to; the same rule. */
struct reader {
	const unsigned char *at;
	size_t left;
	bool failed;
};

/* One type of message: its name, and how its body is written and read. NULL:
 * the message has no body. */
struct shape {
	const char *name;
	void (*encode)(struct writer *, const struct keywire_message *);
	void (*decode)(struct reader *, struct keywire_message *);
};

static void
put_bytes(struct writer *w, const unsigned char *bytes, size_t len)
{
	if (w->failed || len > w->left) {
		w->failed = true;
		return;
	}
	memcpy(w->at, bytes, len);
	w->at += len;
	w->left -= len;
}

static void
put_number(struct writer *w, uint64_t number, size_t len)
{
	unsigned char bytes[8];
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = (unsigned char)(number >> (8 * (len - 1 - i)));
	put_bytes(w, bytes, len);
}

/* A length outside its bounds ends the encoding: it is the caller's mistake,
 * and must not read behind the field. */
static void
put_len(struct writer *w, size_t value, size_t min, size_t max, size_t width)
{
	if (value < min || value > max)
		w->failed = true;
	put_number(w, value, width);
}

static void
get_bytes(struct reader *r, unsigned char *out, size_t len)
{
	if (r->failed || len > r->left) {
		r->failed = true;
		return;
	}
	memcpy(out, r->at, len);
	r->at += len;
	r->left -= len;
}

static uint64_t
get_number(struct reader *r, size_t len)
{
	unsigned char bytes[8];
	uint64_t number = 0;
	size_t i;

	get_bytes(r, bytes, len);
	for (i = 0; i < len && !r->failed; i++)
		number = number << 8 | bytes[i];
	return number;
}

/* Returns a value within its bounds in every case; outside them (then 0) the
 * message is of another shape. */
static size_t
get_len(struct reader *r, size_t width, size_t min, size_t max)
{
	size_t value = (size_t)get_number(r, width);

	if (!r->failed && value >= min && value <= max)
		return value;
	r->failed = true;
	return 0;
}

static void
encode_keys(struct writer *w, const struct keywire_message *message)
{
	const struct keywire_keys *keys = &message->body.keys;
	size_t i;

	put_len(w, keys->count, 0, KEYWIRE_KEYS_MAX, 1);
	for (i = 0; i < keys->count && !w->failed; i++) {
		put_bytes(w, keys->key[i].id, KEYWIRE_KEY_ID_LEN);
		put_len(w, keys->key[i].spki_len, 1, KEYWIRE_SPKI_MAX, 2);
		put_bytes(w, keys->key[i].spki, keys->key[i].spki_len);
	}
}

static void
decode_keys(struct reader *r, struct keywire_message *out)
{
	struct keywire_keys *keys = &out->body.keys;
	size_t i;

	keys->count = (uint8_t)get_len(r, 1, 0, KEYWIRE_KEYS_MAX);
	for (i = 0; i < keys->count && !r->failed; i++) {
		get_bytes(r, keys->key[i].id, KEYWIRE_KEY_ID_LEN);
		keys->key[i].spki_len =
		    (uint16_t)get_len(r, 2, 1, KEYWIRE_SPKI_MAX);
		get_bytes(r, keys->key[i].spki, keys->key[i].spki_len);
	}
}

static void
encode_tls13(struct writer *w, const struct keywire_message *message)
{
	const struct keywire_sign_tls13 *sign = &message->body.tls13;

	put_bytes(w, sign->key_id, sizeof(sign->key_id));
	put_number(w, sign->scheme, 2);
	put_len(w, sign->hash_len, 0, KEYWIRE_HASH_MAX, 1);
	put_bytes(w, sign->hash, sign->hash_len);
}

static void
decode_tls13(struct reader *r, struct keywire_message *out)
{
	struct keywire_sign_tls13 *sign = &out->body.tls13;

	get_bytes(r, sign->key_id, sizeof(sign->key_id));
	sign->scheme = (uint16_t)get_number(r, 2);
	sign->hash_len = (uint8_t)get_len(r, 1, 0, KEYWIRE_HASH_MAX);
	get_bytes(r, sign->hash, sign->hash_len);
}

static void
encode_tls12(struct writer *w, const struct keywire_message *message)
{
	const struct keywire_sign_tls12 *sign = &message->body.tls12;

	put_bytes(w, sign->key_id, sizeof(sign->key_id));
	put_number(w, sign->scheme, 2);
	put_bytes(w, sign->client_random, sizeof(sign->client_random));
	put_bytes(w, sign->server_random, sizeof(sign->server_random));
	put_number(w, sign->curve, 2);
	put_len(w, sign->point_len, 0, KEYWIRE_POINT_MAX, 1);
	put_bytes(w, sign->point, sign->point_len);
}

static void
decode_tls12(struct reader *r, struct keywire_message *out)
{
	struct keywire_sign_tls12 *sign = &out->body.tls12;

	get_bytes(r, sign->key_id, sizeof(sign->key_id));
	sign->scheme = (uint16_t)get_number(r, 2);
	get_bytes(r, sign->client_random, sizeof(sign->client_random));
	get_bytes(r, sign->server_random, sizeof(sign->server_random));
	sign->curve = (uint16_t)get_number(r, 2);
	sign->point_len = (uint8_t)get_len(r, 1, 0, KEYWIRE_POINT_MAX);
	get_bytes(r, sign->point, sign->point_len);
}

static void
encode_signed(struct writer *w, const struct keywire_message *message)
{
	const struct keywire_signed *sig = &message->body.sig;

	put_len(w, sig->len, 1, KEYWIRE_SIGNATURE_MAX, 2);
	put_bytes(w, sig->signature, sig->len);
}

static void
decode_signed(struct reader *r, struct keywire_message *out)
{
	struct keywire_signed *sig = &out->body.sig;

	sig->len = (uint16_t)get_len(r, 2, 1, KEYWIRE_SIGNATURE_MAX);
	get_bytes(r, sig->signature, sig->len);
}

static void
encode_refused(struct writer *w, const struct keywire_message *message)
{
	put_len(w, message->body.reason, 1, KEYWIRE_REASONS - 1, 1);
}

static void
decode_refused(struct reader *r, struct keywire_message *out)
{
	out->body.reason = (uint8_t)get_len(r, 1, 1, KEYWIRE_REASONS - 1);
}

static const struct shape shapes[KEYWIRE_TYPES] = {
	[KEYWIRE_HELLO] = { "HELLO", NULL, NULL },
	[KEYWIRE_KEYS] = { "KEYS", encode_keys, decode_keys },
	[KEYWIRE_SIGN_TLS13] = { "SIGN_TLS13", encode_tls13, decode_tls13 },
	[KEYWIRE_SIGN_TLS12] = { "SIGN_TLS12", encode_tls12, decode_tls12 },
	[KEYWIRE_SIGNED] = { "SIGNED", encode_signed, decode_signed },
	[KEYWIRE_REFUSED] = { "REFUSED", encode_refused, decode_refused }
};

/* NULL for a type that the protocol does not have. */
static const struct shape *
shape_of(unsigned int type)
{
	if (type >= KEYWIRE_TYPES || shapes[type].name == NULL)
		return NULL;
	return &shapes[type];
}

size_t
keywire_encode(const struct keywire_message *message, unsigned char *out,
    size_t size)
{
	const struct shape *shape = shape_of(message->type);
	struct writer w = { out, size, false };

	if (shape == NULL)
		return 0;
	put_number(&w, KEYWIRE_VERSION, 1);
	put_number(&w, message->type, 1);
	put_number(&w, 0, 2);
	put_number(&w, message->id, 8);
	if (shape->encode != NULL)
		shape->encode(&w, message);
	return w.failed ? 0 : size - w.left;
}

int
keywire_decode(const unsigned char *bytes, size_t len,
    struct keywire_message *out)
{
	struct reader r = { bytes, len, false };
	const struct shape *shape;
	uint64_t version, zero;

	out->id = 0;
	version = get_number(&r, 1);
	out->type = (uint8_t)get_number(&r, 1);
	zero = get_number(&r, 2);
	out->id = get_number(&r, 8);
	shape = shape_of(out->type);
	if (r.failed || version != KEYWIRE_VERSION || zero != 0 ||
	    shape == NULL)
		return -1;
	if (shape->decode != NULL)
		shape->decode(&r, out);
	return r.failed || r.left != 0 ? -1 : 0;
}

const char *
keywire_type_name(unsigned int type)
{
	const struct shape *shape = shape_of(type);

	return shape == NULL ? "unknown type" : shape->name;
}

const char *
keywire_reason_name(unsigned int reason)
{
	static const char *const names[KEYWIRE_REASONS] = {
		[KEYWIRE_BAD_MESSAGE] = "bad message",
		[KEYWIRE_NO_HELLO] = "no HELLO",
		[KEYWIRE_PEER_CHANGED] = "peer changed",
		[KEYWIRE_UNKNOWN_KEY] = "unknown key",
		[KEYWIRE_BAD_SCHEME] = "bad scheme",
		[KEYWIRE_BAD_HASH_LENGTH] = "bad hash length",
		[KEYWIRE_BAD_CURVE] = "bad curve",
		[KEYWIRE_NO_SENTINEL] = "no downgrade sentinel",
		[KEYWIRE_RATE_LIMIT] = "rate limit",
		[KEYWIRE_INTERNAL] = "internal"
	};

	if (reason >= KEYWIRE_REASONS || names[reason] == NULL)
		return "unknown reason";
	return names[reason];
}
