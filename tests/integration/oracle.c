/* SPDX-License-Identifier: ISC */
/*
 * oracle: asks the key daemon for signatures, as the listener does, but of what
 * somebody inside it would want, and judges by rules of its own, and with the
 * public key, what was signed.
 *
 *   oracle SOCKET CERTIFICATE COUNT SEED DIALER USER
 *
 * Prints a line for each kind of request: name, sent, signed, refused; then one
 * for each reason: "reason" N times. Exits with 1 at the first signature over
 * anything but a server's handshake, which it prints.
 * Runs in: tests/run.
 */
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <grp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HELLO = 1, KEYS, SIGN_TLS13, SIGN_TLS12, SIGNED, REFUSED };
enum { BAD_MESSAGE = 1, NO_HELLO, PEER_CHANGED, REASONS = 11 };
#define HEADER 12
#define BODY_13 (32 + 2 + 1)
#define BODY_12 (32 + 2 + 64 + 2 + 1)

struct bytes {
	size_t len;
	unsigned char at[2048];
};

static struct sockaddr_un address = { .sun_family = AF_UNIX };
static X509 *certificate;
static EVP_PKEY *public_key;
static unsigned char key_id[32];
static bool is_rsa;
static int link_fd = -1;
static uint64_t state;
static struct bytes payload;	/* what a request was made to have signed */

static void __attribute__((noreturn))
give_up(const char *what)
{
	perror(what);
	exit(2);
}

/* splitmix64 */
static uint64_t
any(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static size_t
below(size_t n)
{
	return (size_t)(any() % n);
}

static void
add(struct bytes *to, const void *from, size_t len)
{
	if (len > sizeof(to->at) - to->len)
		len = sizeof(to->at) - to->len;
	memcpy(to->at + to->len, from, len);
	to->len += len;
}

static void
add_byte(struct bytes *to, unsigned int byte)
{
	unsigned char one = (unsigned char)byte;

	add(to, &one, 1);
}

static void
add_16(struct bytes *to, unsigned int number)
{
	add_byte(to, number >> 8);
	add_byte(to, number & 0xff);
}

static void
add_any(struct bytes *to, size_t len)
{
	while (len-- > 0)
		add_byte(to, (unsigned int)any() & 0xff);
}

static void
add_text(struct bytes *to, const char *text)
{
	add(to, text, strlen(text));
}

static void
add_many(struct bytes *to, unsigned int byte, size_t len)
{
	while (len-- > 0)
		add_byte(to, byte);
}

static void
begin(struct bytes *to, unsigned int type)
{
	to->len = 0;
	add_byte(to, 1);
	add_byte(to, type);
	add_16(to, 0);
	add_any(to, 8);
}

static void
begin_sign(struct bytes *to, unsigned int type, unsigned int scheme)
{
	begin(to, type);
	add(to, key_id, sizeof(key_id));
	add_16(to, scheme);
}

/* Schemes that the key may sign with, in either version. */
static unsigned int
good_scheme(bool tls13)
{
	static const unsigned int rsa[] = { 0x0804, 0x0805, 0x0806, 0x0401,
		0x0501, 0x0601 }, ec[] = { 0x0403, 0x0503, 0x0603 };

	if (is_rsa)
		return rsa[below(tls13 ? 3 : 6)];
	return ec[below(tls13 ? 1 : 3)];
}

static const struct {
	unsigned int number;
	size_t len;
	bool is_nist;
} curves[] = { { 23, 65, true }, { 24, 97, true }, { 25, 133, true },
	{ 29, 32, false }, { 30, 56, false } };
#define CURVES (sizeof(curves) / sizeof(curves[0]))

static void
add_randoms(struct bytes *to)
{
	add_any(to, 56);
	add_text(to, "DOWNGRD\1");
}

static void
add_point(struct bytes *to)
{
	size_t i = below(CURVES);

	add_16(to, curves[i].number);
	add_byte(to, (unsigned int)curves[i].len);
	if (curves[i].is_nist)
		add_byte(to, 4);
	add_any(to, curves[i].len - (curves[i].is_nist ? 1 : 0));
}

static void
make_good_13(struct bytes *to)
{
	size_t len = below(2) == 0 ? 32 : 48;

	begin_sign(to, SIGN_TLS13, good_scheme(true));
	add_byte(to, (unsigned int)len);
	add_any(to, len);
}

static void
make_good_12(struct bytes *to)
{
	begin_sign(to, SIGN_TLS12, good_scheme(false));
	add_randoms(to);
	add_point(to);
}

static void
make_good(struct bytes *to)
{
	if (below(2) == 0)
		make_good_13(to);
	else
		make_good_12(to);
}

/* Bits turned, an end cut off, bytes put in or added. */
static void
make_mutation(struct bytes *to)
{
	size_t times = 1 + below(4);

	make_good(to);
	while (times-- > 0)
		to->at[below(to->len)] ^= (unsigned char)(1u << below(8));
	if (below(4) == 0)
		to->len = below(to->len + 1);
	else if (below(4) == 0)
		add_any(to, 1 + below(64));
}

static void
make_other_scheme(struct bytes *to)
{
	unsigned int scheme = (unsigned int)any() & 0xffff;

	make_good(to);
	/* Often one that exists: of other keys, of PKCS#1, of SHA-1, MD5. */
	if (below(2) == 0)
		scheme = (unsigned int)below(9) << 8 | (unsigned int)below(12);
	to->at[HEADER + 32] = (unsigned char)(scheme >> 8);
	to->at[HEADER + 33] = (unsigned char)scheme;
}

/* MD5 and SHA-1 one after the other; no scheme at all; DHE's parameters. */
static void
make_old_tls(struct bytes *to)
{
	static const unsigned int old[] = { 0, 0xff01, 0x0101, 0x0201, 0x0203,
		0x0202 };

	switch (below(3)) {
	case 0:
		begin_sign(to, SIGN_TLS13, good_scheme(true));
		add_byte(to, 36);
		add_any(to, 36);
		return;
	case 1:
		begin_sign(to, SIGN_TLS12, old[below(6)]);
		add_randoms(to);
		add_point(to);
		return;
	default:
		begin(to, SIGN_TLS12);
		add(to, key_id, sizeof(key_id));
		add_randoms(to);
		add_16(to, 256);
		add_any(to, 256);
		add_16(to, 1);
		add_byte(to, 2);
	}
}

/* What is in the way of a signature of other bytes: every field that bytes
 * can be brought into. */
static void
smuggle(struct bytes *to)
{
	unsigned char digest[64];
	unsigned int len = 0;

	switch (below(5)) {
	case 0:
		begin_sign(to, SIGN_TLS13, good_scheme(true));
		add_byte(to, (unsigned int)payload.len & 0xff);
		add(to, payload.at, payload.len);
		return;
	case 1:		/* the two randoms, the curve, the point */
		begin_sign(to, SIGN_TLS12, good_scheme(false));
		add(to, payload.at, payload.len);
		return;
	case 2:
		begin_sign(to, SIGN_TLS12, good_scheme(false));
		add(to, payload.at, payload.len < 56 ? payload.len : 56);
		add_any(to, HEADER + 34 + 56 - to->len);
		add_text(to, "DOWNGRD\1");
		add_point(to);
		return;
	case 3:		/* its digest where a transcript's is wanted */
		EVP_Digest(payload.at, payload.len, digest, &len,
		    below(2) == 0 ? EVP_sha256() : EVP_sha384(), NULL);
		begin_sign(to, SIGN_TLS13, good_scheme(true));
		add_byte(to, len);
		add(to, digest, len);
		return;
	default:	/* a message that should not exist */
		begin(to, (unsigned int)below(256));
		if (below(2) == 0)
			add(to, key_id, sizeof(key_id));
		add(to, payload.at, payload.len);
	}
}

/* RFC 8446 4.4.3 for other purposes. */
static void
make_other_context(struct bytes *to)
{
	static const char *const contexts[] = {
		"TLS 1.3, client CertificateVerify",
		"TLS 1.3, server CertificateVerif", "TLS 1.3, server Finished",
		"TLS 1.3, delegated credentials", "Exported Authenticator",
		"QUIC, server CertificateVerify", "" };

	payload.len = 0;
	add_many(&payload, ' ', 64);
	add_text(&payload, contexts[below(7)]);
	add_byte(&payload, 0);
	add_any(&payload, below(2) == 0 ? 32 : 48);
	smuggle(to);
}

/* TBSCertificate of this very name, with another serial number. */
static void
make_certificate(struct bytes *to)
{
	unsigned char *der = NULL;
	int len;

	ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), any());
	len = i2d_re_X509_tbs(certificate, &der);
	payload.len = 0;
	add(&payload, der, len > 0 ? (size_t)len : 0);
	OPENSSL_free(der);
	if (below(2) == 0 && payload.len > 240)
		payload.len = 240;
	smuggle(to);
}

static void
make_ssh(struct bytes *to)
{
	payload.len = 0;
	if (below(2) == 0) {
		add_text(&payload, "SSHSIG");
		add_many(&payload, 0, 3);
		add_text(&payload, "\4file");
		add_many(&payload, 0, 7);
		add_text(&payload, "\6sha512");
		add_any(&payload, 64);
	} else {	/* userauth: session id, 50, user, service, method */
		add_many(&payload, 0, 3);
		add_byte(&payload, 32);
		add_any(&payload, 32);
		add_byte(&payload, 50);
		add_many(&payload, 0, 3);
		add_text(&payload, "\4root");
		add_many(&payload, 0, 3);
		add_text(&payload, "\016ssh-connection");
	}
	smuggle(to);
}

static void
make_jwt(struct bytes *to)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh"
	    "ijklmnopqrstuvwxyz0123456789-_";
	size_t len = 8 + below(120);

	payload.len = 0;
	add_text(&payload, "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJ");
	while (len-- > 0)
		add_byte(&payload, (unsigned char)letters[below(64)]);
	smuggle(to);
}

static void
make_noise(struct bytes *to)
{
	to->len = 0;
	if (below(2) == 0)
		begin(to, (unsigned int)below(9));
	add_any(to, below(600));
}

static bool
has_point(const unsigned char *at, size_t len)
{
	size_t i;

	for (i = 0; i < CURVES; i++)
		if (curves[i].number == (unsigned int)(at[0] << 8 | at[1]) &&
		    at[2] == curves[i].len && len == 3 + curves[i].len &&
		    (!curves[i].is_nist || at[3] == 4))
			return true;
	return false;
}

static bool
may_use(unsigned int scheme, bool tls13)
{
	switch (scheme) {
	case 0x0403:
		return !is_rsa;
	case 0x0503:
	case 0x0603:
		return !is_rsa && !tls13;
	case 0x0804:
	case 0x0805:
	case 0x0806:
		return is_rsa;
	case 0x0401:
	case 0x0501:
	case 0x0601:
		return is_rsa && !tls13;
	default:
		return false;
	}
}

/* The bytes of a server's handshake that the request describes; false: it
 * describes none. */
static bool
reconstruct(const struct bytes *request, struct bytes *out,
    unsigned int *out_scheme)
{
	const unsigned char *body = request->at + HEADER;
	size_t len = request->len - HEADER;

	out->len = 0;
	if (request->len < HEADER + BODY_13 || request->at[0] != 1 ||
	    request->at[2] != 0 || request->at[3] != 0 ||
	    memcmp(body, key_id, sizeof(key_id)) != 0)
		return false;
	*out_scheme = (unsigned int)(body[32] << 8 | body[33]);
	if (request->at[1] == SIGN_TLS13) {
		add_many(out, ' ', 64);
		add(out, "TLS 1.3, server CertificateVerify", 34);
		add(out, body + BODY_13, len - BODY_13);
		return may_use(*out_scheme, true) &&
		    len == BODY_13 + (size_t)body[34] &&
		    (body[34] == 32 || body[34] == 48);
	}
	if (request->at[1] != SIGN_TLS12 || len < BODY_12 ||
	    !may_use(*out_scheme, false) ||
	    memcmp(body + 34 + 56, "DOWNGRD\1", 8) != 0 ||
	    !has_point(body + 34 + 64, len - 34 - 64))
		return false;
	add(out, body + 34, 64);
	add_byte(out, 3);
	add(out, body + 34 + 64, len - 34 - 64);
	return true;
}

/* Is it a signature of those bytes, made in the way of the scheme? */
static bool
verifies(unsigned int scheme, const struct bytes *signature,
    const struct bytes *signed_bytes)
{
	unsigned int hash = scheme >= 0x0800 ? scheme & 3 : (scheme >> 8) - 4;
	const EVP_MD *md = hash == 0 ? EVP_sha256() : hash == 1 ?
	    EVP_sha384() : EVP_sha512();
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *way;
	bool good;

	good = EVP_DigestVerifyInit(context, &way, md, NULL, public_key) == 1;
	if (good && scheme >= 0x0800)
		good = EVP_PKEY_CTX_set_rsa_padding(way,
		    RSA_PKCS1_PSS_PADDING) == 1 &&
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(way,
		    RSA_PSS_SALTLEN_DIGEST) == 1;
	good = good && EVP_DigestVerify(context, signature->at, signature->len,
	    signed_bytes->at, signed_bytes->len) == 1;
	EVP_MD_CTX_free(context);
	return good;
}

static void __attribute__((noreturn))
accuse(const char *what, const char *kind, const struct bytes *request)
{
	size_t i;

	printf("%s: %s: ", what, kind);
	for (i = 0; i < request->len; i++)
		printf("%02x", request->at[i]);
	printf("\n");
	exit(1);
}

static void
judge(const char *kind, const struct bytes *request, const struct bytes *reply)
{
	struct bytes signature = { .len = 0 }, meant;
	unsigned int scheme = 0;

	add(&signature, reply->at + HEADER + 2, reply->len - HEADER - 2);
	if (!reconstruct(request, &meant, &scheme))
		accuse("signed what is no handshake", kind, request);
	if (!verifies(scheme, &signature, &meant))
		accuse("signed other bytes than its handshake's", kind,
		    request);
	if (payload.len > 0 && verifies(scheme, &signature, &payload))
		accuse("signed the bytes of something else", kind, request);
}

static void
receive(struct bytes *reply)
{
	ssize_t n = recv(link_fd, reply->at, sizeof(reply->at), 0);

	if (n == -1)
		give_up("no answer");
	reply->len = (size_t)n;
}

static void
reconnect(bool greet)
{
	struct timeval wait = { .tv_sec = 20 };
	struct bytes message, reply;

	if (link_fd != -1)
		close(link_fd);
	link_fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	setsockopt(link_fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (connect(link_fd, (struct sockaddr *)&address, sizeof(address)) ==
	    -1)
		give_up("connect");
	if (!greet)
		return;
	begin(&message, HELLO);
	if (send(link_fd, message.at, message.len, MSG_NOSIGNAL) == -1)
		give_up("HELLO");
	receive(&reply);
	if (reply.len < HEADER + 33 || reply.at[1] != KEYS ||
	    memcmp(reply.at + HEADER + 1, key_id, sizeof(key_id)) != 0)
		give_up("keyd has another key");
}

static struct kind {
	const char *name;
	void (*make)(struct bytes *to);
	bool is_good;		/* must be signed, all others may */
	bool is_silent;		/* comes without a HELLO */
	unsigned long sent, made, refused;
} kinds[] = {
	{ "good-1.3", make_good_13, true, false, 0, 0, 0 },
	{ "good-1.2", make_good_12, true, false, 0, 0, 0 },
	{ "mutation", make_mutation, false, false, 0, 0, 0 },
	{ "scheme", make_other_scheme, false, false, 0, 0, 0 },
	{ "old-tls", make_old_tls, false, false, 0, 0, 0 },
	{ "context", make_other_context, false, false, 0, 0, 0 },
	{ "certificate", make_certificate, false, false, 0, 0, 0 },
	{ "ssh", make_ssh, false, false, 0, 0, 0 },
	{ "jwt", make_jwt, false, false, 0, 0, 0 },
	{ "noise", make_noise, false, false, 0, 0, 0 },
	{ "no-hello", make_good, false, true, 0, 0, 0 },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
static unsigned long reasons[REASONS];

static void
ask(struct kind *kind)
{
	struct bytes request, reply;
	unsigned int reason = 0;

	payload.len = 0;
	kind->make(&request);
	if (request.len == 0)
		add_byte(&request, 0);
	if (kind->is_silent)
		reconnect(false);
	kind->sent++;
	if (send(link_fd, request.at, request.len, MSG_NOSIGNAL) == -1)
		give_up("send");
	receive(&reply);
	if (reply.len > HEADER + 2 && reply.at[1] == SIGNED) {
		kind->made++;
		judge(kind->name, &request, &reply);
	} else if (reply.len == HEADER + 1 && reply.at[1] == REFUSED &&
	    reply.at[HEADER] < REASONS) {
		kind->refused++;
		reason = reply.at[HEADER];
		reasons[reason]++;
		if (kind->is_good)
			accuse("refused a handshake", kind->name, &request);
	} else if (reply.at[1] != KEYS) {
		accuse("no answer to", kind->name, &request);
	}
	if (reason >= BAD_MESSAGE && reason <= PEER_CHANGED)
		reconnect(true);
}

/* The real user is who asks, the effective one who connects. */
static void
become(uid_t dialer, uid_t user)
{
	if (geteuid() == 0 && (setgroups(0, NULL) == -1 ||
	    setresgid(user, dialer, 0) == -1 ||
	    setresuid(user, dialer, 0) == -1))
		give_up("become the listener's users");
}

static void
read_certificate(const char *path)
{
	unsigned char *spki = NULL;
	FILE *file = fopen(path, "re");
	int len;

	certificate = file == NULL ? NULL :
	    PEM_read_X509(file, NULL, NULL, NULL);
	if (certificate == NULL)
		give_up(path);
	fclose(file);
	public_key = X509_get_pubkey(certificate);
	is_rsa = EVP_PKEY_get_base_id(public_key) == EVP_PKEY_RSA;
	len = i2d_PUBKEY(public_key, &spki);
	EVP_Digest(spki, (size_t)len, key_id, NULL, EVP_sha256(), NULL);
	OPENSSL_free(spki);
}

int
main(int argc, char **argv)
{
	unsigned long count, i;

	if (argc != 7 && argc != 8)
		return 2;
	strncpy(address.sun_path, argv[1], sizeof(address.sun_path) - 1);
	read_certificate(argv[2]);
	count = strtoul(argv[3], NULL, 10);
	state = strtoull(argv[4], NULL, 10);
	become((uid_t)atoi(argv[5]), (uid_t)atoi(argv[6]));
	reconnect(true);
	/* Told to, it believes in another key: then it must complain. */
	if (argc == 8) {
		EVP_PKEY_free(public_key);
		public_key = EVP_EC_gen("P-256");
	}
	for (i = 0; i < count; i++)
		ask(&kinds[i % KINDS]);
	for (i = 0; i < KINDS; i++)
		printf("%s %lu %lu %lu\n", kinds[i].name, kinds[i].sent,
		    kinds[i].made, kinds[i].refused);
	for (i = 1; i < REASONS; i++)
		printf("reason %lu %lu\n", i, reasons[i]);
	return 0;
}
