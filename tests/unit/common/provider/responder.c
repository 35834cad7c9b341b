/* SPDX-License-Identifier: ISC */
/*
 * responder: keyd's side of a socketpair, with a real key; by hand, message by
 * message, or as a thread that answers everything.
 * Runs in: unit tests.
 */
#include "tests/unit/common/provider/responder.h"

#include <sys/socket.h>

#include <openssl/rsa.h>

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/wire/tls_scheme.h"

static const char tls13_context[] = "TLS 1.3, server CertificateVerify";

void
responder_socketpair(int out[2])
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    out), 0);
}

void
responder_take(int fd, struct keywire_message *out)
{
	unsigned char bytes[KEYWIRE_MESSAGE_MAX];
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	ck_assert_msg(n > 0, "no message from the link");
	ck_assert_int_eq(keywire_decode(bytes, (size_t)n, out), 0);
}

int
responder_is_idle(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == -1 &&
	    errno == EAGAIN;
}

void
responder_send(int fd, const struct keywire_message *message)
{
	unsigned char bytes[KEYWIRE_MESSAGE_MAX];
	size_t len = keywire_encode(message, bytes, sizeof(bytes));

	ck_assert_uint_gt(len, 0);
	ck_assert_int_eq(send(fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

void
responder_refuse(int fd, uint64_t id, enum keywire_reason reason)
{
	struct keywire_message message = { .type = KEYWIRE_REFUSED, .id = id };

	message.body.reason = (uint8_t)reason;
	responder_send(fd, &message);
}

static void
send_keys(int fd, uint64_t id, const struct keypair *keypair)
{
	struct keywire_message message = { .type = KEYWIRE_KEYS, .id = id };

	message.body.keys.count = 1;
	message.body.keys.key[0] = keypair->wire;
	responder_send(fd, &message);
}

void
responder_greet(int fd, const struct keypair *keypair)
{
	struct keywire_message message;

	responder_take(fd, &message);
	ck_assert_uint_eq(message.type, KEYWIRE_HELLO);
	send_keys(fd, message.id, keypair);
}

/* As keyd: the bytes are built here, from the fields. */
static size_t
build_tbs(const struct keywire_message *request, unsigned char out[512])
{
	const struct keywire_sign_tls13 *tls13 = &request->body.tls13;
	const struct keywire_sign_tls12 *tls12 = &request->body.tls12;

	if (request->type == KEYWIRE_SIGN_TLS13) {
		memset(out, ' ', 64);
		memcpy(out + 64, tls13_context, sizeof(tls13_context));
		memcpy(out + 64 + sizeof(tls13_context), tls13->hash,
		    tls13->hash_len);
		return 64 + sizeof(tls13_context) + tls13->hash_len;
	}
	memcpy(out, tls12->client_random, 32);
	memcpy(out + 32, tls12->server_random, 32);
	out[64] = 3;
	out[65] = (unsigned char)(tls12->curve >> 8);
	out[66] = (unsigned char)tls12->curve;
	out[67] = tls12->point_len;
	memcpy(out + 68, tls12->point, tls12->point_len);
	return 68 + (size_t)tls12->point_len;
}

void
responder_sign(int fd, const struct keypair *keypair,
    const struct keywire_message *request)
{
	struct keywire_message reply = { .type = KEYWIRE_SIGNED };
	unsigned int scheme = request->type == KEYWIRE_SIGN_TLS13 ?
	    request->body.tls13.scheme : request->body.tls12.scheme;
	const struct tls_scheme_row *row = tls_scheme_find(scheme);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_context;
	unsigned char tbs[512];
	size_t len = KEYWIRE_SIGNATURE_MAX;

	ck_assert_ptr_nonnull(row);
	ck_assert_int_eq(EVP_DigestSignInit_ex(context, &key_context,
	    row->hash, NULL, NULL, keypair->private, NULL), 1);
	if (row->is_pss) {
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(key_context,
		    RSA_PKCS1_PSS_PADDING), 1);
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context,
		    RSA_PSS_SALTLEN_DIGEST), 1);
	}
	ck_assert_int_eq(EVP_DigestSign(context, reply.body.sig.signature,
	    &len, tbs, build_tbs(request, tbs)), 1);
	EVP_MD_CTX_free(context);
	reply.id = request->id;
	reply.body.sig.len = (uint16_t)len;
	responder_send(fd, &reply);
}

static void *
answer_all(void *arg)
{
	const struct responder *responder = arg;
	struct keywire_message message;
	unsigned char bytes[KEYWIRE_MESSAGE_MAX];
	ssize_t n;

	while ((n = recv(responder->fd, bytes, sizeof(bytes), 0)) > 0) {
		if (keywire_decode(bytes, (size_t)n, &message) != 0)
			abort();
		if (message.type == KEYWIRE_HELLO)
			send_keys(responder->fd, message.id,
			    responder->keypair);
		else
			responder_sign(responder->fd, responder->keypair,
			    &message);
	}
	return NULL;
}

void
responder_start(struct responder *responder, int fd,
    const struct keypair *keypair)
{
	responder->fd = fd;
	responder->keypair = keypair;
	ck_assert_int_eq(pthread_create(&responder->thread, NULL, answer_all,
	    responder), 0);
}

void
responder_stop(struct responder *responder)
{
	ck_assert_int_eq(pthread_join(responder->thread, NULL), 0);
	(void)close(responder->fd);
}
