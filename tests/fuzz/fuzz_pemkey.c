/* SPDX-License-Identifier: ISC */
/*
 * fuzz_pemkey: a private key file: what is found is freed, and every refusal
 * has words. What asks for much work by its own number of iterations is found,
 * but not decrypted.
 * Runs in: make check, tests/fuzz/run.
 */
#include "keyd/unlock/pemkey.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string.h>

#include "common/fault.h"
#include "tests/fuzz/fuzz.h"

#define PASS "correct horse"
#define ITERATIONS_MAX 2048

/* Not an encrypted PKCS#8 at all, or PBKDF2 with few rounds? */
static bool
is_cheap(const struct pemkey *key)
{
	const unsigned char *at = key->der;
	const X509_ALGOR *algor;
	const ASN1_OCTET_STRING *encrypted;
	PBE2PARAM *outer = NULL;
	PBKDF2PARAM *inner = NULL;
	X509_SIG *sig;
	bool cheap = false;

	if (strcmp(key->name, "ENCRYPTED PRIVATE KEY") != 0)
		return true;
	if ((sig = d2i_X509_SIG(NULL, &at, key->der_len)) == NULL)
		return true;
	X509_SIG_get0(sig, &algor, &encrypted);
	if (OBJ_obj2nid(algor->algorithm) == NID_pbes2)
		outer = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM),
		    algor->parameter);
	if (outer != NULL)
		inner = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM),
		    outer->keyfunc->parameter);
	if (inner != NULL)
		cheap = ASN1_INTEGER_get(inner->iter) <= ITERATIONS_MAX;
	PBKDF2PARAM_free(inner);
	PBE2PARAM_free(outer);
	X509_SIG_free(sig);
	return cheap;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct pemkey_text text = { "/k", bytes, len };
	struct pemkey pem = { .path = "/k" };
	struct fault fault = { 0 };
	EVP_PKEY *key = NULL;
	bool encrypted;
	int rc;

	if (len == 0)
		return 0;
	if (pemkey_find(&text, &pem, &fault) != 0) {
		FUZZ_MUST(fault_is_set(&fault));
	} else if (is_cheap(&pem)) {
		encrypted = pemkey_is_encrypted(&pem);
		rc = pemkey_decrypt(&pem, encrypted ? PASS : NULL,
		    encrypted ? (int)strlen(PASS) : 0, &key, &fault);
		FUZZ_MUST(rc != 1 || key != NULL);
		FUZZ_MUST(rc != -1 || fault_is_set(&fault));
		FUZZ_MUST(rc != 0 || encrypted);
	}
	EVP_PKEY_free(key);
	pemkey_wipe(&pem);
	ERR_clear_error();
	return 0;
}
