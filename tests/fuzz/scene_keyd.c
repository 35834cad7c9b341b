/* SPDX-License-Identifier: ISC */
/*
 * scene_keyd: keyd's end of a worker's key connection, with a key of its own
 * and the signer's own policy.
 * Runs in: make check, tests/fuzz/run.
 */
#include "tests/fuzz/scene_keyd.h"

#include <sys/socket.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <string.h>

#include "common/wire/keywire.h"
#include "keyd/signer/policy.h"
#include "tests/fuzz/fuzz.h"

static EVP_PKEY *key;
static struct keywire_keys identities;
static struct policy_keys policy;

static void
describe(void)
{
	struct keywire_key *own = &identities.key[0];
	unsigned char *at = own->spki;

	own->spki_len = (uint16_t)i2d_PUBKEY(key, &at);
	FUZZ_MUST(EVP_Digest(own->spki, own->spki_len, own->id, NULL,
	    EVP_sha256(), NULL) == 1);
	identities.count = 1;
	policy.count = 1;
	policy.has_tls13 = true;
	policy.key[0].kind = TLS_KEY_P256;
	memcpy(policy.key[0].id, own->id, sizeof(own->id));
}

char *
scene_keyd_open(size_t *out_len)
{
	BIO *bio = BIO_new(BIO_s_mem());
	X509 *x509 = X509_new();
	X509_NAME *name;
	char *bytes, *pem;

	key = EVP_EC_gen("P-256");
	FUZZ_MUST(key != NULL && x509 != NULL && bio != NULL);
	describe();
	name = X509_get_subject_name(x509);
	(void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)"db.example", -1, -1, 0);
	(void)X509_set_version(x509, X509_VERSION_3);
	(void)X509_set_issuer_name(x509, name);
	(void)X509_gmtime_adj(X509_getm_notBefore(x509), -60);
	(void)X509_gmtime_adj(X509_getm_notAfter(x509), 86400);
	(void)X509_set_pubkey(x509, key);
	FUZZ_MUST(X509_sign(x509, key, EVP_sha256()) > 0);
	FUZZ_MUST(PEM_write_bio_X509(bio, x509) == 1);
	*out_len = (size_t)BIO_get_mem_data(bio, &bytes);
	pem = malloc(*out_len);
	FUZZ_MUST(pem != NULL);
	memcpy(pem, bytes, *out_len);
	BIO_free(bio);
	X509_free(x509);
	return pem;
}

static void
sign(const struct policy_order *order, struct keywire_signed *out)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t len = sizeof(out->signature);

	FUZZ_MUST(EVP_DigestSignInit_ex(context, NULL, order->scheme->hash,
	    NULL, NULL, key, NULL) == 1);
	FUZZ_MUST(EVP_DigestSign(context, out->signature, &len, order->bytes,
	    order->len) == 1);
	out->len = (uint16_t)len;
	EVP_MD_CTX_free(context);
}

bool
scene_keyd_answer(int fd)
{
	static struct keywire_message request, reply;
	static unsigned char bytes[KEYWIRE_MESSAGE_MAX];
	struct policy_order order;
	ssize_t n;

	n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n <= 0)
		return false;
	FUZZ_MUST(keywire_decode(bytes, (size_t)n, &request) == 0);
	reply.id = request.id;
	if (request.type == KEYWIRE_HELLO) {
		reply.type = KEYWIRE_KEYS;
		reply.body.keys = identities;
	} else {
		/* What our own worker asks for is never refused. */
		FUZZ_MUST(policy_judge(&policy, &request, &order) == 0);
		reply.type = KEYWIRE_SIGNED;
		sign(&order, &reply.body.sig);
	}
	n = (ssize_t)keywire_encode(&reply, bytes, sizeof(bytes));
	FUZZ_MUST(send(fd, bytes, (size_t)n, MSG_DONTWAIT) == n);
	return true;
}
