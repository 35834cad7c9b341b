/* SPDX-License-Identifier: ISC */
/*
 * certificate: PostgreSQL's be_tls_open_server() is the model for what a name
 * is, and its prepare_cert_name() for how one is shown.
 * Runs in: listener-worker.
 */
#include "listener/worker/certificate.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/fault.h"

static int
no_memory(struct fault *fault)
{
	(void)fault_set(fault, "out of memory for a client's certificate");
	return fault_code(fault, "53200");
}

static int
embedded_null(const char *which, struct fault *fault)
{
	(void)fault_set(fault, "SSL certificate's %s contains embedded null",
	    which);
	return fault_code(fault, "08P01");
}

static bool
has_null(const void *bytes, size_t len)
{
	return len > 0 && memchr(bytes, '\0', len) != NULL;
}

/* The bytes of the first one, as they are (X509_NAME_get_text_by_NID()). */
static int
read_common_name(X509 *cert, struct certificate *out, struct fault *fault)
{
	const X509_NAME *subject = X509_get_subject_name(cert);
	const ASN1_STRING *text;
	size_t len;
	int at;

	at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	if (at < 0)
		return 0;
	text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
	len = (size_t)ASN1_STRING_length(text);
	if (has_null(ASN1_STRING_get0_data(text), len))
		return embedded_null("common name", fault);
	out->common_name = strndup(
	    (const char *)ASN1_STRING_get0_data(text), len);
	return out->common_name == NULL ? no_memory(fault) : 0;
}

/* What a BIO in memory has been written to, as a text of the caller's. */
static char *
take_text(BIO *bio, size_t *out_len)
{
	char *bytes, *text;
	long len = BIO_get_mem_data(bio, &bytes);

	if (len < 0 || (text = malloc((size_t)len + 1)) == NULL)
		return NULL;
	if (len > 0)
		memcpy(text, bytes, (size_t)len);
	text[len] = '\0';
	*out_len = (size_t)len;
	return text;
}

static int
read_subject(X509 *cert, struct certificate *out, struct fault *fault)
{
	BIO *bio = BIO_new(BIO_s_mem());
	size_t len = 0;

	if (bio != NULL && X509_NAME_print_ex(bio,
	    X509_get_subject_name(cert), 0, XN_FLAG_RFC2253) >= 0)
		out->subject = take_text(bio, &len);
	BIO_free(bio);
	if (out->subject == NULL)
		return no_memory(fault);
	if (has_null(out->subject, len))
		return embedded_null("distinguished name", fault);
	return 0;
}

static int
read_fingerprint(X509 *cert, struct certificate *out, struct fault *fault)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int i, len;

	if (X509_digest(cert, EVP_sha256(), digest, &len) != 1)
		return no_memory(fault);
	for (i = 0; i < len && i < CERTIFICATE_FINGERPRINT_LEN / 2; i++)
		(void)snprintf(out->fingerprint + (size_t)i * 2, 3, "%02x",
		    digest[i]);
	return 0;
}

/* HBA_SAN_NONE: a kind of name that no rule can ask for. */
static enum hba_san_type
san_type(const GENERAL_NAME *name)
{
	switch (name->type) {
	case GEN_DNS:
		return HBA_SAN_DNS;
	case GEN_EMAIL:
		return HBA_SAN_EMAIL;
	case GEN_URI:
		return HBA_SAN_URI;
	default:
		return HBA_SAN_NONE;
	}
}

static int
read_sans(X509 *cert, struct certificate *out, struct fault *fault)
{
	const GENERAL_NAME *name;
	struct hba_san *san;
	int i, len;

	out->names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	if ((len = sk_GENERAL_NAME_num(out->names)) <= 0)
		return 0;
	if ((out->sans = calloc((size_t)len, sizeof(*out->sans))) == NULL)
		return no_memory(fault);
	for (i = 0; i < len; i++) {
		name = sk_GENERAL_NAME_value(out->names, i);
		if (san_type(name) == HBA_SAN_NONE)
			continue;
		/* All three are the same string type, with a NUL behind it. */
		if (has_null(ASN1_STRING_get0_data(name->d.ia5),
		    (size_t)ASN1_STRING_length(name->d.ia5)))
			return embedded_null("alternative name", fault);
		san = &out->sans[out->facts.sans_len++];
		san->type = san_type(name);
		san->name = (const char *)ASN1_STRING_get0_data(name->d.ia5);
	}
	return 0;
}

int
certificate_read(X509 *cert, struct certificate *out, struct fault *fault)
{
	if (read_common_name(cert, out, fault) != 0 ||
	    read_subject(cert, out, fault) != 0 ||
	    read_fingerprint(cert, out, fault) != 0 ||
	    read_sans(cert, out, fault) != 0)
		return -1;
	out->facts.common_name = out->common_name;
	out->facts.subject = out->subject;
	out->facts.fingerprint = out->fingerprint;
	out->facts.sans = out->sans;
	return 0;
}

void
certificate_close(struct certificate *certificate)
{
	free(certificate->common_name);
	free(certificate->subject);
	free(certificate->sans);
	GENERAL_NAMES_free(certificate->names);
	memset(certificate, 0, sizeof(*certificate));
}

/* The last characters, dots before them if that is not all. */
static void
keep_end(const char *text, size_t len, char out[CERTIFICATE_TEXT_SIZE])
{
	size_t i, room = CERTIFICATE_TEXT_SIZE - 1;
	size_t from = len > room ? len - room : 0;

	for (i = 0; i < len - from; i++)
		out[i] = text[from + i] >= ' ' && text[from + i] <= '~' ?
		    text[from + i] : '?';
	out[i] = '\0';
	if (from > 0)
		memcpy(out, "...", 3);
}

static void
print_entry(BIO *bio, const X509_NAME_ENTRY *entry)
{
	int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
	const char *field = OBJ_nid2sn(nid);

	(void)BIO_printf(bio, "/%s=", field != NULL ? field : "?");
	(void)ASN1_STRING_print_ex(bio, X509_NAME_ENTRY_get_data(entry),
	    (ASN1_STRFLGS_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) |
	    ASN1_STRFLGS_UTF8_CONVERT);
}

void
certificate_format_name(const X509_NAME *name, char out[CERTIFICATE_TEXT_SIZE])
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *bytes = NULL;
	long len = 0;
	int i;

	for (i = 0; bio != NULL && i < X509_NAME_entry_count(name); i++)
		print_entry(bio, X509_NAME_get_entry(name, i));
	if (bio != NULL)
		len = BIO_get_mem_data(bio, &bytes);
	keep_end(bytes, len > 0 ? (size_t)len : 0, out);
	BIO_free(bio);
}

void
certificate_format_serial(const X509 *cert, char out[CERTIFICATE_TEXT_SIZE])
{
	BIGNUM *number;
	char *text = NULL;

	number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	if (number != NULL)
		text = BN_bn2dec(number);
	BN_free(number);
	keep_end(text != NULL ? text : "unknown", strlen(text != NULL ? text :
	    "unknown"), out);
	OPENSSL_free(text);
}
