/* SPDX-License-Identifier: ISC */
/*
 * revocation: OpenSSL's own way with CRLs, but for the memory of a signature
 * that was good. A list never changes once it has been read.
 * Runs in: listener-worker.
 */
#include "listener/worker/revocation.h"

#include <openssl/asn1.h>
#include <openssl/asn1t.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdbool.h>
#include <stddef.h>

#define FOUND_NOT 0		/* what a lookup says: x509_vfy.c */
#define FOUND_REVOKED 1
#define FOUND_REMOVED 2		/* by a list of changes: not revoked any more */

/* What is to be signed is the first element of the list's own sequence, and is
 * its own sequence; both as the list's issuer has written them. */
static bool
find_signed(const unsigned char *der, long len, ASN1_STRING *out)
{
	const unsigned char *at = der, *inner;
	long inner_len;
	int tag, class;

	if ((ASN1_get_object(&at, &inner_len, &tag, &class, len) & 0x80) != 0)
		return false;
	inner = at;
	if ((ASN1_get_object(&at, &inner_len, &tag, &class,
	    len - (at - der)) & 0x80) != 0)
		return false;
	return ASN1_STRING_set(out, inner, (int)(at - inner + inner_len)) == 1;
}

static int
verify(X509_CRL *crl, EVP_PKEY *key)
{
	ASN1_STRING *text = ASN1_STRING_type_new(V_ASN1_SEQUENCE);
	const ASN1_BIT_STRING *signature;
	const X509_ALGOR *algorithm;
	unsigned char *der = NULL;
	int result = 0, len = i2d_X509_CRL(crl, &der);

	if (text != NULL && len > 0 && find_signed(der, len, text)) {
		X509_CRL_get0_signature(crl, &signature, &algorithm);
		result = ASN1_item_verify(ASN1_ITEM_rptr(ASN1_SEQUENCE),
		    algorithm, signature, text, key);
	}
	OPENSSL_free(der);
	ASN1_STRING_free(text);
	return result;
}

static int
crl_verify(X509_CRL *crl, EVP_PKEY *key)
{
	EVP_PKEY *good = X509_CRL_get_meth_data(crl);
	int result;

	if (good != NULL && EVP_PKEY_eq(good, key) == 1)
		return 1;
	if ((result = verify(crl, key)) == 1 && EVP_PKEY_up_ref(key) == 1) {
		EVP_PKEY_free(good);
		X509_CRL_set_meth_data(crl, key);
	}
	return result;
}

static int
crl_free(X509_CRL *crl)
{
	EVP_PKEY_free(X509_CRL_get_meth_data(crl));
	X509_CRL_set_meth_data(crl, NULL);
	return 1;
}

static int
kind_of(const X509_REVOKED *entry)
{
	ASN1_ENUMERATED *reason;
	long value;

	reason = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
	value = reason != NULL ? ASN1_ENUMERATED_get(reason) :
	    CRL_REASON_NONE;
	ASN1_ENUMERATED_free(reason);
	return value == CRL_REASON_REMOVE_FROM_CRL ? FOUND_REMOVED :
	    FOUND_REVOKED;
}

/* An indirect list, whose entries have issuers of their own, is never looked
 * into: OpenSSL uses it only with X509_V_FLAG_EXTENDED_CRL_SUPPORT. */
static int
crl_lookup(X509_CRL *crl, X509_REVOKED **out, const ASN1_INTEGER *serial,
    const X509_NAME *issuer)
{
	STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);
	int low = 0, high = sk_X509_REVOKED_num(entries) - 1, middle, order;
	X509_REVOKED *entry;

	if (issuer != NULL &&
	    X509_NAME_cmp(issuer, X509_CRL_get_issuer(crl)) != 0)
		return FOUND_NOT;
	while (low <= high) {
		middle = low + (high - low) / 2;
		entry = sk_X509_REVOKED_value(entries, middle);
		order = ASN1_STRING_cmp(serial,
		    X509_REVOKED_get0_serialNumber(entry));
		if (order == 0) {
			if (out != NULL)
				*out = entry;
			return kind_of(entry);
		}
		if (order < 0)
			high = middle - 1;
		else
			low = middle + 1;
	}
	return FOUND_NOT;
}

static int
compare(const X509_REVOKED *const *a, const X509_REVOKED *const *b)
{
	return ASN1_STRING_cmp(X509_REVOKED_get0_serialNumber(*a),
	    X509_REVOKED_get0_serialNumber(*b));
}

static X509_CRL *
read_and_sort(BIO *pem)
{
	STACK_OF(X509_REVOKED) *entries;
	X509_CRL *crl = PEM_read_bio_X509_CRL(pem, NULL, NULL, NULL);

	entries = crl != NULL ? X509_CRL_get_REVOKED(crl) : NULL;
	if (entries != NULL) {
		(void)sk_X509_REVOKED_set_cmp_func(entries, compare);
		sk_X509_REVOKED_sort(entries);
	}
	return crl;
}

/* A list keeps the method that was the default one when it was made; the
 * method lives as long as the process. */
X509_CRL *
revocation_read(BIO *pem)
{
	static X509_CRL_METHOD *method;
	X509_CRL *crl;

	if (method == NULL)
		method = X509_CRL_METHOD_new(NULL, crl_free, crl_lookup,
		    crl_verify);
	if (method == NULL)
		return NULL;
	X509_CRL_set_default_method(method);
	crl = read_and_sort(pem);
	X509_CRL_set_default_method(NULL);
	return crl;
}
