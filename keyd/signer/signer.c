/* SPDX-License-Identifier: ISC */
/*
 * signer: the private keys and what is done with them: nothing but signatures
 * of what the policy has ordered. The one file that touches them.
 * Runs in: keyd-signer.
 */
#include "keyd/signer/signer.h"

#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <stdlib.h>
#include <string.h>

#include "common/fault.h"
#include "common/secret.h"
#include "keyd/signer/public_key.h"

#define HASHES_MAX 4
#define SCHEMES_OF_A_KEY 8	/* RSA has six */
#define STACK_WIPED 65536	/* bytes; the decoder uses some 10k */

#define HINT_PARAMETERS \
	"A key of type id-RSASSA-PSS must allow the mask and the salt of %s."

/* A hash fetched once, under the name that the schemes call it. */
struct hash {
	const char *name;
	EVP_MD *md;
};

struct signer {
	EVP_PKEY *pkey[KEYWIRE_KEYS_MAX];	/* private */
	EVP_PKEY *public[KEYWIRE_KEYS_MAX];
	struct policy_keys policy;
	struct keywire_keys identities;
	struct hash hash[HASHES_MAX];
	size_t hashes_len;
};

/* One key with one scheme, ready to sign. */
struct tool {
	size_t key;
	const struct tls_scheme_row *scheme;
	const EVP_MD *md;	/* NULL for Ed25519 */
	EVP_PKEY_CTX *ctx;	/* NULL for Ed25519: it has no prehashed way */
};

struct signer_bench {
	const struct signer *signer;
	EVP_MD_CTX *digest;
	struct tool tool[KEYWIRE_KEYS_MAX * SCHEMES_OF_A_KEY];
	size_t tools_len;
};

/* Adds OpenSSL's newest reason to a fault and empties its queue. */
static int
fault_crypto(struct fault *fault, const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	fault_set(fault, "%s", what);
	if (reason != NULL)
		fault_detail(fault, "OpenSSL says: %s.", reason);
	ERR_clear_error();
	return -1;
}

/* Decoding, and signing in the first thread, leave parts of the key in the
 * frames that they used. */
static void __attribute__((noinline))
wipe_stack(void)
{
	unsigned char frames[STACK_WIPED];

	OPENSSL_cleanse(frames, sizeof(frames));
}

static int
fetch_hash(struct signer *signer, const char *name, struct fault *fault)
{
	struct hash *hash;
	size_t i;

	for (i = 0; i < signer->hashes_len; i++) {
		if (strcmp(signer->hash[i].name, name) == 0)
			return 0;
	}
	if (signer->hashes_len == HASHES_MAX)
		return fault_set(fault, "too many hashes");
	hash = &signer->hash[signer->hashes_len];
	hash->name = name;
	hash->md = EVP_MD_fetch(NULL, name, NULL);
	if (hash->md == NULL)
		return fault_crypto(fault, "could not start OpenSSL");
	signer->hashes_len++;
	return 0;
}

/* NULL for Ed25519, which names none. */
static const EVP_MD *
find_hash(const struct signer *signer, const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < signer->hashes_len; i++) {
		if (strcmp(signer->hash[i].name, name) == 0)
			return signer->hash[i].md;
	}
	return NULL;
}

struct signer *
signer_new(bool has_tls13, struct fault *fault)
{
	const struct tls_scheme_row *row;
	struct signer *signer;
	size_t i;

	/* A configuration file could load other code into this process. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1) {
		fault_crypto(fault, "could not start OpenSSL");
		return NULL;
	}
	signer = calloc(1, sizeof(*signer));
	if (signer == NULL) {
		fault_set(fault, "out of memory");
		return NULL;
	}
	signer->policy.has_tls13 = has_tls13;
	for (i = 0; (row = tls_scheme_at(i)) != NULL; i++) {
		if (row->hash != NULL &&
		    fetch_hash(signer, row->hash, fault) == -1) {
			signer_free(signer);
			return NULL;
		}
	}
	return signer;
}

void
signer_free(struct signer *signer)
{
	size_t i;

	if (signer == NULL)
		return;
	for (i = 0; i < KEYWIRE_KEYS_MAX; i++) {
		EVP_PKEY_free(signer->pkey[i]);
		EVP_PKEY_free(signer->public[i]);
	}
	for (i = 0; i < signer->hashes_len; i++)
		EVP_MD_free(signer->hash[i].md);
	free(signer);
}

/* Takes PKCS#8 DER alone: no PEM, no encryption, nothing behind it. */
static EVP_PKEY *
decode_key(const unsigned char *der, size_t len)
{
	OSSL_DECODER_CTX *ctx;
	EVP_PKEY *pkey = NULL;

	ctx = OSSL_DECODER_CTX_new_for_pkey(&pkey, "DER", "PrivateKeyInfo",
	    NULL, EVP_PKEY_KEYPAIR, NULL, NULL);
	if (ctx != NULL && (OSSL_DECODER_from_data(ctx, &der, &len) != 1 ||
	    len != 0)) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	OSSL_DECODER_CTX_free(ctx);
	return pkey;
}

static EVP_PKEY *
load_key(struct secret *secret, size_t len, struct fault *fault)
{
	EVP_PKEY *pkey;

	if (secret_map(secret, fault) == -1)
		return NULL;
	if (len == 0 || len > secret->size) {
		fault_set(fault, "the secret memory holds no key");
		secret_unmap(secret);
		return NULL;
	}
	pkey = decode_key(secret->map, len);
	secret_unmap(secret);
	wipe_stack();
	if (pkey == NULL)
		fault_crypto(fault, "could not decode the private key");
	return pkey;
}

/* What was added half is freed with the signer. */
int
signer_add_key(struct signer *signer, struct secret *secret,
    const struct handoff_key *key, struct fault *fault)
{
	size_t at = signer->policy.count;

	if (at == KEYWIRE_KEYS_MAX)
		return fault_set(fault, "too many keys");
	signer->public[at] = public_key_read(&key->identity,
	    &signer->policy.key[at], fault);
	if (signer->public[at] == NULL)
		return -1;
	signer->pkey[at] = load_key(secret, key->key_len, fault);
	if (signer->pkey[at] == NULL)
		return -1;
	if (EVP_PKEY_eq(signer->pkey[at], signer->public[at]) != 1) {
		ERR_clear_error();
		return fault_set(fault, "the secret memory holds another key "
		    "than was recorded");
	}
	signer->identities.key[at] = key->identity;
	signer->policy.count = at + 1;
	signer->identities.count = (uint8_t)(at + 1);
	return 0;
}

const struct policy_keys *
signer_policy_keys(const struct signer *signer)
{
	return &signer->policy;
}

const struct keywire_keys *
signer_identities(const struct signer *signer)
{
	return &signer->identities;
}

/* The salt is as long as the hash (RFC 8446 4.2.3). */
static int
set_padding(EVP_PKEY_CTX *ctx, const EVP_MD *md, bool is_pss)
{
	if (!is_pss)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING);
	if (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) != 1)
		return 0;
	return EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST);
}

static bool
is_rsa(enum tls_key_kind kind)
{
	return kind == TLS_KEY_RSA || kind == TLS_KEY_RSA_PSS;
}

static int
make_tool(struct signer_bench *bench, size_t key,
    const struct tls_scheme_row *scheme, struct fault *fault)
{
	const struct signer *signer = bench->signer;
	struct tool *tool = &bench->tool[bench->tools_len];

	if (bench->tools_len == sizeof(bench->tool) / sizeof(bench->tool[0]))
		return fault_set(fault, "too many signature schemes");
	tool->key = key;
	tool->scheme = scheme;
	tool->md = find_hash(signer, scheme->hash);
	bench->tools_len++;
	if (tool->md == NULL)
		return 0;
	tool->ctx = EVP_PKEY_CTX_new_from_pkey(NULL, signer->pkey[key], NULL);
	if (tool->ctx == NULL || EVP_PKEY_sign_init(tool->ctx) != 1 ||
	    (is_rsa(signer->policy.key[key].kind) &&
	    set_padding(tool->ctx, tool->md, scheme->is_pss) != 1) ||
	    EVP_PKEY_CTX_set_signature_md(tool->ctx, tool->md) != 1) {
		fault_crypto(fault, "could not prepare a signature");
		return fault_hint(fault, HINT_PARAMETERS, scheme->name);
	}
	return 0;
}

static int
make_tools(struct signer_bench *bench, size_t key, struct fault *fault)
{
	const struct policy_key *facts = &bench->signer->policy.key[key];
	const struct tls_scheme_row *row;
	size_t i;

	for (i = 0; (row = tls_scheme_at(i)) != NULL; i++) {
		if (policy_may_use(facts, row->scheme) &&
		    make_tool(bench, key, row, fault) == -1)
			return -1;
	}
	return 0;
}

struct signer_bench *
signer_bench_new(const struct signer *signer, struct fault *fault)
{
	struct signer_bench *bench = calloc(1, sizeof(*bench));
	size_t key;

	if (bench == NULL) {
		fault_set(fault, "out of memory");
		return NULL;
	}
	bench->signer = signer;
	bench->digest = EVP_MD_CTX_new();
	if (bench->digest == NULL) {
		fault_crypto(fault, "could not prepare a signature");
		signer_bench_free(bench);
		return NULL;
	}
	for (key = 0; key < signer->policy.count; key++) {
		if (make_tools(bench, key, fault) == -1) {
			signer_bench_free(bench);
			return NULL;
		}
	}
	return bench;
}

void
signer_bench_free(struct signer_bench *bench)
{
	size_t i;

	if (bench == NULL)
		return;
	for (i = 0; i < bench->tools_len; i++)
		EVP_PKEY_CTX_free(bench->tool[i].ctx);
	EVP_MD_CTX_free(bench->digest);
	free(bench);
}

static const struct tool *
find_tool(const struct signer_bench *bench, const struct policy_order *order)
{
	size_t i;

	for (i = 0; i < bench->tools_len; i++) {
		if (bench->tool[i].key == order->key &&
		    bench->tool[i].scheme == order->scheme)
			return &bench->tool[i];
	}
	return NULL;
}

/* Hash and signature apart: a context for EVP_PKEY_sign() serves again and
 * again, where one for EVP_DigestSign() is made anew for each signature. */
static int
sign_prehashed(struct signer_bench *bench, const struct tool *tool,
    const struct policy_order *order, unsigned char *out, size_t *len)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned int hash_len;

	EVP_MD_CTX_reset(bench->digest);
	return EVP_DigestInit_ex2(bench->digest, tool->md, NULL) == 1 &&
	    EVP_DigestUpdate(bench->digest, order->bytes, order->len) == 1 &&
	    EVP_DigestFinal_ex(bench->digest, hash, &hash_len) == 1 &&
	    EVP_PKEY_sign(tool->ctx, out, len, hash, hash_len) == 1 ? 0 : -1;
}

/* Ed25519 takes the whole message at once (RFC 8032). */
static int
sign_whole(struct signer_bench *bench, const struct policy_order *order,
    unsigned char *out, size_t *len)
{
	EVP_MD_CTX_reset(bench->digest);
	return EVP_DigestSignInit_ex(bench->digest, NULL, NULL, NULL, NULL,
	    bench->signer->pkey[order->key], NULL) == 1 &&
	    EVP_DigestSign(bench->digest, out, len, order->bytes,
	    order->len) == 1 ? 0 : -1;
}

int
signer_sign(struct signer_bench *bench, const struct policy_order *order,
    struct keywire_signed *out, struct fault *fault)
{
	const struct tool *tool = find_tool(bench, order);
	size_t len = sizeof(out->signature);
	int result;

	if (tool == NULL)
		return fault_set(fault, "no context for this scheme");
	if (tool->ctx != NULL)
		result = sign_prehashed(bench, tool, order, out->signature,
		    &len);
	else
		result = sign_whole(bench, order, out->signature, &len);
	if (result == -1)
		return fault_crypto(fault, "could not sign");
	out->len = (uint16_t)len;
	return 0;
}

static int
try_tool(struct signer_bench *bench, const struct tool *tool,
    struct fault *fault)
{
	struct policy_order order = { .key = tool->key,
		.scheme = tool->scheme, .len = POLICY_BYTES_MAX };
	struct keywire_signed sig;

	if (signer_sign(bench, &order, &sig, fault) == -1)
		return fault_hint(fault, HINT_PARAMETERS, tool->scheme->name);
	if (public_key_verify(bench->signer->public[tool->key], &order,
	    &sig) == 0)
		return 0;
	fault_set(fault, "a first signature with the private key is wrong");
	return fault_detail(fault, "The scheme was %s.", tool->scheme->name);
}

int
signer_try(struct signer_bench *bench, struct fault *fault)
{
	int result = 0;
	size_t i;

	for (i = 0; result == 0 && i < bench->tools_len; i++)
		result = try_tool(bench, &bench->tool[i], fault);
	wipe_stack();
	return result;
}
