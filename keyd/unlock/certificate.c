/* SPDX-License-Identifier: ISC */
/*
 * certificate: is the key that of the certificate which the listener is about
 * to show?
 * Runs in: keyd-unlock.
 */
#include "keyd/unlock/certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "common/fault.h"
#include "common/textfile.h"
#include "keyd/handoff.h"

static int
load_fault(const char *path, struct fault *fault)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	fault_set(fault, "could not load server certificate file \"%s\": %s",
	    path, reason != NULL ? reason : "no certificate");
	ERR_clear_error();
	return -1;
}

static X509 *
read_first(const char *path, struct fault *fault)
{
	struct textfile file = { 0 };
	X509 *cert = NULL;
	BIO *bio;

	if (textfile_read("server certificate file", path, &file, fault) == -1)
		return NULL;
	bio = BIO_new_mem_buf(file.bytes, (int)file.len);
	if (bio != NULL)
		cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	textfile_close(&file);
	if (cert == NULL)
		load_fault(path, fault);
	return cert;
}

int
certificate_check(const struct handoff_unlock *request, EVP_PKEY *key,
    struct fault *fault)
{
	X509 *cert;
	int fits;

	if (request->cert_file[0] == '\0')
		return 0;
	cert = read_first(request->cert_file, fault);
	if (cert == NULL)
		return -1;
	fits = EVP_PKEY_eq(X509_get0_pubkey(cert), key) == 1;
	X509_free(cert);
	ERR_clear_error();
	if (fits)
		return 0;
	fault_set(fault, "certificate \"%s\" does not match private key file "
	    "\"%s\"", request->cert_file, request->key_file);
	return fault_hint(fault, "Put the certificate of the new key there "
	    "first.");
}
