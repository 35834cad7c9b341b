/* SPDX-License-Identifier: ISC */
/*
 * client: the listener's side of the key socket, for tests.
 * Runs in: make check.
 */
#include "tests/unit/keyd/signer/client.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/keyd/signer/keys.h"

/* Others may connect: whether they are served is the signer's to say. */
int
client_listen(struct sockaddr_un *addr)
{
	char directory[] = "/tmp/postern-test-XXXXXX";
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(chmod(directory, 0711), 0);
	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	snprintf(addr->sun_path, sizeof(addr->sun_path), "%s/key", directory);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)addr,
	    sizeof(*addr)), 0);
	ck_assert_int_eq(chmod(addr->sun_path, 0666), 0);
	ck_assert_int_eq(listen(fd, 128), 0);
	return fd;
}

void
client_unlink(const struct sockaddr_un *addr)
{
	char directory[sizeof(addr->sun_path)];

	unlink(addr->sun_path);
	snprintf(directory, sizeof(directory), "%s", addr->sun_path);
	*strrchr(directory, '/') = '\0';
	rmdir(directory);
}

int
client_connect(const struct sockaddr_un *addr)
{
	const struct timeval timeout = { .tv_sec = 10 };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)addr,
	    sizeof(*addr)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	return fd;
}

int
client_send(int fd, const struct keywire_message *message)
{
	unsigned char bytes[KEYWIRE_MESSAGE_MAX];
	size_t len = keywire_encode(message, bytes, sizeof(bytes));

	ck_assert_uint_gt(len, 0);
	return send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -1;
}

int
client_receive(int fd, struct keywire_message *out)
{
	unsigned char bytes[KEYWIRE_MESSAGE_MAX];
	ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

	if (n <= 0)
		return -1;
	ck_assert_int_eq(keywire_decode(bytes, (size_t)n, out), 0);
	return 0;
}

void
client_ask(int fd, const struct keywire_message *message,
    struct keywire_message *out)
{
	ck_assert_int_eq(client_send(fd, message), 0);
	ck_assert_int_eq(client_receive(fd, out), 0);
	ck_assert_uint_eq(out->id, message->id);
}

void
client_hello(int fd)
{
	struct keywire_message hello = { .type = KEYWIRE_HELLO, .id = 77 };
	struct keywire_message reply;

	client_ask(fd, &hello, &reply);
	ck_assert_uint_eq(reply.type, KEYWIRE_KEYS);
}

void
client_make_tls13(const struct key *key, unsigned int scheme,
    struct keywire_message *out)
{
	memset(out, 0, sizeof(*out));
	out->type = KEYWIRE_SIGN_TLS13;
	out->id = scheme;
	memcpy(out->body.tls13.key_id, key->handoff.identity.id,
	    KEYWIRE_KEY_ID_LEN);
	out->body.tls13.scheme = (uint16_t)scheme;
	out->body.tls13.hash_len = 48;
	memset(out->body.tls13.hash, 0xab, 48);
}

void
client_make_tls12(const struct key *key, unsigned int scheme,
    struct keywire_message *out)
{
	struct keywire_sign_tls12 *sign = &out->body.tls12;

	memset(out, 0, sizeof(*out));
	out->type = KEYWIRE_SIGN_TLS12;
	out->id = scheme;
	memcpy(sign->key_id, key->handoff.identity.id, KEYWIRE_KEY_ID_LEN);
	sign->scheme = (uint16_t)scheme;
	memset(sign->client_random, 0xc1, sizeof(sign->client_random));
	memset(sign->server_random, 0x5e, sizeof(sign->server_random));
	sign->curve = 23;
	sign->point_len = 65;
	memset(sign->point, 0xaa, 65);
	sign->point[0] = 4;
}

bool
client_verifies(const struct key *key, const struct keywire_message *request,
    const struct keywire_message *reply)
{
	unsigned char bytes[256];
	unsigned int scheme;
	size_t len;

	if (reply->type != KEYWIRE_SIGNED)
		return false;
	if (request->type == KEYWIRE_SIGN_TLS13) {
		len = key_bytes_tls13(&request->body.tls13, bytes);
		scheme = request->body.tls13.scheme;
	} else {
		len = key_bytes_tls12(&request->body.tls12, bytes);
		scheme = request->body.tls12.scheme;
	}
	return key_verifies(key, scheme, bytes, len, &reply->body.sig);
}
